import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePlan } from '../../../src/plan/plan.ts'
import type { Target } from '../../../src/plan/targets.ts'
import { inOrder, type Task, task } from '../../../src/plan/task.ts'
import type { WantedWorkload, WorkloadTexts } from '../../../src/plan/wanted.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { capiCheckout } from '../providers/checkout.ts'
import { wantedWorkload } from './wanted-workload.ts'

const workload: WorkloadTexts = {
  classes: [],
  template: { file: 'cluster-template.yaml', text: 'apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: demo}\n' },
}

async function planFor(given: Record<string, string>, texts?: WorkloadTexts | readonly WantedWorkload[], targets?: readonly Target[]) {
  const settings = await loadSettings({ given: { repository: '/', ...given }, env: { HOME: '/home/me' }, cwd: '/' })
  const repositories = [capiCheckout()]
  const record = () => Promise.reject(new Error('a plan makes nothing'))
  return makePlan(
    {
      settings,
      repositories,
      providers: resolveProviders(settings, repositories),
      observability: settings.observability.map(name => ({ name, folder: `/capi/hack/observability/${name}` })),
      workloads: texts === undefined ? [] : 'template' in texts ? [wantedWorkload('demo', texts)] : texts,
      clusterIsOurs: false,
      record,
    },
    targets,
  )
}

const named = (tasks: readonly Task[], name: string): Task => tasks.find(one => one.name === name) ?? assert.fail(`no task ${name}`)
const reaches = (from: Task, to: Task): boolean => from.needs.some(need => need === to || reaches(need, to))

test('every task stands after all that it needs, and has a name of its own', async () => {
  const { tasks } = await planFor({}, workload)
  for (const [index, one] of tasks.entries())
    for (const need of one.needs) assert.ok(tasks.indexOf(need) < index, `${one.name} before ${need.name}`)
  assert.equal(new Set(tasks.map(({ name }) => name)).size, tasks.length)
})

test('managers are compiled and manifests rendered without waiting for the cluster', async () => {
  const { tasks } = await planFor({})
  const cluster = named(tasks, 'cluster')
  for (const name of ['compile core', 'image docker', 'render docker', 'cert-manager manifest', 'base image'])
    assert.equal(reaches(named(tasks, name), cluster), false, name)
})

test('nothing is made on the machine before the templates are filled', async () => {
  const { tasks } = await planFor({}, workload)
  const templates = named(tasks, 'templates demo')
  for (const name of ['cluster', 'registry']) assert.equal(reaches(named(tasks, name), templates), true, name)
})

test('a manager is deployed when its image is on the nodes, its CRDs are there, Services work and cert-manager answers', async () => {
  const { tasks } = await planFor({})
  const deploy = named(tasks, 'deploy docker')
  for (const name of ['pull docker', 'crds docker', 'services', 'ready cert-manager', 'provider inventory'])
    assert.equal(reaches(deploy, named(tasks, name)), true, name)
})

test('the workload cluster is applied when every provider works', async () => {
  const { tasks } = await planFor({ providers: 'docker' }, workload)
  const cluster = named(tasks, 'cluster demo')
  assert.equal(reaches(cluster, named(tasks, 'ready core')), true)
  assert.equal(reaches(cluster, named(tasks, 'ready docker')), true)
})

test('several workload clusters are applied and awaited at the same time, their classes once and before all of them', async () => {
  const { tasks, workloads } = await planFor(
    {},
    ['one', 'two'].map(name => wantedWorkload(name, workload)),
  )
  assert.deepEqual(
    workloads.map(({ name }) => name),
    ['one', 'two'],
  )
  assert.equal(reaches(named(tasks, 'available two'), named(tasks, 'cluster one')), false)
  for (const name of ['cluster one', 'cluster two']) assert.equal(reaches(named(tasks, name), named(tasks, 'clusterclasses')), true)
  assert.equal(new Set(tasks.map(({ name }) => name)).size, tasks.length)
})

test('a template that must be built is built by kustomize before anything is made', async () => {
  const sources = { template: { kustomization: '/templates/flat' }, classesFor: async () => [] }
  const { tasks } = await planFor({}, [wantedWorkload('demo', { sources })])
  assert.equal(reaches(named(tasks, 'template demo'), named(tasks, 'tool kustomize')), true)
  assert.equal(reaches(named(tasks, 'cluster'), named(tasks, 'template demo')), true)
})

test('a network plugin is applied when the API server of the workload cluster answers, not when it is Available, which waits for it', async () => {
  const cni = [{ file: 'cni.yaml', text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cni}\n' }]
  const { tasks } = await planFor({}, [wantedWorkload('demo', workload, { cni })])
  assert.equal(reaches(named(tasks, 'network demo'), named(tasks, 'available demo')), false)
  assert.equal(reaches(named(tasks, 'network demo'), named(tasks, 'cluster demo')), true)
  for (const name of ['available demo', 'network demo']) assert.equal(reaches(named(tasks, 'nodes demo'), named(tasks, name)), true)
  assert.equal(reaches(named(tasks, 'kubeconfig demo'), named(tasks, 'nodes demo')), true)
})

test('the variables of templates are part of the plan, each with what it is, and secrets without', async () => {
  const text = `${workload.template.text}# \${REGION:=eu} \${API_TOKEN} \${KUBERNETES_VERSION}\n`
  const given = { 'workload-variables': 'API_TOKEN=not-to-be-seen', 'kubernetes-version': 'v1.34.4' }
  const { variables } = await planFor(given, { classes: [], template: { file: 't.yaml', text } })
  assert.deepEqual(
    variables.map(({ name, value, required, places }) => [name, value, required, places]),
    [
      ['API_TOKEN', '***', true, ['t.yaml:4:17']],
      ['KUBERNETES_VERSION', 'v1.34.4', true, ['t.yaml:4:30']],
      ['REGION', undefined, false, ['t.yaml:4:3']],
    ],
  )
})

test('what is not wanted is not planned', async () => {
  const { tasks, workloads } = await planFor({ 'cert-manager': 'false', providers: 'core' })
  assert.deepEqual(workloads, [])
  const unwanted = tasks.filter(({ name }) => /cert-manager|docker|demo|kubeadm/.test(name)).map(({ name }) => name)
  assert.deepEqual(unwanted, [])
})

test('a part is planned with what it needs, and no more', async () => {
  const names = async (...targets: Target[]) => (await planFor({ providers: 'core' }, undefined, targets)).tasks.map(({ name }) => name)
  assert.deepEqual((await names('images')).toSorted(), ['base image', 'build inputs', 'compile core', 'engine', 'image core', 'registry'])
  const cluster = ['cluster', 'cluster finished', 'engine', 'nodes ready', 'registry', 'registry connected', 'tool kind']
  assert.deepEqual((await names('cluster')).toSorted(), cluster)
  const deployed = await names('providers')
  for (const name of ['compile core', 'ready cert-manager', 'ready core']) assert.ok(deployed.includes(name), name)
  for (const name of ['tool clusterctl', 'nodes ready']) assert.ok(!deployed.includes(name), name)
})

test('a provider whose image is there already is not built, but deployed and proven like the others', async () => {
  const { tasks, images } = await planFor({ providers: 'docker', images: 'docker=ghcr.io/me/capd-manager:v1' })
  assert.deepEqual(
    images.map(({ name }) => name),
    ['image core'],
  )
  assert.ok(!tasks.some(({ name }) => name === 'compile docker'))
  assert.equal(named(tasks, 'image docker').docs, 'Takes ghcr.io/me/capd-manager:v1, which is there already.')
  assert.equal(reaches(named(tasks, 'ready docker'), named(tasks, 'pull docker')), true)
})

test('with all images given nothing needs Go or the registry', async () => {
  const { tasks } = await planFor({ providers: 'core', images: '{"core": "ghcr.io/me/core:v1"}' }, undefined, ['providers'])
  const names = tasks.map(({ name }) => name)
  for (const name of ['base image', 'build inputs', 'compile core']) assert.ok(!names.includes(name), name)
})

test('with a builder images are built from Dockerfiles: nothing is compiled here, and the builder is asked at once', async () => {
  const { tasks, images } = await planFor({ builder: 'farm', providers: 'docker' }, undefined, ['images'])
  assert.deepEqual(tasks.map(({ name }) => name).toSorted(), [
    ...['build core', 'build docker', 'builder', 'dockerfiles', 'engine', 'image core', 'image docker', 'registry'],
  ])
  for (const name of ['builder', 'dockerfiles']) assert.deepEqual(named(tasks, name).needs, [])
  assert.equal(reaches(named(tasks, 'build core'), named(tasks, 'build docker')), false)
  assert.deepEqual(
    images.map(({ name }) => name),
    ['image core', 'image docker'],
  )
})

test('observability tools wait for the services of the cluster, and those that log for loki, but for no provider', async () => {
  const { tasks, observability } = await planFor({ observability: 'alloy, loki, grafana' })
  assert.deepEqual(
    observability.map(({ name }) => name),
    ['ready alloy', 'ready loki', 'ready grafana'],
  )
  assert.ok(reaches(named(tasks, 'deploy alloy'), named(tasks, 'ready loki')))
  assert.ok(reaches(named(tasks, 'render grafana'), named(tasks, 'tool helm')))
  for (const one of observability) {
    assert.ok(reaches(one, named(tasks, 'services')))
    assert.ok(!reaches(one, named(tasks, 'ready core')))
  }
})

test('observability tools come with the providers, and with no other part', async () => {
  const names = async (targets: readonly Target[]) =>
    (await planFor({ observability: 'loki' }, undefined, targets)).tasks.map(({ name }) => name)
  assert.ok((await names(['providers'])).includes('ready loki'))
  assert.ok(!(await names(['cluster'])).includes('ready loki'))
})

test('helm is installed only where its version is said or charts are rendered', async () => {
  assert.ok(!(await planFor({})).tasks.some(({ name }) => name === 'tool helm'))
  assert.ok((await planFor({ observability: 'loki' })).tools.some(({ name }) => name === 'tool helm'))
  assert.ok((await planFor({ 'helm-version': '^3' })).tools.some(({ name }) => name === 'tool helm'))
})

test('what stands beside a provider is applied after it and after those it depends on', async () => {
  const { tasks } = await planFor({ providers: 'test-extension' })
  const resources = named(tasks, 'resources test-extension')
  for (const name of ['ready test-extension', 'ready core']) assert.equal(reaches(resources, named(tasks, name)), true, name)
})

test('tasks are put in order with all they need, each once', () => {
  const a = task('a', '', [], async () => 1)
  const b = task('b', '', [a], async () => 2)
  const c = task('c', '', [b, a], async () => 3)
  assert.deepEqual(inOrder([c, a]), [a, b, c])
})

test('with a registry that is there no local one is started, and no engine is needed to push', async () => {
  const { tasks } = await planFor({ registry: 'ghcr.io/org' })
  assert.match(named(tasks, 'registry').docs, /^Logs in to ghcr.io, where images go to ghcr.io\/org/)
  assert.equal(reaches(named(tasks, 'image docker'), named(tasks, 'engine')), false)
  const parts = (await planFor({ registry: 'ghcr.io/org', providers: 'core' }, undefined, ['images'])).tasks.map(({ name }) => name)
  assert.deepEqual(parts.toSorted(), ['base image', 'build inputs', 'compile core', 'image core', 'registry'])
})

test('a base image in the registry that we log in to is read with that login', async () => {
  const there = await planFor({ registry: 'ghcr.io/org', 'base-image': 'ghcr.io/org/base:1' })
  assert.deepEqual(named(there.tasks, 'base image').needs, [named(there.tasks, 'registry')])
  const elsewhere = await planFor({ registry: 'ghcr.io/org', 'base-image': 'gcr.io/base:1' })
  assert.deepEqual(named(elsewhere.tasks, 'base image').needs, [])
})

test('an image that is given needs no registry, unless one is said whose login its pull secret may want', async () => {
  const images = 'core=ghcr.io/org/cluster-api-controller:1'
  const deploy = async (more: Record<string, string>) => {
    const { tasks } = await planFor({ providers: 'core', images, ...more })
    return named(tasks, 'deploy core').needs.some(({ name }) => name === 'registry')
  }
  assert.equal(await deploy({}), false)
  assert.equal(await deploy({ registry: 'ghcr.io/org' }), true)
})

test('a ServiceAccount for later steps is made last of all, and only where there is a cluster', async () => {
  const said = { 'service-account': 'tests', 'service-account-rules': 'get pods' }
  const { tasks } = await planFor(said, workload)
  assert.equal(tasks.at(-1)?.name, 'service account')
  for (const name of ['ready docker', 'kubeconfig demo', 'nodes ready', 'clusterctl config'])
    assert.equal(reaches(named(tasks, 'service account'), named(tasks, name)), true, name)
  const names = async (target: Target) => (await planFor(said, workload, [target])).tasks.map(({ name }) => name)
  assert.equal((await names('images')).includes('service account'), false)
  assert.equal((await names('cluster')).includes('service account'), true)
})

test('managers are asked for their feature gates only where somebody speaks of gates, and before they are deployed', async () => {
  assert.equal(
    (await planFor({})).tasks.some(({ name }) => name === 'feature gates'),
    false,
  )
  const { tasks } = await planFor({ 'feature-gates': 'ClusterTopology=true' })
  assert.equal(reaches(named(tasks, 'feature gates'), named(tasks, 'compile core')), true)
  for (const name of ['deploy core', 'deploy docker']) assert.equal(reaches(named(tasks, name), named(tasks, 'feature gates')), true, name)
  assert.equal(reaches(named(tasks, 'crds core'), named(tasks, 'feature gates')), false)
})

test('what manifests of providers that are built lack is found before any of them is applied', async () => {
  const { tasks } = await planFor({})
  for (const name of ['crds core', 'crds docker'])
    assert.equal(reaches(named(tasks, name), named(tasks, 'variables from source')), true, name)
})

test('what lacks a value is missed by the task that says how to get it, and not by the rendering of one provider', async () => {
  const { tasks } = await planFor({})
  for (const name of ['core', 'docker']) {
    assert.equal(reaches(named(tasks, `render ${name}`), named(tasks, 'variables from source')), true, name)
    assert.equal(reaches(named(tasks, 'variables from source'), named(tasks, `kustomize ${name}`)), true, name)
  }
})

test('a dry run that asks the server renders all that would be applied, and makes, builds and applies nothing', async () => {
  const { tasks } = await planFor({ 'dry-run': 'server' }, workload)
  assert.deepEqual(
    tasks
      .map(({ name }) => name)
      .filter(
        name =>
          !/^(tool kustomize|kustomize|render|variables from source|no Deployment twice|templates demo|cert-manager manifest)/.test(name),
      ),
    ['cluster', 'server dry run'],
  )
  for (const name of ['render core', 'render docker', 'templates demo', 'cert-manager manifest'])
    assert.equal(reaches(named(tasks, 'server dry run'), named(tasks, name)), true, name)
})

test('a part that applies nothing has nothing to ask', async () => {
  const { tasks, judged } = await planFor({ 'dry-run': 'server' }, undefined, ['cluster'])
  assert.equal(judged, undefined)
  assert.ok(tasks.some(({ name }) => name === 'nodes ready'))
})
