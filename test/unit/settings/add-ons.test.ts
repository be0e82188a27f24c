import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isRemote } from '../../../src/settings/add-ons.ts'
import { loadSettings } from '../../../src/settings/load.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'add-ons-'))
})
after(() => rm(root, { recursive: true }))

const load = (given: Record<string, string>) => loadSettings({ given, env: { HOME: '/' }, cwd: '/work' })
const refused = (given: Record<string, string>, what: RegExp) => assert.rejects(load(given), (error: Error) => what.test(error.message))

test('kustomizations are lines of names and paths, where paths start from the working directory and what git fetches stays as it is', async () => {
  const { additionalKustomizations } = await load({
    'additional-kustomizations': 'mine=hack/mine\norc=https://github.com/k-orc/openstack-resource-controller//config?ref=v1.0.0\n',
  })
  assert.deepEqual(additionalKustomizations, {
    mine: { path: '/work/hack/mine', order: undefined },
    orc: { path: 'https://github.com/k-orc/openstack-resource-controller//config?ref=v1.0.0', order: undefined },
  })
})

test('kustomizations in YAML may say when they are applied', async () => {
  const { additionalKustomizations } = await load({
    'additional-kustomizations': 'orc: {path: orc, before: providers}\nclass: {path: class, after: providers}\nplain: plain',
  })
  assert.deepEqual(
    Object.values(additionalKustomizations).map(({ order }) => order),
    ['before', 'after', undefined],
  )
})

test('additional_kustomizations of tilt-settings start from the folder of the file', async () => {
  await mkdir(join(root, 'capi'))
  await writeFile(join(root, 'capi/tilt-settings.yaml'), 'additional_kustomizations:\n  mine: ./hack/mine\n')
  const { additionalKustomizations, notices } = await load({ repository: join(root, 'capi') })
  assert.deepEqual(additionalKustomizations, { mine: { path: join(root, 'capi/hack/mine'), order: undefined } })
  assert.deepEqual(notices, [])
})

test('a kustomization may have any name that Tilt would make a resource of', async () => {
  const { additionalKustomizations } = await load({ 'additional-kustomizations': 'My_Kustomization.v2=x' })
  assert.deepEqual(Object.keys(additionalKustomizations), ['My_Kustomization.v2'])
  await refused({ 'additional-kustomizations': 'a b: x' }, /\.a b is "x", but must be named by letters, digits, "_", "\." and "-"/)
  await refused({ 'additional-kustomizations': '[hack/x]' }, /additional-kustomizations must be a mapping from names to paths/)
})

test('a kustomization that is to come before and after the providers is refused', async () => {
  await refused(
    { 'additional-kustomizations': 'a: {path: x, before: providers, after: providers}' },
    /must be before providers or after them, not both/,
  )
  await refused({ 'additional-kustomizations': 'a: {path: x, before: cluster}' }, /\.a\.before is "cluster", but must be providers/)
})

test('what is no YAML is refused with the place', () =>
  refused(
    { 'helm-charts': '- name: x\n  chart: "y' },
    /must be a list of charts in YAML, which it is not: a quoted text is not closed.*line 2/,
  ))

test('manifests are words, or a YAML list whose items say more', async () => {
  const words = await load({ manifests: 'a.yaml ./folder\nhttps://example.org/b.yaml' })
  assert.deepEqual(
    words.manifests.map(({ from }) => from),
    ['/work/a.yaml', '/work/folder', 'https://example.org/b.yaml'],
  )
  const items = await load({ manifests: '- a.yaml\n- {from: b.yaml, substitute: true, before: providers}' })
  assert.deepEqual(items.manifests, [
    { from: '/work/a.yaml', substitute: false, order: undefined },
    { from: '/work/b.yaml', substitute: true, order: 'before' },
  ])
})

test('a chart is a folder, an archive, an OCI reference or a name in a repository', async () => {
  const { helmCharts } = await load({
    'helm-charts': `
- {name: mine, chart: charts/mine, values: values.yaml, set: {replicas: 2}}
- {name: oci, chart: "oci://ghcr.io/org/chart", version: "1.0", wait: false, before: providers}
- {name: metallb, chart: metallb, repo: "https://metallb.github.io/metallb", namespace: metallb-system, values: [a.yaml, {speaker: {enabled: false}}]}
`,
  })
  assert.deepEqual(
    helmCharts.map(({ chart, namespace, values, order, wait }) => ({ chart, namespace, values, order, wait })),
    [
      { chart: '/work/charts/mine', namespace: 'default', values: ['/work/values.yaml'], order: 'after', wait: true },
      { chart: 'oci://ghcr.io/org/chart', namespace: 'default', values: [], order: 'before', wait: false },
      {
        chart: 'metallb',
        namespace: 'metallb-system',
        values: ['/work/a.yaml', { speaker: { enabled: false } }],
        order: 'after',
        wait: true,
      },
    ],
  )
})

test('a chart with a field that there is not, a version that YAML takes for a number, or a name twice, is refused', async () => {
  await refused({ 'helm-charts': '- {name: a, chart: x, versoin: v1}' }, /must not have the field versoin, did you mean version/)
  await refused({ 'helm-charts': '- {name: a, chart: x, version: 1.10}' }, /\[0\]\.version is 1\.1, but must be text: put it in quotes/)
  await refused({ 'helm-charts': '- {name: a, chart: x}\n- {name: a, chart: z}' }, /must not have the same name twice/)
})

test('hooks are commands by stage, and a stage that there is not is told with the nearest', async () => {
  const { hooks } = await load({ hooks: 'after-cluster: hack/cni.sh\nbefore-providers:\n- one\n- |\n  two\n  three\n' })
  assert.deepEqual(hooks, { 'after-cluster': ['hack/cni.sh'], 'before-providers': ['one', 'two\nthree'] })
  await refused({ hooks: 'after-clutser: x' }, /must not have the field after-clutser, did you mean after-cluster/)
})

test('a project is a folder, and paths in it start there', async () => {
  const { projects } = await load({ projects: 'hello: {folder: hello, manifests: k8s, port: 8080}\nother: other' })
  assert.deepEqual(projects.hello, {
    ...{ folder: '/work/hello', dockerfile: undefined, args: {}, go: undefined, image: undefined, manifests: ['/work/hello/k8s'] },
    ...{ kustomize: undefined, port: 8080, answers: undefined },
  })
  assert.equal(projects.other?.folder, '/work/other')
})

test('what kustomize fetches is told from what is here', () => {
  for (const said of [
    'https://github.com/a/b',
    'git@github.com:a/b',
    'ssh://git@host/a',
    'github.com/a/b//c?ref=v1',
    'git.example.org/a/b.git',
  ])
    assert.equal(isRemote(said), true, said)
  for (const said of ['config/default', './a.git', '../x', '/abs', 'v1.13/config']) assert.equal(isRemote(said), false, said)
})

test('files in tilt.d are told to be none that is run here', async () => {
  await mkdir(join(root, 'with/tilt.d'), { recursive: true })
  await writeFile(join(root, 'with/tilt.d/.gitignore'), '*')
  assert.deepEqual((await load({ repository: join(root, 'with') })).notices, [])
  await writeFile(join(root, 'with/tilt.d/mine'), 'load("ext://restart_process")')
  const { notices } = await load({ repository: join(root, 'with') })
  assert.deepEqual(notices, ['tilt.d is not run (mine): it is Starlark, which only Tilt runs; say the commands as `hooks`'])
})

test('without providers there is no cert-manager, unless it is said', async () => {
  assert.equal((await load({ providers: 'none' })).certManager, false)
  assert.equal((await load({ providers: 'none', 'cert-manager': 'true' })).certManager, true)
  assert.equal((await load({ providers: 'docker' })).certManager, true)
  const alone = { given: {}, env: { HOME: '/', CAPI_ACTIONS_PROVIDERS: 'none' }, cwd: '/work', of: ['providers'] as const }
  assert.equal((await loadSettings(alone)).certManager, true, 'a step that is there to deploy it')
  await refused({ providers: 'none docker' }, /must not have others beside none/)
})

test('what charts are given under names of secrets is shown in no log', async () => {
  const charts = '- {name: a, chart: a, values: [{auth: {adminPassword: hunter2hunter2}}], set: {apiToken: tokentoken}}'
  const { secrets } = await load({ 'helm-charts': charts })
  assert.deepEqual(secrets, ['hunter2hunter2', 'tokentoken'])
})
