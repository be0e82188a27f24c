/** Where add-ons, hooks and projects stand in the plan. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePlan } from '../../../src/plan/plan.ts'
import type { Target } from '../../../src/plan/targets.ts'
import type { Task } from '../../../src/plan/task.ts'
import type { Project } from '../../../src/providers/projects.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { isNone } from '../../../src/settings/provider-reference.ts'
import { capiCheckout } from '../providers/checkout.ts'
import { wantedWorkload } from './wanted-workload.ts'

const template = { file: 'cluster-template.yaml', text: 'apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: demo}\n' }

async function planFor(
  given: Record<string, string>,
  projects: readonly Project[] = [],
  targets?: readonly Target[],
  edit: (provider: Provider) => Provider = provider => provider,
) {
  const settings = await loadSettings({ given: { repository: '/', ...given }, env: { HOME: '/home/me' }, cwd: '/' })
  const repositories = [capiCheckout()]
  const none = isNone(settings.providers)
  const { tasks } = makePlan(
    {
      settings,
      repositories: none ? [] : repositories,
      providers: none ? [] : resolveProviders(settings, repositories).map(edit),
      observability: [],
      projects,
      workloads: none ? [] : [wantedWorkload('demo', { classes: [], template })],
      clusterIsOurs: false,
      record: () => Promise.reject(new Error('a plan makes nothing')),
    },
    targets,
  )
  const named = (name: string): Task => tasks.find(one => one.name === name) ?? assert.fail(`no task ${name}`)
  const comesAfter = (later: string, earlier: string) => reaches(named(later), named(earlier))
  return { tasks, names: tasks.map(({ name }) => name), named, comesAfter }
}

const reaches = (from: Task, to: Task): boolean => from.needs.some(need => need === to || reaches(need, to))

test('what comes before the providers is ready before the first object of a provider, and after cert-manager', async () => {
  const { comesAfter } = await planFor({
    'additional-kustomizations': 'orc: {path: /orc, before: providers}',
    'helm-charts': '- {name: kubevirt, chart: /kubevirt, before: providers}',
    manifests: '- {from: /bmo.yaml, before: providers}',
  })
  for (const name of ['ready kustomization orc', 'chart kubevirt', 'ready manifests bmo.yaml']) {
    for (const first of ['crds docker', 'crds core', 'provider inventory']) assert.ok(comesAfter(first, name), `${first} after ${name}`)
    assert.ok(comesAfter(name, 'ready cert-manager'), name)
  }
})

test('the manager of a provider that names a kustomization in resource_deps comes after it, and so does no other', async () => {
  const edit = (one: Provider) => (one.name === 'docker' ? { ...one, needs: { ...one.needs, addOns: ['ironic'] } } : one)
  for (const ironic of ['ironic=/ironic', 'ironic: {path: /ironic, before: providers}']) {
    const { comesAfter } = await planFor({ 'additional-kustomizations': ironic }, [], undefined, edit)
    assert.ok(comesAfter('deploy docker', 'ready kustomization ironic'))
  }
  const { comesAfter } = await planFor({ 'additional-kustomizations': 'ironic=/ironic' }, [], undefined, edit)
  assert.ok(!comesAfter('deploy core', 'ready kustomization ironic'))
  assert.ok(!comesAfter('crds docker', 'ready kustomization ironic'))
})

test('what comes after the providers waits for all of them, and a chart does unless it says otherwise', async () => {
  const { comesAfter } = await planFor({
    'additional-kustomizations': 'mine: {path: /mine, after: providers}',
    'helm-charts': '- {name: chart, chart: /chart}',
  })
  for (const name of ['deploy kustomization mine', 'chart chart'])
    for (const provider of ['core', 'docker']) assert.ok(comesAfter(name, `ready ${provider}`), `${name} after ${provider}`)
})

test('other kustomizations and manifests go beside the providers, and neither waits for the other', async () => {
  const { comesAfter } = await planFor({ 'additional-kustomizations': 'mine=/mine', manifests: '/a.yaml' })
  for (const name of ['kustomization mine', 'manifests a.yaml']) {
    assert.ok(!comesAfter(`ready ${name}`, 'deploy core'))
    assert.ok(!comesAfter('ready core', `deploy ${name}`))
    assert.ok(comesAfter('clusterclass demo', `ready ${name}`))
  }
})

test('charts are installed in the order in which they are said', async () => {
  const { comesAfter } = await planFor({ 'helm-charts': '- {name: one, chart: /one}\n- {name: two, chart: /two}' })
  assert.ok(comesAfter('chart two', 'chart one'))
})

test('hooks stand before and after their stages', async () => {
  const { comesAfter } = await planFor({
    hooks: ['cluster', 'cert-manager', 'providers', 'workload'].map(stage => `before-${stage}: a\nafter-${stage}: b`).join('\n'),
    'helm-charts': '- {name: early, chart: /early, before: providers}\n- {name: late, chart: /late}',
  })
  const order = [
    ...['hook before-cluster', 'cluster', 'hook after-cluster', 'hook before-cert-manager', 'cert-manager installed', 'ready cert-manager'],
    ...['hook after-cert-manager', 'chart early', 'hook before-providers', 'crds docker', 'ready docker', 'hook after-providers'],
    ...['chart late', 'hook before-workload', 'clusterclass demo', 'kubeconfig demo', 'hook after-workload'],
  ]
  for (const [index, later] of order.entries())
    if (index > 0) assert.ok(comesAfter(later, order[index - 1] ?? ''), `${later} after ${order[index - 1]}`)
})

test('hooks of stages that have nothing to do run all the same', async () => {
  const { names, comesAfter } = await planFor({
    providers: 'none',
    hooks: 'before-cert-manager: a\nafter-cert-manager: b\nbefore-providers: c\nafter-providers: d',
  })
  assert.ok(comesAfter('hook after-providers', 'hook before-providers'))
  assert.ok(comesAfter('hook before-providers', 'hook after-cert-manager'))
  assert.ok(names.includes('hook before-cert-manager'))
})

test('a part of the chain runs the hooks of its own stage', async () => {
  const hooks = 'before-cluster: a\nafter-cluster: b\nbefore-providers: c\nafter-workload: d'
  const hooksOf = async (...targets: Target[]) =>
    (await planFor({ hooks }, [], targets)).names.filter(name => name.startsWith('hook ')).toSorted()
  assert.deepEqual(await hooksOf('cluster'), ['hook after-cluster', 'hook before-cluster'])
  assert.deepEqual(await hooksOf('providers'), ['hook before-providers'])
  assert.deepEqual(await hooksOf('workload'), ['hook after-workload'])
})

const hello: Project = {
  ...{ name: 'hello', folder: '/hello', args: {}, port: undefined, answers: '/', image: 'hello' },
  ...{ build: { package: '.' }, manifests: { files: ['/hello/k8s'] } },
}

test('a plain project is built, pushed and deployed without any provider, cert-manager, clusterctl or kustomize', async () => {
  const { names, comesAfter } = await planFor({ providers: 'none' }, [
    hello,
    { ...hello, name: 'web', build: { dockerfile: '/hello/Dockerfile' } },
  ])
  assert.ok(comesAfter('ready project hello', 'compile project hello'))
  assert.ok(comesAfter('ready project hello', 'registry connected'))
  assert.ok(comesAfter('ready project web', 'image project web'))
  assert.deepEqual(
    names.filter(name => /cert-manager|core|docker|clusterctl|provider|compile project web/.test(name)),
    [],
  )
})

test('helm is wanted by charts, and by kustomizations only where they render one', async () => {
  assert.ok((await planFor({ 'helm-charts': '- {name: a, chart: /a}' })).names.includes('tool helm'))
  assert.ok(!(await planFor({ 'additional-kustomizations': 'a=/a' })).names.includes('tool helm'))
})

test('every task has a name of its own, whatever is added', async () => {
  const given = {
    'additional-kustomizations': 'core=/a\ndocker=/b',
    manifests: '/x/a.yaml /y/a.yaml',
    'helm-charts': '- {name: core, chart: /c}',
  }
  const { names } = await planFor(given, [{ ...hello, name: 'core' }])
  assert.equal(new Set(names).size, names.length)
})
