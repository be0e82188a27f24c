import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { applyAll, changeOf, sayTypedPatchError, unknownFields } from '../../../src/kube/apply.ts'
import { wavesOf } from '../../../src/kube/waves.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { fakeApiServer, quietWork } from './fake-api-server.ts'

const configMap = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } })
const PATH = '/api/v1/namespaces/default/configmaps'
const created = { code: 201, body: { metadata: { name: 'a' } } }

test('an object goes out whole, as JSON, by a strict and forced server-side apply', async () => {
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [created] })
  const object = { ...configMap('a'), unheardOf: { stays: true } }
  const applied = await applyAll(server.kube, [object], {}, quietWork())
  assert.deepEqual(applied, [{ object, change: 'created' }])
  assert.deepEqual(server.requests, ['GET /api/v1', `PATCH ${PATH}/a?fieldManager=capi-actions&force=true&fieldValidation=Strict`])
  assert.deepEqual(server.bodies[1], object)
})

test('a dry run asks the server to store nothing', async () => {
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [created] })
  await applyAll(server.kube, [configMap('a')], { dryRun: true }, quietWork())
  assert.match(server.requests[1] ?? '', /dryRun=All/)
})

test('a server that is busy, fails, goes away, or has not read its roles yet is asked again', async () => {
  await using server = await fakeApiServer({
    [`PATCH ${PATH}/a`]: [{ code: 429, body: {} }, { code: 503, body: {} }, 'reset', { code: 403, body: {} }, created],
  })
  const [applied] = await applyAll(server.kube, [configMap('a')], {}, quietWork())
  assert.equal(applied?.change, 'created')
})

test('a server that stays busy is given up after the time for it, with its own words', async () => {
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [{ code: 503, body: { message: 'etcd is down' } }] })
  await assert.rejects(applyAll(server.kube, [configMap('a')], { retry: 0.3 }, quietWork()), {
    what: 'ConfigMap a was not taken',
    why: 'etcd is down',
  })
})

const unreachableWebhook = {
  code: 500,
  body: {
    reason: 'InternalError',
    message: 'Internal error occurred: failed calling webhook "w": failed to call webhook: Post "https://w": connection refused',
  },
}

test('a webhook that cannot be called is an error at once unless retries are asked for', async () => {
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [unreachableWebhook] })
  await assert.rejects(applyAll(server.kube, [configMap('a')], {}, quietWork()), {
    what: 'ConfigMap a was not taken: a webhook does not answer',
    why: 'webhook w: connection refused',
  })
})

test('a webhook that comes up while retries are asked for is waited for, and named', async () => {
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [unreachableWebhook, unreachableWebhook, created] })
  const work = quietWork()
  await applyAll(server.kube, [configMap('a')], { retryWebhooks: 10 }, work)
  assert.match(work.phrases[0] ?? '', /^ConfigMap a: .*connection refused/)
})

test('a Deployment that differs in a field that cannot be changed is removed and made anew, and that is said', async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments/a'
  const message = 'Deployment.apps "a" is invalid: spec.selector: Invalid value: {}: field is immutable'
  await using server = await fakeApiServer({
    'GET /apis/apps/v1': [{ code: 200, body: { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] } }],
    [`PATCH ${path}`]: [{ code: 422, body: { reason: 'Invalid', message } }, created],
    [`DELETE ${path}`]: [{ code: 200, body: {} }],
  })
  const work = quietWork()
  const [applied] = await applyAll(server.kube, [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } }], {}, work)
  assert.equal(applied?.change, 'created')
  assert.deepEqual(
    server.requests.map(request => request.split(' ')[0]),
    ['GET', 'PATCH', 'DELETE', 'PATCH'],
  )
})

test('a CRD older than the one that is there is told to want a new cluster', async () => {
  const message =
    'CustomResourceDefinition.apiextensions.k8s.io "a" is invalid: status.storedVersions[0]: Invalid value: "v2": missing from spec.versions'
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [{ code: 422, body: { reason: 'Invalid', message } }] })
  await assert.rejects(applyAll(server.kube, [configMap('a')], {}, quietWork()), {
    remedy: 'this cluster has had a newer version of it: use a new cluster, or remove the CRD with its objects',
  })
})

test('every unknown field is told, with the object and where it was written', async () => {
  const patchRefusal = {
    code: 500,
    body: { message: 'failed to create typed patch object (/a; v1, Kind=ConfigMap): .bogus: field not declared in schema' },
  }
  const createRefusal = {
    code: 400,
    body: {
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "bogus", unknown field "more.x"',
    },
  }
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: [patchRefusal], [`POST ${PATH}`]: [createRefusal] })
  await assert.rejects(applyAll(server.kube, [configMap('a')], { sourceOf: () => 'config/x.yaml:3' }, quietWork()), {
    what: 'ConfigMap a has 2 fields that the API server does not take',
    why: 'unknown field bogus; unknown field more.x',
    where: ['config/x.yaml:3', 'ConfigMap a'],
  })
})

test('several refused objects are one error that names them all', async () => {
  const refusal = { code: 422, body: { reason: 'Invalid', message: 'is invalid' } }
  await using server = await fakeApiServer({
    [`PATCH ${PATH}/a`]: [refusal],
    [`PATCH ${PATH}/b`]: [refusal],
    [`PATCH ${PATH}/c`]: [created],
  })
  const error = await applyAll(server.kube, ['a', 'b', 'c'].map(configMap), {}, quietWork()).catch((error: unknown) => error)
  assert.ok(error instanceof Failure)
  assert.equal(error.what, '2 of 3 objects were not taken')
  assert.deepEqual(error.where, ['ConfigMap a', 'ConfigMap b'])
})

test('a kind that the cluster does not have is named', async () => {
  await using server = await fakeApiServer({})
  const object = { apiVersion: 'nope.io/v1', kind: 'Nope', metadata: { name: 'a' } }
  await assert.rejects(applyAll(server.kube, [object], {}, quietWork()), {
    what: 'Nope a was not taken',
    why: 'the cluster has no kind Nope in nope.io/v1',
  })
})

test('an abort stops applying, and is not told as a refusal', async () => {
  await using server = await fakeApiServer({ [`PATCH ${PATH}/a`]: ['silence'] })
  const stop = new AbortController()
  const applied = applyAll(server.kube, [configMap('a')], {}, quietWork(stop.signal))
  setTimeout(() => stop.abort(), 50)
  await assert.rejects(applied, { name: 'AbortError' })
})

test('the time of our managed fields tells a change from none', () => {
  const answer = (time: string, manager = 'capi-actions') => ({
    code: 200,
    date: Date.parse('2026-01-01T00:01:00Z'),
    body: { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', managedFields: [{ manager, operation: 'Apply', time }] } },
  })
  assert.equal(changeOf({ ...answer('2026-01-01T00:01:00Z'), code: 201 }, 'capi-actions', 100), 'created')
  assert.equal(changeOf(answer('2026-01-01T00:01:00Z'), 'capi-actions', 100), 'changed')
  assert.equal(changeOf(answer('2026-01-01T00:00:58Z'), 'capi-actions', 2500), 'changed')
  assert.equal(changeOf(answer('2026-01-01T00:00:10Z'), 'capi-actions', 100), 'unchanged')
  assert.equal(changeOf(answer('2026-01-01T00:00:10Z', 'kubectl'), 'capi-actions', 100), 'changed')
})

test('wrong fields are told by path', () => {
  assert.equal(sayTypedPatchError('.spec.bogus: field not declared in schema'), 'unknown field spec.bogus')
  assert.equal(
    sayTypedPatchError('.spec.size: expected numeric (int or float), got string'),
    'spec.size: expected numeric (int or float), got string',
  )
  assert.deepEqual(unknownFields('strict decoding error: unknown field "spec.a", unknown field "spec.b[0].c"'), ['spec.a', 'spec.b[0].c'])
})

test('namespaces go first, then CRDs, what others look up, the rest in the order given, and webhook configurations last', () => {
  const kinds = [
    'MutatingWebhookConfiguration',
    'Deployment',
    'Certificate',
    'ClusterRole',
    'CustomResourceDefinition',
    'Namespace',
    'Issuer',
    'Secret',
    'StatefulSet',
  ]
  const groupOf = (kind: string) => (kind === 'Issuer' || kind === 'Certificate' ? 'cert-manager.io/v1' : 'v1')
  const objects = kinds.map(kind => ({ apiVersion: groupOf(kind), kind, metadata: { name: 'a' } }))
  assert.deepEqual(
    wavesOf(objects).map(wave => wave.map(({ kind }) => kind)),
    [
      ['Namespace'],
      ['CustomResourceDefinition'],
      ['Certificate', 'ClusterRole', 'Issuer', 'Secret'],
      ['Deployment', 'StatefulSet'],
      ['MutatingWebhookConfiguration'],
    ],
  )
})

test('a kind that somebody else brings is waited for, while the rest of its wave goes out', async () => {
  const widget: KubeObject = { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'w' } }
  const job: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }
  const core = { resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] }
  const served = { code: 200, body: { resources: [{ name: 'widgets', kind: 'Widget', namespaced: true }] } }
  const none = { code: 404, body: { reason: 'NotFound' } }
  await using server = await fakeApiServer({
    'GET /api/v1': [{ code: 200, body: core }],
    'GET /apis/example.org/v1': [none, none, none, served],
    'PATCH /api/v1/namespaces/default/pods/p': [created],
    'PATCH /apis/example.org/v1/namespaces/default/widgets/w': [created],
  })
  const work = quietWork()
  await applyAll(server.kube, [widget, job], { retryKinds: 10 }, work)
  const paths = server.requests.map(request => request.split('?')[0])
  assert.ok(paths.indexOf('PATCH /api/v1/namespaces/default/pods/p') < paths.lastIndexOf('GET /apis/example.org/v1'))
  assert.equal(paths.at(-1), 'PATCH /apis/example.org/v1/namespaces/default/widgets/w')
  assert.ok(work.phrases.includes('0 of 1, waiting for kind Widget in example.org/v1 (not served yet)'))
})

test('a kind that never comes is told with the object that is of it', async () => {
  await using server = await fakeApiServer({})
  const widget: KubeObject = { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'w' } }
  await assert.rejects(applyAll(server.kube, [widget], { retryKinds: 0.3 }, quietWork()), {
    what: 'kinds that others bring: the cluster has no kind Widget in example.org/v1 after 0.3 s',
    why: 'Widget w is of it',
  })
})
