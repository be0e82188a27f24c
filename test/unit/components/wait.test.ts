/** What a provider is waited for, as the user says: that it is available, that its containers have run once, or nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awaitProvider } from '../../../src/components/provider.ts'
import { fakeApiServer, quietWork, type Reply } from '../kube/fake-api-server.ts'

const manager = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'capa', namespace: 'capa-system' } }
const provider = { name: 'aws', objects: [manager] }

const pods = '/api/v1/namespaces/capa-system/pods'
const resources = (name: string, kind: string): Reply => ({ code: 200, body: { resources: [{ name, kind, namespaced: true }] } })
const podWith = (...containerStatuses: readonly object[]): Reply => ({
  code: 200,
  body: { items: [{ metadata: { name: 'capa-1', creationTimestamp: '2026-01-01T00:00:00Z' }, status: { containerStatuses } }] },
})
const status = (state: object, lastState: object = {}) => ({
  name: 'manager',
  ready: false,
  restartCount: 3,
  image: 'capa:dev',
  state,
  lastState,
})

const cluster = (...answers: readonly Reply[]) =>
  fakeApiServer({
    'GET /api/v1': [resources('pods', 'Pod')],
    'GET /apis/apps/v1': [resources('deployments', 'Deployment')],
    'GET /apis/apps/v1/namespaces/capa-system/deployments/capa': [
      {
        code: 200,
        body: {
          metadata: { name: 'capa', namespace: 'capa-system', generation: 1 },
          spec: { replicas: 1, selector: { matchLabels: { app: 'capa' } } },
          status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1 },
        },
      },
    ],
    [`GET ${pods}`]: answers,
    [`GET ${pods}/capa-1/log`]: [{ code: 200, headers: { 'Content-Type': 'text/plain' }, body: 'no credentials' }],
    'GET /api/v1/namespaces/capa-system/events': [{ code: 200, body: { items: [] } }],
  })

const crashed = status({ waiting: { reason: 'CrashLoopBackOff' } }, { terminated: { exitCode: 1, reason: 'Error' } })

test('a manager that ends again without credentials is started, and never available', async () => {
  await using api = await cluster(podWith(crashed))
  await awaitProvider(provider, 'started', 5, api.kube, quietWork())
  await assert.rejects(awaitProvider(provider, 'available', 1, api.kube, quietWork()), /Deployment capa-system\/capa/)
})

test('a manager is started when each of its containers has run, and not before', async () => {
  const creating = status({ waiting: { reason: 'ContainerCreating' } })
  await using api = await cluster(podWith(creating), podWith(status({ running: {} })))
  await awaitProvider(provider, 'started', 10, api.kube, quietWork())
  assert.ok(api.requests.filter(one => one.includes('/pods')).length >= 2)
  await using never = await cluster(podWith(creating))
  await assert.rejects(awaitProvider(provider, 'started', 1, never.kube, quietWork()), /containers of Deployment capa-system\/capa/)
})

test('of a provider that is not waited for, nothing is asked', async () => {
  await using api = await cluster(podWith(crashed))
  await awaitProvider(provider, 'none', 1, api.kube, quietWork())
  assert.deepEqual(
    api.requests.filter(one => one.includes('capa')),
    [],
  )
})
