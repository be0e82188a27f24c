import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { classesNamed, findWorkloadFiles } from '../../../src/providers/templates.ts'
import { loadSettings } from '../../../src/settings/load.ts'

const current =
  'spec:\n  clusterNetwork:\n    pods:\n      cidrBlocks: ${POD_CIDR:=["192.168.0.0/16"]}\n  topology:\n    classRef:\n      namespace: ${NAMESPACE}\n      name: in-memory\n    workers:\n      machineDeployments:\n        - class: default-worker\n'
const old =
  'spec:\n  topology:\n    version: ${KUBERNETES_VERSION}\n    class: quick-start\n    workers:\n      machineDeployments:\n      - class: default-worker\n'

let root: string
let folder: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'templates-'))
  folder = join(root, 'test/infrastructure/docker/templates')
  await mkdir(folder, { recursive: true })
  for (const name of ['cluster-template-in-memory', 'cluster-template', 'clusterclass-in-memory', 'clusterclass-quick-start', 'other'])
    await writeFile(join(folder, `${name}.yaml`), name === 'cluster-template' ? old : current)
  await writeFile(join(root, 'mine.yaml'), old)
})
after(() => rm(root, { recursive: true }))

const find = async (given: Record<string, string>) => findWorkloadFiles(await loadSettings({ given, env: {}, cwd: root }))

test('no template, no workload cluster', async () => assert.equal(await find({}), undefined))

test('a template is found by name, with the class that it names', async () => {
  assert.deepEqual(await find({ 'workload-template': 'in-memory' }), {
    template: join(folder, 'cluster-template-in-memory.yaml'),
    classes: [join(folder, 'clusterclass-in-memory.yaml')],
  })
})

test('the template without a name is the default one', async () => {
  assert.deepEqual(await find({ 'workload-template': 'default' }), {
    template: join(folder, 'cluster-template.yaml'),
    classes: [join(folder, 'clusterclass-quick-start.yaml')],
  })
})

test('a template may be a file, and a class may be said', async () => {
  assert.deepEqual(await find({ 'workload-template': 'mine.yaml', 'workload-cluster-class': 'in-memory' }), {
    template: join(root, 'mine.yaml'),
    classes: [join(folder, 'clusterclass-in-memory.yaml')],
  })
})

test('a template that is not there is an error that lists those that are', async () => {
  await assert.rejects(find({ 'workload-template': 'in-memroy' }), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, 'cluster template in-memroy is not found, did you mean in-memory?')
    assert.equal(error.why, 'there are default, in-memory')
    assert.deepEqual(error.where, ['input workload-template'])
    return true
  })
  await assert.rejects(find({ 'workload-template': 'in-memory', 'workload-cluster-class': 'slow' }), {
    what: 'ClusterClass slow is not found',
  })
})

test('classes are read from templates of both API versions, before substitution', () => {
  assert.deepEqual(classesNamed(current), ['in-memory'])
  assert.deepEqual(classesNamed(old), ['quick-start'])
  assert.deepEqual(classesNamed('spec:\n  infrastructureRef:\n    name: x\n'), [])
})

test('a long topology is read at once', () => {
  const workers = Array.from(
    { length: 200 },
    (_, index) => `        - class: default-worker\n          name: md-${index}\n          replicas: 1\n`,
  )
  const text = `spec:\n  topology:\n    classRef:\n      name: in-memory\n      namespace: \${NAMESPACE}\n    workers:\n      machineDeployments:\n${workers.join('')}`
  assert.deepEqual(classesNamed(text), ['in-memory'])
})
