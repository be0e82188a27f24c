import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ApiError,
  isForbidden,
  isPassing,
  isTypedPatchError,
  isWebhookUnreachable,
  sayRefusal,
  Unreachable,
} from '../../../src/kube/api-error.ts'
import { conditionsOf, daemonSetReady, missingPods, missingReplicas } from '../../../src/kube/checks.ts'
import type { Deployment, WebhookConfiguration } from '../../../src/kube/objects.ts'
import { bundleOwners, questionsFor, verdictOn, wantsCaBundle, webhookAnswers } from '../../../src/kube/webhooks.ts'
import { fakeApiServer } from './fake-api-server.ts'

const deployment = (status: Deployment['status'], generation = 2): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', generation },
  spec: { replicas: 2, selector: {} },
  ...(status ? { status } : {}),
})

const workload = (kind: string, spec: object, status: object) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'w', generation: 2 },
  spec,
  status: { observedGeneration: 2, ...status },
})

test('a StatefulSet is ready when as many pods as it wants are, all of the newest revision', () => {
  const missing = (status: object) => missingPods(workload('StatefulSet', { replicas: 2 }, status))
  const same = { currentRevision: 'a', updateRevision: 'a' }
  assert.equal(missing({ ...same, readyReplicas: 2 }), undefined)
  assert.equal(missing({ ...same, readyReplicas: 1 }), '1 of 2 pods ready')
  assert.equal(missing({ currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1, readyReplicas: 2 }), '1 of 2 pods updated')
  assert.equal(missing({ ...same, observedGeneration: 1, readyReplicas: 2 }), 'not seen by its controller yet')
  assert.equal(missingPods(workload('StatefulSet', {}, { ...same, readyReplicas: 0 })), '0 of 1 pods ready')
})

test('a DaemonSet is ready when its pods are on every node that it wants', () => {
  const missing = (status: object) => missingPods(workload('DaemonSet', {}, { desiredNumberScheduled: 3, ...status }))
  assert.equal(missing({ updatedNumberScheduled: 3, numberReady: 3 }), undefined)
  assert.equal(missing({ updatedNumberScheduled: 3, numberReady: 2 }), '2 of 3 pods ready')
  assert.equal(missing({ updatedNumberScheduled: 1, numberReady: 3 }), '1 of 3 pods updated')
  assert.equal(missingPods(workload('DaemonSet', {}, { observedGeneration: 1 })), 'not seen by its controller yet')
})

const Available = [{ type: 'Available', status: 'True' }]
const complete = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, conditions: Available }

test('a Deployment is available only when its newest rollout is complete', () => {
  const table: [Deployment['status'], string | undefined][] = [
    [complete, undefined],
    [undefined, 'not seen by its controller yet'],
    [{ ...complete, observedGeneration: 1 }, 'not seen by its controller yet'],
    [{ ...complete, updatedReplicas: 1 }, '1 of 2 replicas updated'],
    [{ ...complete, replicas: 3 }, 'replicas of the last rollout are still there'],
    [{ ...complete, availableReplicas: 1 }, '1 of 2 replicas available'],
    [{ ...complete, conditions: [] }, 'condition Available is not True'],
  ]
  for (const [status, expected] of table) assert.equal(missingReplicas(deployment(status)), expected)
})

test('a DaemonSet may be missing only when all that a new cluster gets is there: kubeadm makes kube-proxy last', async () => {
  const path = '/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy'
  const gone = { code: 404, body: { reason: 'NotFound', details: { name: 'kube-proxy', kind: 'daemonsets' } } }
  const ready = (numberReady: number) => ({ code: 200, body: { metadata: { name: 'kube-proxy' }, status: { numberReady } } })
  await using server = await fakeApiServer({
    'GET /apis/apps/v1': [{ code: 200, body: { resources: [{ name: 'daemonsets', kind: 'DaemonSet', namespaced: true }] } }],
    [`GET ${path}`]: [gone, ready(0), ready(1), gone],
  })
  let complete = false
  const check = daemonSetReady('kube-system', 'kube-proxy', 1, () => complete)
  const { signal } = new AbortController()
  assert.equal(await check.test(server.kube, signal), 'not there yet')
  assert.equal(await check.test(server.kube, signal), 'ready on 0 of 1 nodes')
  assert.equal(await check.test(server.kube, signal), undefined)
  complete = true
  assert.equal(await check.test(server.kube, signal), undefined)
})

test('conditions are the newer ones where an object has both kinds', () => {
  const [old, newer] = [
    { type: 'Ready', status: 'True' },
    { type: 'Available', status: 'False' },
  ]
  const object = { apiVersion: 'cluster.x-k8s.io/v1beta1', kind: 'Cluster', metadata: { name: 'c' } }
  assert.deepEqual(conditionsOf({ ...object, status: { conditions: [old], v1beta2: { conditions: [newer] } } }), [newer])
  assert.deepEqual(conditionsOf({ ...object, status: { conditions: [old] } }), [old])
  assert.deepEqual(conditionsOf(object), [])
})

const refusal = (code: number, message: string, reason = '') => new ApiError('POST /x', code, { message, reason })
const unreachable =
  'Internal error occurred: failed calling webhook "w.io": failed to call webhook: Post "https://s.ns.svc:443/m?timeout=10s": dial tcp 10.0.0.1:443: connect: connection refused'

test('refusals that pass by themselves are told from those that stay', () => {
  const table: [unknown, boolean][] = [
    [new Unreachable('https://x', new Error('ECONNREFUSED')), true],
    [refusal(429, 'too many'), true],
    [refusal(503, 'starting'), true],
    [refusal(500, 'etcdserver: leader changed'), true],
    [refusal(409, 'the object has been modified', 'Conflict'), true],
    [refusal(500, unreachable), false],
    [refusal(500, 'failed to create typed patch object (/a): .x: field not declared in schema'), false],
    [refusal(422, 'invalid', 'Invalid'), false],
    [refusal(404, 'not found', 'NotFound'), false],
    [new Error('a bug'), false],
  ]
  for (const [error, expected] of table) assert.equal(isPassing(error), expected, String(error))
})

test('webhooks that cannot be called, denials, missing rights and wrong fields are told apart', () => {
  assert.ok(isWebhookUnreachable(refusal(500, unreachable)))
  assert.ok(isWebhookUnreachable(refusal(500, 'conversion webhook for x.io/v1, Kind=X failed: Post "https://s": x509: unknown authority')))
  assert.ok(!isWebhookUnreachable(refusal(403, 'admission webhook "w.io" denied the request: no')))
  assert.ok(isForbidden(refusal(403, 'user x cannot list', 'Forbidden')))
  assert.ok(!isForbidden(refusal(403, 'admission webhook "w.io" denied the request: no', 'Forbidden')))
  assert.ok(isTypedPatchError(refusal(500, 'failed to create typed patch object (/a): .x: field not declared in schema')))
})

test('a webhook that cannot be called is told with the end of the story first', () => {
  assert.equal(sayRefusal(unreachable), 'webhook w.io: connect: connection refused')
  assert.equal(
    sayRefusal(
      'Internal error occurred: failed calling webhook "w.io": failed to call webhook: Post "https://s": no endpoints available for service "s"',
    ),
    'webhook w.io: no endpoints available for service "s"',
  )
  assert.equal(
    sayRefusal('conversion webhook for x.io/v1, Kind=X failed: Post "https://s": EOF'),
    'conversion webhook for x.io/v1, Kind=X: EOF',
  )
  assert.equal(sayRefusal('is invalid'), 'is invalid')
})

type Webhook = NonNullable<WebhookConfiguration['webhooks']>[number]

const webhook = (name: string, more: Partial<Webhook> = {}): Webhook => ({
  name,
  clientConfig: {},
  failurePolicy: 'Fail',
  sideEffects: 'None',
  rules: [{ apiGroups: ['x.io'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: [name] }],
  ...more,
})

const configuration = (kind: string, webhooks: Webhook[]): WebhookConfiguration => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'c' },
  webhooks,
})

test('mutating webhooks are asked first, and only those that are sure to be called', () => {
  const rule = { apiGroups: ['x.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['rs'] }
  const unsure = [
    webhook('ignored', { failurePolicy: 'Ignore' }),
    webhook('effects', { sideEffects: 'Some' }),
    webhook('selected', { namespaceSelector: { matchLabels: { a: 'b' } } }),
    webhook('conditional', { matchConditions: [{ name: 'x', expression: 'false' }] }),
    webhook('deletes', { rules: [{ ...rule, operations: ['DELETE'] }] }),
    webhook('any', { rules: [{ ...rule, resources: ['*'] }] }),
    webhook('status', { rules: [{ ...rule, resources: ['rs/status'] }] }),
  ]
  const questions = questionsFor([
    configuration('ValidatingWebhookConfiguration', [webhook('validating')]),
    configuration('MutatingWebhookConfiguration', [...unsure, webhook('mutating', { namespaceSelector: {} })]),
  ])
  assert.deepEqual(questions, [
    { webhook: 'mutating', mutating: true, apiVersion: 'x.io/v1', plural: 'mutating' },
    { webhook: 'validating', mutating: false, apiVersion: 'x.io/v1', plural: 'validating' },
  ])
})

test('a denial proves that a webhook answers, a refused connection that it does not, and the schema only speaks for mutating ones', () => {
  const verdict = (error: ApiError, mutating = true) => verdictOn(error, { mutating, webhook: 'w.io' })
  assert.equal(verdict(refusal(403, 'admission webhook "w.io" denied the request: no', 'Forbidden')), 'answered')
  assert.equal(verdict(refusal(409, 'exists', 'AlreadyExists')), 'answered')
  assert.equal(verdict(refusal(422, 'spec: Required value', 'Invalid')), 'answered')
  assert.equal(verdict(refusal(422, 'spec: Required value', 'Invalid'), false), 'unasked')
  assert.equal(verdict(refusal(400, 'admission webhook "w.io" does not support dry run', 'BadRequest')), 'unasked')
  assert.deepEqual(verdict(refusal(500, unreachable)), { silent: 'connect: connection refused' })
  assert.deepEqual(verdict(refusal(403, 'clusters is forbidden: User "u" cannot create', 'Forbidden')), {
    silent: 'clusters is forbidden: User "u" cannot create',
    forbidden: true,
  })
  assert.deepEqual(verdictOn(refusal(500, unreachable), { mutating: true, webhook: 'other.io' }), {
    silent: 'webhook w.io: connect: connection refused',
  })
})

test('who may not ask a webhook is told so, without waiting for rights that nobody gives', async () => {
  const message = 'configmaps is forbidden: User "u" cannot create resource "configmaps"'
  await using server = await fakeApiServer({
    'POST /api/v1/namespaces/default/configmaps': [{ code: 403, body: { reason: 'Forbidden', message } }],
  })
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }]
  const webhook = { name: 'w.io', failurePolicy: 'Fail', sideEffects: 'None', rules, clientConfig: {} }
  const check = webhookAnswers([configuration('MutatingWebhookConfiguration', [webhook])]) ?? assert.fail('there is nothing to ask')
  const { signal } = new AbortController()
  assert.equal(await check.test(server.kube, signal), message)
  assert.equal(await check.hopeless?.(server.kube, 1, signal), undefined)
  assert.deepEqual(await check.hopeless?.(server.kube, 30, signal), {
    why: message,
    remedy: 'let this user create configmaps: the question is one, by dry-run',
    details: [],
  })
})

test('CA bundles are wanted by annotated webhook configurations and CRDs with conversion webhooks', () => {
  const annotations = { 'cert-manager.io/inject-ca-from': 'ns/cert' }
  const crd = (conversion: object, more = {}) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'x', ...more },
    spec: { conversion },
  })
  assert.ok(wantsCaBundle({ ...configuration('MutatingWebhookConfiguration', []), metadata: { name: 'c', annotations } }))
  assert.ok(!wantsCaBundle(configuration('MutatingWebhookConfiguration', [])))
  assert.ok(wantsCaBundle(crd({ strategy: 'Webhook' }, { annotations })))
  assert.ok(!wantsCaBundle(crd({ strategy: 'None' }, { annotations })))
})

test('who owns the CA bundle of a CRD is read from its managed fields', () => {
  const fieldsV1 = { 'f:spec': { 'f:conversion': { 'f:webhook': { 'f:clientConfig': { 'f:caBundle': {}, 'f:service': {} } } } } }
  const managedFields = [
    { manager: 'capi-actions', fieldsV1: { 'f:spec': { 'f:conversion': { 'f:webhook': { 'f:clientConfig': { 'f:service': {} } } } } } },
    { manager: 'cainjector', fieldsV1 },
  ]
  const crd = { apiVersion: 'v1', kind: 'CustomResourceDefinition', metadata: { name: 'x', managedFields } }
  assert.deepEqual(bundleOwners(crd), ['cainjector'])
})
