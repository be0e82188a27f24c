import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyCertManagerCrds, certManagerManifestUrl, certManagerReady, editCertManager } from '../../../src/components/cert-manager.ts'
import { applyCrds, applyFoundation, providerReady } from '../../../src/components/provider.ts'
import { fakeApiServer, quietWork } from '../kube/fake-api-server.ts'

test('the manifest of a cert-manager release is where upstream puts it', () => {
  assert.equal(
    certManagerManifestUrl('v1.19.1'),
    'https://github.com/cert-manager/cert-manager/releases/download/v1.19.1/cert-manager.yaml',
  )
})

test("cert-manager's objects get the labels and the version by which clusterctl knows its own, and keep theirs", () => {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', labels: { app: 'x' }, annotations: { note: 'y' } } }
  const [labelled] = editCertManager([object], 'v1.19.1')
  assert.deepEqual(labelled?.metadata.labels, {
    app: 'x',
    'clusterctl.cluster.x-k8s.io': '',
    'clusterctl.cluster.x-k8s.io/core': 'cert-manager',
  })
  assert.deepEqual(labelled?.metadata.annotations, { note: 'y', 'cert-manager.clusterctl.cluster.x-k8s.io/version': 'v1.19.1' })
  assert.deepEqual(object.metadata.labels, { app: 'x' })
})

const annotations = { 'cert-manager.io/inject-ca-from': 'capd-system/serving-cert' }
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'manager', namespace: 'capd-system' } }
const crd = (name: string, strategy: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name, annotations },
  spec: { conversion: { strategy } },
})
const webhooks = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'capd', annotations },
  webhooks: [
    {
      name: 'default.devcluster',
      clientConfig: {},
      failurePolicy: 'Fail',
      sideEffects: 'None',
      rules: [{ apiGroups: ['x.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['devclusters'] }],
    },
  ],
}

test('a provider is ready by its Deployments, its CA bundles and the answer of one webhook', () => {
  const stages = providerReady({ name: 'docker', objects: [crd('a', 'Webhook'), crd('b', 'None'), deployment, webhooks] })
  assert.deepEqual(
    stages.map(checks => checks.map(({ name }) => name)),
    [
      ['Deployment capd-system/manager', 'CA bundle in MutatingWebhookConfiguration capd'],
      ['CA bundle in CustomResourceDefinition a', 'an answer of webhook default.devcluster'],
    ],
  )
})

test('cert-manager is ready when an Issuer and a Certificate pass its webhook, beside Deployments and CA bundles', () => {
  assert.deepEqual(
    certManagerReady([deployment]).map(({ name }) => name),
    [
      'Deployment capd-system/manager',
      'a dry-run of Issuer default/capi-actions-probe',
      'a dry-run of Certificate default/capi-actions-probe',
    ],
  )
})

const CRDS = '/apis/apiextensions.k8s.io/v1'
const unserved = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.x.io' },
  spec: { group: 'x.io', names: { plural: 'things' }, versions: [{ name: 'v1', served: true }] },
}
const withCrds = {
  [`GET ${CRDS}`]: [
    { code: 200, body: { resources: [{ name: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }] } },
  ],
  [`PATCH ${CRDS}/customresourcedefinitions/things.x.io`]: [{ code: 201, body: { metadata: { name: 'things.x.io' } } }],
}

test('CRDs that are not Established are waited for as long as is asked', async () => {
  await using server = await fakeApiServer(withCrds)
  const late = { message: /CustomResourceDefinitions.*0\.3 s/ }
  await assert.rejects(applyCrds({ name: 'x', objects: [unserved] }, 0.3, server.kube, quietWork()), late)
  await assert.rejects(applyCertManagerCrds([unserved], 0.3, server.kube, quietWork()), late)
})

test('a webhook that does not answer is waited for as long as is asked', async () => {
  const message = 'Internal error occurred: failed calling webhook "w": failed to call webhook: Post "https://w": connection refused'
  const unreachable = { code: 500, body: { reason: 'InternalError', message } }
  await using server = await fakeApiServer({ 'PATCH /api/v1/namespaces/default/configmaps/a': [unreachable] })
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
  const began = performance.now()
  await assert.rejects(applyFoundation({ name: 'x', objects: [object] }, 0.3, server.kube, quietWork()), {
    what: 'ConfigMap a was not taken: a webhook does not answer',
  })
  assert.ok(performance.now() - began > 300)
})
