import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { workloadVariables } from '../../../src/settings/variables.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'workloads-'))
  await writeFile(join(cwd, 'cni.yaml'), 'kind: DaemonSet\n')
})
after(() => rm(cwd, { recursive: true }))
const load = (given: Record<string, string>) => loadSettings({ given, env: {}, cwd })
const workloads = async (given: Record<string, string>) => (await load(given)).workloads
const names = async (given: Record<string, string>) => (await workloads(given)).map(({ name, template }) => `${name} ${template}`)

/** What is wrong with these settings, each with its place. */
async function wrong(given: Record<string, string>): Promise<string[]> {
  const failure = await load(given).then(
    () => assert.fail('they are valid'),
    (error: unknown) => error,
  )
  assert.ok(failure instanceof Failure)
  return failure.details.length > 0 ? [...failure.details] : [`${failure.what} (${failure.where})`]
}

test('without a template there is no workload cluster, with one there is one of the single inputs', async () => {
  assert.deepEqual(await workloads({}), [])
  assert.deepEqual(await workloads({ 'workload-template': 'in-memory', 'workload-name': 'blue', 'workload-namespace': 'work' }), [
    { name: 'blue', namespace: 'work', template: 'in-memory', classes: [], variables: {}, kubernetesVersion: undefined, cni: [] },
  ])
})

test('several are lines of names, with a template or with that of the single input', async () => {
  const said = '# three\none\ntwo = development  # with machines\n'
  assert.deepEqual(await names({ 'workload-template': 'in-memory', 'workload-clusters': said }), ['one in-memory', 'two development'])
  assert.deepEqual(await names({ 'workload-clusters': 'one=a' }), ['one a'])
})

test('several are a YAML list, and what an entry does not say the single inputs do', async () => {
  const said = `
- one
- name: two
  template: development
  class: [quick-start, other]
  namespace: work
  kubernetes-version: 1.33.4
  cni: cni.yaml
  variables: {WORKER_MACHINE_COUNT: 3, HA: true, POD_CIDR: '["10.0.0.0/8"]'}
`
  const settings = await load({
    'workload-template': 'in-memory',
    'workload-cluster-class': 'fast',
    'workload-clusters': said,
    'workload-variables': 'WORKER_MACHINE_COUNT=1\nREGION=eu',
  })
  const [one, two] = settings.workloads
  assert.ok(one && two)
  assert.deepEqual(one, {
    ...{ name: 'one', namespace: 'default', template: 'in-memory', classes: ['fast'] },
    ...{ variables: {}, kubernetesVersion: undefined, cni: [] },
  })
  assert.deepEqual(two, {
    ...{ name: 'two', namespace: 'work', template: 'development', classes: ['quick-start', 'other'], kubernetesVersion: 'v1.33.4' },
    variables: { WORKER_MACHINE_COUNT: '3', HA: 'true', POD_CIDR: '["10.0.0.0/8"]' },
    cni: [{ file: join(cwd, 'cni.yaml'), text: 'kind: DaemonSet\n' }],
  })
  const { WORKER_MACHINE_COUNT, REGION, KUBERNETES_VERSION, NAMESPACE, CLUSTER_NAME } = workloadVariables(settings, two)
  assert.deepEqual([WORKER_MACHINE_COUNT, REGION, KUBERNETES_VERSION, NAMESPACE, CLUSTER_NAME], ['3', 'eu', 'v1.33.4', 'work', 'two'])
  assert.equal(workloadVariables(settings, one).WORKER_MACHINE_COUNT, '1')
})

test('what is wrong with several is said of each at once', async () => {
  assert.deepEqual(await wrong({ 'workload-name': 'x', 'workload-clusters': '- one\n- {name: one, variables: {CLUSTER_NAME: two}}\n' }), [
    'workload-name has no effect beside workload-clusters, which names each (input workload-name)',
    'workload-clusters has one twice: names must differ, in other namespaces too (input workload-clusters)',
    'workload-clusters.one has no template, and workload-template is not set (input workload-clusters)',
    'workload-clusters.one has no template, and workload-template is not set (input workload-clusters)',
    'workload-clusters.one.variables.CLUSTER_NAME has no effect: set its name (input workload-clusters)',
  ])
  assert.deepEqual(await wrong({ 'workload-clusters': '- {name: one, tempalte: x}' }), [
    'workload-clusters[0] must not have the field tempalte, did you mean template? (input workload-clusters)',
  ])
  assert.deepEqual(await wrong({ 'workload-clusters': 'one: two' }), [
    'workload-clusters is "one: two", but must be lines of the form name or name=template, or a YAML list (input workload-clusters)',
  ])
})

test('the manifests of a network plugin are files or text, and an entry may want none', async () => {
  const template = { 'workload-template': 'development' }
  const cni = async (said: string) => (await workloads({ ...template, 'workload-cni': said }))[0]?.cni
  const file = { file: join(cwd, 'cni.yaml'), text: 'kind: DaemonSet\n' }
  assert.deepEqual(await cni('cni.yaml'), [file])
  assert.deepEqual(await cni('cni.yaml, cni.yaml'), [file, file])
  assert.deepEqual(await cni('kind: DaemonSet\nmetadata: {}'), [{ file: 'workload-cni', text: 'kind: DaemonSet\nmetadata: {}' }])
  const several = await workloads({ ...template, 'workload-cni': 'cni.yaml', 'workload-clusters': '- {name: one, cni: none}\n- two\n' })
  assert.deepEqual(
    several.map(({ cni }) => cni.length),
    [0, 1],
  )
  assert.deepEqual(await wrong({ ...template, 'workload-cni': 'no.yaml' }), [
    'workload-cni is "no.yaml", but there is no such file (input workload-cni)',
  ])
})

test('secrets among the variables of an entry are secrets', async () => {
  const settings = await load({ 'workload-clusters': '- {name: one, template: x, variables: {API_TOKEN: not-to-be-seen}}' })
  assert.deepEqual(settings.secrets, ['not-to-be-seen'])
})
