import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedFields, judgeAll, refuseRefused } from '../../../src/kube/dry-run.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { fakeApiServer, quietWork } from './fake-api-server.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
const stored = (name: string, data: object, version: string) => ({
  code: 200,
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion: version, managedFields: [version] }, data },
})
const configMap = (name: string, namespace?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
})
const gone = { code: 404, body: { reason: 'NotFound', details: { name: 'a', kind: 'configmaps' } } }

test('each object is asked about as it would be applied, and nothing is stored', async () => {
  await using server = await fakeApiServer({
    [`GET ${PATH}/a`]: [gone],
    [`PATCH ${PATH}/a`]: [{ code: 201, body: {} }],
    [`GET ${PATH}/b`]: [stored('b', { x: '1' }, '1')],
    [`PATCH ${PATH}/b`]: [stored('b', { x: '2', y: '3' }, '2')],
    [`GET ${PATH}/c`]: [stored('c', { x: '1' }, '1')],
    [`PATCH ${PATH}/c`]: [stored('c', { x: '1' }, '1')],
  })
  const judged = await judgeAll(
    server.kube,
    ['a', 'b', 'c'].map(name => configMap(name)),
    quietWork(),
  )
  assert.deepEqual(
    judged.map(({ object: _, ...rest }) => rest),
    [{ verdict: 'created' }, { verdict: 'changed', fields: ['data.x', 'data.y'] }, { verdict: 'unchanged' }],
  )
  const patches = server.requests.filter(request => request.startsWith('PATCH'))
  assert.ok(patches.every(request => request.includes('dryRun=All')))
  assert.equal(patches.length, 3)
})

test('what rests on a kind or a namespace that would be made first can not be told', async () => {
  const crd: KubeObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.org' },
    spec: { group: 'example.org', names: { kind: 'Foo', plural: 'foos' } },
  }
  const foo: KubeObject = { apiVersion: 'example.org/v1', kind: 'Foo', metadata: { name: 'foo' } }
  const bar: KubeObject = { apiVersion: 'example.org/v1', kind: 'Bar', metadata: { name: 'bar' } }
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } }
  await using server = await fakeApiServer({
    'GET /apis/apiextensions.k8s.io/v1': [
      { code: 200, body: { resources: [{ name: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }] } },
    ],
    'PATCH /apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.example.org': [{ code: 201, body: {} }],
    'PATCH /api/v1/namespaces/new': [{ code: 201, body: {} }],
    'PATCH /api/v1/namespaces/new/configmaps/a': [
      { code: 404, body: { reason: 'NotFound', details: { kind: 'namespaces', name: 'new' } } },
    ],
  })
  const judged = await judgeAll(server.kube, [namespace, crd, foo, bar, configMap('a', 'new')], quietWork())
  assert.deepEqual(
    judged.map(one => `${one.verdict}${'why' in one ? `: ${one.why}` : ''}`),
    [
      'created',
      'created',
      'unknown: the cluster has no kind Foo in example.org/v1 yet',
      'refused: the cluster has no kind Bar in example.org/v1',
      'unknown: there is no namespace new yet',
    ],
  )
  assert.throws(() => refuseRefused(judged), { what: 'Bar bar would not be taken' })
})

test('a refusal is told in the words of the API server', async () => {
  const denied = { code: 403, body: { message: 'admission webhook "w" denied the request: no' } }
  await using server = await fakeApiServer({ [`GET ${PATH}/a`]: [gone], [`PATCH ${PATH}/a`]: [denied] })
  const judged = await judgeAll(server.kube, [configMap('a')], quietWork())
  assert.throws(() => refuseRefused(judged), {
    what: 'ConfigMap a would not be taken',
    why: 'admission webhook "w" denied the request: no',
  })
})

test('fields that differ are named by their paths, lists of the same length item by item', () => {
  const before = {
    metadata: { name: 'a', generation: 1 },
    spec: { list: [{ image: 'a' }, { image: 'b' }], gone: { x: 1 }, args: ['a'] },
    status: 1,
  }
  const after = { metadata: { name: 'a', generation: 2 }, spec: { list: [{ image: 'a' }, { image: 'c' }], args: ['a', 'b'] }, status: 2 }
  assert.deepEqual(changedFields(before, after), ['spec.list[1].image', 'spec.gone', 'spec.args'])
})
