import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploymentAvailable } from '../../../src/kube/checks.ts'
import { waitFor } from '../../../src/kube/wait.ts'
import { fakeApiServer, quietWork, type Reply } from './fake-api-server.ts'

const CORE = { code: 200, body: { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] } }
const APPS = { code: 200, body: { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] } }
const deployment = {
  code: 200,
  body: {
    metadata: { name: 'capd', namespace: 'capd-system', generation: 1 },
    spec: { replicas: 1, selector: { matchLabels: { app: 'capd' } } },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1 },
  },
}
const pod = (name: string, created: string, status: object) => ({
  metadata: { name, creationTimestamp: created },
  status: { containerStatuses: [status] },
})
const crashing = {
  name: 'manager',
  ready: false,
  restartCount: 4,
  image: 'capd:dev',
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 1, reason: 'Error' } },
}
const event = (podName: string, reason: string, at: string) => ({
  involvedObject: { kind: 'Pod', name: podName },
  reason,
  message: 'm',
  lastTimestamp: at,
})
const ns = '/api/v1/namespaces/capd-system'

const cluster = (replies: Record<string, readonly Reply[]> = {}) =>
  fakeApiServer({
    'GET /api/v1': [CORE],
    'GET /apis/apps/v1': [APPS],
    'GET /apis/apps/v1/namespaces/capd-system/deployments/capd': [deployment],
    [`GET ${ns}/pods`]: [{ code: 200, body: { items: [pod('capd-1', '2026-01-01T00:00:00Z', crashing)] } }],
    [`GET ${ns}/pods/capd-1/log`]: [{ code: 200, headers: { 'Content-Type': 'text/plain' }, body: 'permission denied on docker.sock' }],
    [`GET ${ns}/events`]: [
      { code: 200, body: { items: [event('capd-1', 'BackOff', '2'), event('capd-0', 'Old', '1'), event('other-1', 'Foreign', '3')] } },
    ],
    ...replies,
  })

const wait = { timeout: 60, subject: 'provider docker' }

test('a crashing manager ends the wait with its exit code, its count, its own words, its log and its events', async () => {
  await using server = await cluster()
  await assert.rejects(waitFor([deploymentAvailable('capd-system', 'capd')], server.kube, wait, quietWork()), {
    what: 'provider docker: Deployment capd-system/capd is not Available and will not be',
    why: 'container manager exited 1, 4 times: "\\"permission denied on docker.sock\\""',
    details: ['last lines of container manager of pod capd-1:', '  "permission denied on docker.sock"', 'event: Pod capd-1: BackOff: m'],
  })
  assert.ok(server.requests.some(request => request.startsWith(`GET ${ns}/pods/capd-1/log?container=manager&previous=true`)))
})

test('a Deployment without pods says so, with the reason that its events give', async () => {
  const quota = { involvedObject: { kind: 'ReplicaSet', name: 'capd-5d' }, reason: 'FailedCreate', message: 'exceeded quota', count: 3 }
  await using server = await cluster({
    [`GET ${ns}/pods`]: [{ code: 200, body: { items: [] } }],
    [`GET ${ns}/events`]: [{ code: 200, body: { items: [quota] } }],
  })
  await assert.rejects(waitFor([deploymentAvailable('capd-system', 'capd')], server.kube, { ...wait, timeout: 0.2 }, quietWork()), {
    what: 'provider docker: Deployment capd-system/capd is not Available after 0.2 s',
    why: 'FailedCreate: exceeded quota',
    details: ['event: ReplicaSet capd-5d: FailedCreate (3 times): exceeded quota'],
  })
})

test('a Deployment that is not there is told as such', async () => {
  await using server = await cluster({ 'GET /apis/apps/v1/namespaces/capd-system/deployments/capd': [{ code: 404, body: {} }] })
  await assert.rejects(waitFor([deploymentAvailable('capd-system', 'capd')], server.kube, { ...wait, timeout: 0.2 }, quietWork()), {
    why: 'it is not there',
  })
})
