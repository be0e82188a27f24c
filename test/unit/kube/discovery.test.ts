import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crdsEstablished } from '../../../src/kube/crds.ts'
import { pathOf } from '../../../src/kube/discovery.ts'
import type { CustomResourceDefinition } from '../../../src/kube/objects.ts'
import { waitFor } from '../../../src/kube/wait.ts'
import { fakeApiServer, quietWork } from './fake-api-server.ts'

const signal = new AbortController().signal
const listOf = (...plurals: string[]) => ({
  code: 200,
  body: {
    resources: plurals.flatMap(name => [
      { name, kind: `Kind of ${name}`, namespaced: true },
      { name: `${name}/status`, kind: `Kind of ${name}`, namespaced: true },
    ]),
  },
})

test('paths of core and other groups, namespaced and not', () => {
  const core = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
  const cluster = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', plural: 'clusterroles', namespaced: false }
  assert.equal(pathOf(core, 'default', 'a'), '/api/v1/namespaces/default/configmaps/a')
  assert.equal(pathOf(core), '/api/v1/configmaps')
  assert.equal(pathOf(cluster, 'default', 'system:Foo'), '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3AFoo')
})

test('a group version is asked once for kinds that are there, and again for one that is not', async () => {
  await using server = await fakeApiServer({ 'GET /apis/e.io/v1': [listOf('as'), listOf('as', 'bs')] })
  const find = (plural: string) => server.kube.discovery.find('e.io/v1', `Kind of ${plural}`, signal)
  assert.equal((await find('as'))?.plural, 'as')
  assert.equal((await find('as'))?.plural, 'as')
  assert.equal(server.requests.length, 1)
  assert.equal((await find('bs'))?.plural, 'bs')
  assert.equal(server.requests.length, 2)
})

test('many that ask at the same time share one answer', async () => {
  await using server = await fakeApiServer({})
  await Promise.all(Array.from({ length: 20 }, () => server.kube.discovery.get('v1', 'ConfigMap', signal)))
  assert.deepEqual(server.requests, ['GET /api/v1'])
})

test('an answer that failed is not remembered', async () => {
  await using server = await fakeApiServer({ 'GET /apis/e.io/v1': [{ code: 503 }, listOf('as')] })
  await assert.rejects(server.kube.discovery.find('e.io/v1', 'Kind of as', signal), { code: 503 })
  assert.equal((await server.kube.discovery.find('e.io/v1', 'Kind of as', signal))?.plural, 'as')
})

test('a group that is not served has no kinds and no preferred version', async () => {
  await using server = await fakeApiServer({})
  assert.equal(await server.kube.discovery.find('nope.io/v1', 'Nope', signal), undefined)
  assert.equal(await server.kube.discovery.preferred('nope.io', signal), undefined)
})

test('of a kind of cert-manager it is told which setting brings it', async () => {
  await using server = await fakeApiServer({})
  await assert.rejects(server.kube.discovery.get('cert-manager.io/v1', 'Certificate', signal), /the cluster has no kind Certificate/)
  await assert.rejects(server.kube.discovery.get('cert-manager.io/v1', 'Certificate', signal), {
    remedy: 'cert-manager must be there first: it is deployed unless `cert-manager` (deploy_cert_manager in tilt-settings) is false',
  })
})

const crd: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'bs.e.io' },
  spec: {
    group: 'e.io',
    names: { plural: 'bs', kind: 'B' },
    versions: [
      { name: 'v1', served: true, storage: true },
      { name: 'v0', served: false, storage: false },
    ],
  },
}

test('CRDs are Established when discovery lists every version that they serve', async () => {
  await using server = await fakeApiServer({ 'GET /apis/e.io/v1': [{ code: 404 }, listOf('as'), listOf('as', 'bs')] })
  const work = quietWork()
  await waitFor(crdsEstablished([crd]), server.kube, { timeout: 10, subject: 'x' }, work)
  assert.deepEqual(work.phrases, ['0 of 1, waiting for CustomResourceDefinitions of e.io/v1 (bs)', '1 of 1'])
})

test('a CRD that is never Established is explained by its conditions', async () => {
  const conditions = [
    { type: 'NamesAccepted', status: 'False', reason: 'ListKindConflict', message: '"BList" is already in use' },
    { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
  ]
  await using server = await fakeApiServer({
    'GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/bs.e.io': [{ code: 200, body: { ...crd, status: { conditions } } }],
  })
  await assert.rejects(waitFor(crdsEstablished([crd]), server.kube, { timeout: 0.2, subject: 'provider x' }, quietWork()), {
    what: 'provider x: CustomResourceDefinitions of e.io/v1 are not Established after 0.2 s',
    why: 'CustomResourceDefinition bs.e.io: NamesAccepted is False (ListKindConflict): "BList" is already in use',
  })
})
