import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteCluster } from '../../../src/workload/deletion.ts'
import { fakeApiServer, quietWork } from '../kube/fake-api-server.ts'

const PATH = '/apis/cluster.x-k8s.io/v1beta2/namespaces/work/clusters/demo'
const served = {
  'GET /apis/cluster.x-k8s.io': [{ code: 200, body: { preferredVersion: { groupVersion: 'cluster.x-k8s.io/v1beta2' } } }],
  'GET /apis/cluster.x-k8s.io/v1beta2': [{ code: 200, body: { resources: [{ name: 'clusters', kind: 'Cluster', namespaced: true }] } }],
}
const gone = { code: 404, body: { reason: 'NotFound', details: { name: 'demo', kind: 'clusters' } } }
const deleting = {
  code: 200,
  body: { metadata: { name: 'demo' }, status: { conditions: [{ type: 'Deleting', status: 'True', message: 'Waiting for Machines' }] } },
}
const demo = { namespace: 'work', name: 'demo' }

test('a cluster is deleted, and gone only when the API server knows its kind and not its name', async () => {
  const starting = { code: 404, body: {} }
  await using server = await fakeApiServer({ ...served, [`DELETE ${PATH}`]: [{ code: 200 }], [`GET ${PATH}`]: [deleting, starting, gone] })
  const work = quietWork()
  assert.equal(await deleteCluster(demo, 10, server.kube, work), true)
  assert.equal(work.phrases[0], '0 of 1, waiting for deletion of Cluster work/demo (Waiting for Machines)')
  assert.equal(server.requests.filter(request => request === `GET ${PATH}`).length, 3)
})

test('a cluster that is not there, or whose kind is not, needs no deletion', async () => {
  await using server = await fakeApiServer({ ...served, [`DELETE ${PATH}`]: [gone] })
  assert.equal(await deleteCluster(demo, 10, server.kube, quietWork()), false)
  await using bare = await fakeApiServer({})
  assert.equal(await deleteCluster(demo, 10, bare.kube, quietWork()), false)
})

test('a cluster that stays says what its deletion waits for and which finalizers hold it', async () => {
  const stuck = { ...deleting, body: { ...deleting.body, metadata: { name: 'demo', finalizers: ['cluster.cluster.x-k8s.io'] } } }
  await using server = await fakeApiServer({ ...served, [`DELETE ${PATH}`]: [{ code: 200 }], [`GET ${PATH}`]: [stuck] })
  await assert.rejects(deleteCluster(demo, 0.2, server.kube, quietWork()), {
    what: 'workload cluster demo: Cluster work/demo is not gone after 0.2 s',
    why: 'Waiting for Machines',
    details: ['Deleting is True: Waiting for Machines', 'finalizers: cluster.cluster.x-k8s.io'],
  })
})
