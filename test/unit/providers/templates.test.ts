import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { classesIn, classesNamed } from '../../../src/providers/template-names.ts'
import { findTemplate, listTemplates } from '../../../src/providers/templates.ts'
import { loadSettings } from '../../../src/settings/load.ts'

const head = 'apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n'
const current = `${head}spec:\n  clusterNetwork:\n    pods:\n      cidrBlocks: \${POD_CIDR:=["192.168.0.0/16"]}\n  topology:\n    classRef:\n      namespace: \${NAMESPACE}\n      name: in-memory\n    workers:\n      machineDeployments:\n        - class: default-worker\n`
const old = `${head}spec:\n  topology:\n    version: \${KUBERNETES_VERSION}\n    class: quick-start\n    workers:\n      machineDeployments:\n      - class: default-worker\n`
const classOf = (name: string) => `apiVersion: cluster.x-k8s.io/v1beta1\nkind: ClusterClass\nmetadata:\n  labels: {a: b}\n  name: ${name}\n`
const plain = `${head}spec:\n  infrastructureRef:\n    name: x\n`

/** Cluster API's own layout. */
const ownFiles = {
  'test/infrastructure/docker/templates/cluster-template-in-memory.yaml': current,
  'test/infrastructure/docker/templates/cluster-template.yaml': old,
  'test/infrastructure/docker/templates/clusterclass-in-memory.yaml': classOf('in-memory'),
  'test/infrastructure/docker/templates/clusterclass-quick-start.yaml': classOf('quick-start'),
  'test/infrastructure/docker/templates/other.yaml': 'kind: ConfigMap\n',
  'mine.yaml': old,
  'test/infrastructure/inmemory/templates/cluster-template-in-memory-development.yaml': current,
}
/** What provider repositories have. */
const wildFiles = {
  'templates/cluster-template.yaml': plain,
  'templates/cluster-template-flat.yaml': plain,
  'templates/cluster-template-topology.yaml': old.replace('quick-start', '${CLASS:=tall}'),
  'templates/cluster-template-tall-clusterclass.yaml': classOf('tall'),
  'templates/cluster-template-all-in-one.yaml': `${old}---\n${classOf('quick-start')}`,
  'templates/clusterclass/clusterclass.yaml': classOf('quick-start'),
  'templates/cluster-templates/cluster-class.yaml': classOf('wide'),
  'templates/cluster-templates/cluster-class-topology-example.yaml': old.replace('quick-start', 'wide'),
  'templates/cluster-templates/bases/capi-cluster.yaml': plain,
  'templates/cluster-templates/hcloud/kustomization.yaml': 'resources:\n- ../bases/capi-cluster.yaml\n',
  'templates/cluster-templates/hcloud-network/kustomization.yaml': 'resources: [../hcloud]\n',
  'templates/cluster-templates/addons/kustomization.yaml': 'resources: [addon.yaml]\n',
  'templates/cluster-templates/addons/addon.yaml': 'kind: ConfigMap\n',
  'templates/cluster-templates/flat/kustomization.yaml': 'resources: [../bases/capi-cluster.yaml]\n',
  'templates/aws/cluster-template.yaml': plain,
  'samples/docker/k3s-template.yaml': plain,
  'samples/aws/aws-ccm.yaml': 'kind: DaemonSet\n',
  'examples/templates/docker/cluster-template-cis.yaml': plain,
  'examples/templates/aws/cluster-template-cis.yaml': plain,
  'examples/clusterclass/docker/clusterclass-template.yaml': classOf('rke2'),
  'examples/clusterclass/docker/cluster-template-rke2.yaml': old.replace('quick-start', 'rke2'),
  'kustomize/default/cluster-template.yaml': plain,
  'kustomize/default/kustomization.yaml': 'resources: [cluster-template.yaml]\n',
  'kustomize/without-lb/kustomization.yaml': 'resources: [../default]\npatches: [{path: patch.yaml}]\n',
}

let scratch: string
let own: string
let wild: string
async function lay(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(scratch, name, file)), { recursive: true })
    await writeFile(join(scratch, name, file), text)
  }
  return join(scratch, name)
}
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'templates-'))
  own = await lay('own', ownFiles)
  wild = await lay('wild', wildFiles)
})
after(() => rm(scratch, { recursive: true }))

/** Paths from the repository on. */
async function find(cwd: string, given: Record<string, string>, variables: Record<string, string> = {}) {
  const settings = await loadSettings({ given, env: {}, cwd })
  const [workload] = settings.workloads
  assert.ok(workload)
  const { template, classes } = workload
  const where = { template: settings.sources.workloadTemplate.where, class: settings.sources.workloadClusterClass.where }
  const found = await findTemplate(settings, await listTemplates(settings), { template, classes, variables, where })
  const pathOf = (source: Awaited<ReturnType<typeof findTemplate>>['template']) =>
    ('text' in source ? source.file : `${source.kustomization}/`).replace(`${cwd}/`, '')
  const text = 'text' in found.template ? found.template : { file: '', text: old }
  return [pathOf(found.template), ...(await found.classesFor(text)).map(pathOf)]
}
const TILT = 'test/infrastructure/docker/templates'
const IN_MEMORY = 'test/infrastructure/inmemory/templates'

test('a template is found by name, with the class that it names', async () =>
  assert.deepEqual(await find(own, { 'workload-template': 'in-memory' }), [
    `${TILT}/cluster-template-in-memory.yaml`,
    `${TILT}/clusterclass-in-memory.yaml`,
  ]))

test('templates of the in-memory provider, of Cluster API up to v1.9, are found where it is enabled', async () => {
  const wanted = { 'workload-template': 'in-memory-development' }
  assert.deepEqual(
    (await find(own, { ...wanted, providers: 'core, in-memory' }))[0],
    `${IN_MEMORY}/cluster-template-in-memory-development.yaml`,
  )
  await assert.rejects(find(own, wanted), Failure)
})

test('the template without a name is the default one', async () =>
  assert.deepEqual(await find(own, { 'workload-template': 'default' }), [
    `${TILT}/cluster-template.yaml`,
    `${TILT}/clusterclass-quick-start.yaml`,
  ]))

test('a template may be a file, and a class may be said', async () =>
  assert.deepEqual(await find(own, { 'workload-template': 'mine.yaml', 'workload-cluster-class': 'in-memory' }), [
    'mine.yaml',
    `${TILT}/clusterclass-in-memory.yaml`,
  ]))

test('a template that is not there is an error that lists those that are', async () => {
  await assert.rejects(find(own, { 'workload-template': 'in-memroy' }), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, 'cluster template in-memroy is not found, did you mean in-memory?')
    assert.equal(error.why, 'there are default, in-memory')
    assert.deepEqual(error.where, ['input workload-template'])
    assert.deepEqual(error.details, [
      `default: ${own}/${TILT}/cluster-template.yaml`,
      `in-memory: ${own}/${TILT}/cluster-template-in-memory.yaml`,
    ])
    return true
  })
  await assert.rejects(find(own, { 'workload-template': 'in-memory', 'workload-cluster-class': 'slow' }), {
    what: 'ClusterClass slow is not found',
    why: 'there are in-memory, quick-start',
  })
})

test('template_dirs replaces all other folders, of providers that are enabled', async () => {
  const settings = join(wild, 'tilt-settings.yaml')
  await writeFile(settings, 'template_dirs:\n  docker: [./samples/docker]\n  aws: [templates/aws]\n')
  try {
    await assert.rejects(find(wild, { 'workload-template': 'flat' }), { why: 'there is k3s-template' })
    assert.deepEqual(await find(wild, { 'workload-template': 'k3s-template' }), ['samples/docker/k3s-template.yaml'])
  } finally {
    await rm(settings)
  }
})

test('a folder of template_dirs that is not there is named, unless it is of a provider that is not enabled', async () => {
  const settings = join(wild, 'tilt-settings.yaml')
  const wanted = { 'workload-template': 'k3s-template', providers: 'docker' }
  try {
    await writeFile(settings, 'template_dirs:\n  docker: [./samples/docker]\n  aws: [nowhere]\n')
    assert.deepEqual(await find(wild, wanted), ['samples/docker/k3s-template.yaml'])
    await writeFile(settings, 'template_dirs:\n  docker: [./samples/docker, ./sample]\n')
    await assert.rejects(find(wild, wanted), {
      what: `template_dirs.docker names ${wild}/sample, which is no folder`,
      remedy: 'correct the path, which starts from the repository, or remove it',
      where: ['tilt-settings.yaml:1:1'],
    })
  } finally {
    await rm(settings)
  }
})

for (const [name, file] of [
  ['default', 'templates/cluster-template.yaml'],
  ['flat', 'templates/cluster-template-flat.yaml'],
  ['aws', 'templates/aws/cluster-template.yaml'],
  ['hcloud', 'templates/cluster-templates/hcloud/'],
  ['hcloud-network', 'templates/cluster-templates/hcloud-network/'],
  ['cluster-templates/flat', 'templates/cluster-templates/flat/'],
  ['templates/cluster-templates/flat', 'templates/cluster-templates/flat/'],
  ['k3s-template', 'samples/docker/k3s-template.yaml'],
  ['docker/cis', 'examples/templates/docker/cluster-template-cis.yaml'],
  ['aws-cis', 'examples/templates/aws/cluster-template-cis.yaml'],
  ['without-lb', 'kustomize/without-lb/'],
] as const)
  test(`in the layouts of the wild ${name} is ${file}`, async () =>
    assert.equal((await find(wild, { 'workload-template': name }))[0], file))

test('of templates of the same name that of an enabled provider is meant; where none is, all are named', async () => {
  assert.equal((await find(wild, { 'workload-template': 'cis' }))[0], 'examples/templates/docker/cluster-template-cis.yaml')
  await assert.rejects(find(wild, { 'workload-template': 'cis', providers: 'core' }), {
    what: 'cluster template cis may be one of 2',
    remedy: 'say aws/cis or docker/cis, or its path',
  })
})

test('what a kustomization is made of, and one that makes no cluster, is no template', async () => {
  for (const name of ['capi-cluster', 'addons']) await assert.rejects(find(wild, { 'workload-template': name }), Failure)
})

test('classes are found by the name that they have, wherever they are', async () => {
  const classesOf = async (name: string) => (await find(wild, { 'workload-template': name })).slice(1)
  assert.deepEqual(await classesOf('topology'), ['templates/cluster-template-tall-clusterclass.yaml'])
  assert.deepEqual(await classesOf('topology-example'), ['templates/cluster-templates/cluster-class.yaml'])
  assert.deepEqual(await classesOf('docker/rke2'), ['examples/clusterclass/docker/clusterclass-template.yaml'])
  const wide = await find(wild, { 'workload-template': 'topology' }, { CLASS: 'wide' })
  assert.deepEqual(wide.slice(1), ['templates/cluster-templates/cluster-class.yaml'])
})

test('a class that the template brings itself is not added to it', async () =>
  assert.deepEqual(await find(wild, { 'workload-template': 'all-in-one' }), ['templates/cluster-template-all-in-one.yaml']))

test('a class may be said by its own name', async () =>
  assert.deepEqual(await find(wild, { 'workload-template': 'flat', 'workload-cluster-class': 'wide' }), [
    'templates/cluster-template-flat.yaml',
    'templates/cluster-templates/cluster-class.yaml',
  ]))

test('a folder with a kustomization is built, by its path too; one without is none, and an address is refused', async () => {
  assert.equal((await find(wild, { 'workload-template': 'kustomize/without-lb' }))[0], 'kustomize/without-lb/')
  await assert.rejects(find(wild, { 'workload-template': './samples' }), { what: 'cluster template ./samples is not found' })
  await assert.rejects(find(wild, { 'workload-template': 'https://example.org/t.yaml' }), {
    what: 'https://example.org/t.yaml is an address',
  })
})

test('templates of other checkouts are found, and named by their provider where others have the same name', async () => {
  const settings = await loadSettings({ given: { 'provider-repos': '../wild' }, env: {}, cwd: own })
  const files = await listTemplates(settings)
  const where = { template: 't', class: 'c' }
  const { template } = await findTemplate(settings, files, { template: 'wild/default', classes: [], variables: {}, where })
  assert.equal('text' in template && template.file, join(wild, 'templates/cluster-template.yaml'))
})

test('classes are read from templates of both API versions, before substitution', () => {
  assert.deepEqual(classesNamed(current), ['in-memory'])
  assert.deepEqual(classesNamed(old), ['quick-start'])
  assert.deepEqual(classesNamed('spec:\n  infrastructureRef:\n    name: x\n'), [])
  assert.deepEqual(classesIn(`${current}---\n${classOf('"mine"')}`), ['mine'])
})

test('a long topology is read at once', () => {
  const workers = Array.from(
    { length: 200 },
    (_, index) => `        - class: default-worker\n          name: md-${index}\n          replicas: 1\n`,
  )
  const text = `spec:\n  topology:\n    classRef:\n      name: in-memory\n      namespace: \${NAMESPACE}\n    workers:\n      machineDeployments:\n${workers.join('')}`
  assert.deepEqual(classesNamed(text), ['in-memory'])
})
