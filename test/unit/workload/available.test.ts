import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition } from '../../../src/kube/objects.ts'
import { clusterAvailable, terminalFailure, whatIsFalse } from '../../../src/workload/available.ts'
import { fakeApiServer } from '../kube/fake-api-server.ts'

const cluster = (conditions: Condition[], more: object = {}) => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'Cluster',
  metadata: { name: 'demo' },
  status: { conditions, ...more },
})
const condition = (type: string, status: string, message?: string): Condition => ({ type, status, ...(message ? { message } : {}) })

test('of the conditions that Available sums up, the first that is still false is told with its message', () => {
  const table: [Condition[], string | undefined][] = [
    [[condition('Available', 'True'), condition('WorkersAvailable', 'False', 'x')], undefined],
    [[], 'no conditions yet'],
    [[condition('Available', 'False', 'summary')], 'Available: summary'],
    [
      [
        condition('Available', 'False', 's'),
        condition('WorkersAvailable', 'False', 'w'),
        condition('ControlPlaneAvailable', 'Unknown', 'waiting'),
      ],
      'ControlPlaneAvailable: waiting',
    ],
    [
      [condition('Available', 'False', 's'), condition('WorkersAvailable', 'False', '* Machine a:\n  * no Node')],
      'WorkersAvailable: Machine a: no Node',
    ],
    [[condition('Available', 'False', 's'), condition('Paused', 'True')], 'it is paused'],
    [[condition('Available', 'False', 's'), condition('Deleting', 'True')], 'it is being deleted'],
  ]
  for (const [conditions, expected] of table) assert.equal(whatIsFalse(cluster(conditions)), expected)
})

test('where there is no Available yet (older Cluster API), Ready counts', () => {
  assert.equal(whatIsFalse(cluster([condition('Ready', 'True')])), undefined)
  assert.equal(whatIsFalse(cluster([condition('Ready', 'False', 'soon')])), 'Ready: soon')
})

test('a failure that Cluster API calls terminal is found in both places', () => {
  assert.equal(terminalFailure(cluster([], { deprecated: { v1beta1: { failureMessage: 'quota' } } })), 'quota')
  assert.equal(terminalFailure(cluster([], { failureMessage: 'quota' })), 'quota')
  assert.equal(terminalFailure(cluster([])), undefined)
})

test('a cluster whose nodes have no network plugin is told to be given one', async () => {
  const group = '/apis/cluster.x-k8s.io/v1beta2'
  const kinds = [
    { name: 'clusters', kind: 'Cluster', namespaced: true },
    { name: 'machines', kind: 'Machine', namespaced: true },
  ]
  const said =
    'Node.Ready: container runtime network not ready: NetworkReady=false message:Network plugin returns error: cni plugin not initialized'
  const machine = { metadata: { name: 'demo-1' }, status: { conditions: [condition('NodeHealthy', 'False', said)] } }
  await using server = await fakeApiServer({
    [`GET ${group}`]: [{ code: 200, body: { resources: kinds } }],
    [`GET ${group}/namespaces/work/clusters/demo`]: [{ code: 200, body: cluster([condition('WorkersAvailable', 'False', 'x')]) }],
    [`GET ${group}/namespaces/work/machines`]: [{ code: 200, body: { items: [machine] } }],
  })
  const reference = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', namespace: 'work', name: 'demo' }
  const explained = await clusterAvailable(reference).explain?.(server.kube, AbortSignal.timeout(5000))
  assert.match(explained?.remedy ?? '', /^its nodes wait for a network plugin: set workload-cni/)
})
