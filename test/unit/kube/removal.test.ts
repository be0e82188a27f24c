import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyAll } from '../../../src/kube/apply.ts'
import { notingNew } from '../../../src/kube/connect.ts'
import type { Reference } from '../../../src/kube/objects.ts'
import { removeObjects } from '../../../src/kube/removal.ts'
import { fakeApiServer, quietWork, type Reply } from './fake-api-server.ts'

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const ok: Reply = { code: 200, body: { metadata: { name: 'a' } } }
const gone: Reply = { code: 404, body: { reason: 'NotFound', message: 'not found' } }
const configMap = (name: string): Reference => ({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: 'default' })
const crd: Reference = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.org' }
const widget = (name: string): Reference => ({ apiVersion: 'example.org/v1', kind: 'Widget', name, namespace: 'default' })

/** A cluster with the CRD of Widgets, and these. */
const withWidgets = (items: readonly object[] | null, replies: Readonly<Record<string, readonly Reply[]>> = {}) =>
  fakeApiServer({
    'GET /apis/apiextensions.k8s.io/v1': [
      { code: 200, body: { resources: [{ name: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }] } },
    ],
    'GET /apis/example.org': [{ code: 200, body: { preferredVersion: { groupVersion: 'example.org/v1' } } }],
    'GET /apis/example.org/v1': [{ code: 200, body: { resources: [{ name: 'widgets', kind: 'Widget', namespaced: true }] } }],
    'GET /apis/example.org/v1/widgets': [{ code: 200, body: { items } }],
    ...replies,
  })

test('an apply to a cluster that stays notes what it is about to make, before it makes it, and nothing that was there', async () => {
  const created = { code: 201, body: { metadata: { name: 'a' } } }
  await using server = await fakeApiServer({
    [`GET ${CONFIG_MAPS}/old`]: [ok],
    [`GET ${CONFIG_MAPS}/new`]: [gone],
    [`PATCH ${CONFIG_MAPS}/old`]: [ok],
    [`PATCH ${CONFIG_MAPS}/new`]: [created],
  })
  const noted: unknown[] = []
  const kube = notingNew(server.kube, async objects => {
    noted.push(objects, server.requests.filter(request => request.startsWith('PATCH')).length)
  })
  const objects = ['old', 'new'].map(name => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }))
  await applyAll(kube, objects, {}, quietWork())
  assert.deepEqual(noted, [[configMap('new')], 0])
})

test('objects are removed in the reverse of the order in which they were made, each wave when the one before is gone', async () => {
  await using server = await fakeApiServer({
    [`DELETE ${CONFIG_MAPS}/first`]: [ok],
    [`DELETE ${CONFIG_MAPS}/second`]: [ok],
    [`GET ${CONFIG_MAPS}/second`]: [ok, gone],
    [`GET ${CONFIG_MAPS}/first`]: [gone],
  })
  assert.equal(await removeObjects([[configMap('first')], [configMap('second'), configMap('third')]], 5, server.kube, quietWork()), 2)
  const asked = server.requests.filter(request => !request.endsWith('/third') && request !== 'GET /api/v1')
  assert.deepEqual(asked, [
    `DELETE ${CONFIG_MAPS}/second`,
    `GET ${CONFIG_MAPS}/second`,
    `GET ${CONFIG_MAPS}/second`,
    `DELETE ${CONFIG_MAPS}/first`,
    `GET ${CONFIG_MAPS}/first`,
  ])
})

test('nothing is removed while somebody else has objects of a kind that would go', async () => {
  const items = [{ metadata: { name: 'ours', namespace: 'default' } }, { metadata: { name: 'theirs', namespace: 'team' } }]
  await using server = await withWidgets(items)
  await assert.rejects(removeObjects([[crd], [widget('ours')]], 5, server.kube, quietWork()), {
    what: 'what was deployed to fake stays: it is in use',
    why: 'Widget team/theirs is there, which this run did not make',
    remedy: 'delete them, then run `capi-actions down`; or set clean-up to false',
    details: ['Widget team/theirs'],
  })
  assert.deepEqual(
    server.requests.filter(request => request.startsWith('DELETE')),
    [],
  )
})

test('a kind without objects, whose list the API server writes as null, goes', async () => {
  await using server = await withWidgets(null, {
    [`DELETE ${CRDS}/widgets.example.org`]: [ok],
    [`GET ${CRDS}/widgets.example.org`]: [gone],
  })
  assert.equal(await removeObjects([[crd]], 5, server.kube, quietWork()), 1)
})

test('a server that is busy with a new kind is asked again, for as long as objects get to go', async () => {
  const busy: Reply = { code: 429, body: { reason: 'TooManyRequests', message: 'storage is (re)initializing' } }
  const replies = {
    'GET /apis/example.org/v1/widgets': [busy, { code: 200, body: { items: [] } }],
    [`DELETE ${CRDS}/widgets.example.org`]: [busy, ok],
    [`GET ${CRDS}/widgets.example.org`]: [gone],
  }
  await using server = await withWidgets(null, replies)
  assert.equal(await removeObjects([[crd]], 5, server.kube, quietWork()), 1)
  await using silent = await withWidgets(null, { 'GET /apis/example.org/v1/widgets': [busy] })
  await assert.rejects(removeObjects([[crd]], 0, silent.kube, quietWork()), { code: 429 })
})

test('objects that controllers made for ours do not keep their kind', async () => {
  const items = [{ metadata: { name: 'made-for-ours', namespace: 'default', ownerReferences: [{ kind: 'Widget', name: 'ours' }] } }]
  await using server = await withWidgets(items, {
    [`DELETE ${CRDS}/widgets.example.org`]: [ok],
    [`GET ${CRDS}/widgets.example.org`]: [gone],
  })
  assert.equal(await removeObjects([[crd]], 5, server.kube, quietWork()), 1)
})
