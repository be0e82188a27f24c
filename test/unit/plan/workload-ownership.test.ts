/** Which workload clusters are recorded as ours, asked of stand-ins for docker and the API server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import type { Made } from '../../../src/host/work.ts'
import { makePlan } from '../../../src/plan/plan.ts'
import type { Task } from '../../../src/plan/task.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { fakeDocker, inspected, printed } from '../cluster/fake-docker.ts'
import { fakeApiServer, quietWork, type Reply } from '../kube/fake-api-server.ts'
import { capiCheckout } from '../providers/checkout.ts'
import { wantedWorkload } from './wanted-workload.ts'

const PATH = '/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters/demo'
const served = {
  'GET /apis/cluster.x-k8s.io': [{ code: 200, body: { preferredVersion: { groupVersion: 'cluster.x-k8s.io/v1beta2' } } }],
  'GET /apis/cluster.x-k8s.io/v1beta2': [{ code: 200, body: { resources: [{ name: 'clusters', kind: 'Cluster', namespaced: true }] } }],
}
const gone: Reply = { code: 404, body: { reason: 'NotFound', details: { name: 'demo', kind: 'clusters' } } }
const there: Reply = { code: 200, body: { metadata: { name: 'demo', namespace: 'default' } } }
const containers = { 'container ls': [{ stdout: 'n1\n' }], 'container inspect': [printed(inspected('demo-control-plane'))] }
const workloadCluster = {
  kind: 'workload cluster',
  namespace: 'default',
  name: 'demo',
  kubeconfig: '/kubeconfig',
  context: 'kind-capi-test',
}

const texts = { classes: [], template: { file: 't.yaml', text: 'apiVersion: v1\nkind: X\nmetadata: {name: demo}\n' } }

/** Runs the task that applies the workload cluster. @returns what it recorded, and whether it applied. */
async function applied(
  found: Reply,
  workloadIsOurs: boolean,
  infrastructure = 'DockerClusterTemplate',
): Promise<{ made: Made[]; requests: readonly string[] }> {
  const settings = await loadSettings({ given: { repository: '/', providers: 'core' }, env: { HOME: '/home/me' }, cwd: '/' })
  const repositories = [capiCheckout()]
  const made: Made[] = []
  const { tasks } = makePlan({
    settings,
    repositories,
    providers: resolveProviders(settings, repositories),
    observability: [],
    workloads: [wantedWorkload('demo', texts, { ours: workloadIsOurs })],
    clusterIsOurs: false,
    record: async one => void made.push(one),
  })
  await using server = await fakeApiServer({ ...served, [`GET ${PATH}`]: [found], [`PATCH ${PATH}`]: [there] })
  const object = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', metadata: { name: 'demo', namespace: 'default' } }
  const template = { apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2', kind: infrastructure, metadata: { name: 'demo' } }
  const values: Readonly<Record<string, unknown>> = {
    cluster: { kube: server.kube, kubeconfig: '/kubeconfig', context: 'kind-capi-test' },
    'templates demo': { classes: [template], cluster: [object], namespace: 'default', name: { namespace: 'default', name: 'demo' } },
  }
  const task = tasks.find(({ name }) => name === 'cluster demo') ?? assert.fail('no task')
  await task.run({ ...quietWork(), of: <T>({ name }: Task<T>) => values[name] as T, notice: () => {}, unchanged: () => {} })
  return { made, requests: server.requests }
}

const patched = (requests: readonly string[]) => requests.some(request => request.startsWith(`PATCH ${PATH}`))

test('a workload cluster that is not there is recorded before it is applied', async () => {
  await using _docker = await fakeDocker({})
  const { made, requests } = await applied(gone, false)
  assert.deepEqual(made, [workloadCluster])
  assert.ok(patched(requests))
})

test("a Cluster that is there and not recorded is the user's: applied, not recorded", async () => {
  await using _docker = await fakeDocker(containers)
  const { made, requests } = await applied(there, false)
  assert.deepEqual(made, [])
  assert.ok(patched(requests))
})

test('a Cluster that an earlier run of ours made stays ours', async () => {
  await using _docker = await fakeDocker(containers)
  assert.deepEqual((await applied(there, true)).made, [workloadCluster])
})

test('a workload cluster whose machines are elsewhere is recorded as such', async () => {
  await using _docker = await fakeDocker({})
  assert.deepEqual((await applied(gone, false, 'AWSClusterTemplate')).made, [{ ...workloadCluster, elsewhere: true }])
})

test('a workload cluster of the name of a kind cluster on this machine is refused before it is recorded or applied', async () => {
  await using _docker = await fakeDocker(containers)
  await assert.rejects(
    applied(gone, false),
    (error: unknown) => error instanceof Failure && error.what === 'a kind cluster demo is on this machine already',
  )
})
