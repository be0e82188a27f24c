import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containersOf } from '../../../src/manifests/edits.ts'
import {
  addMissingNamespace,
  dropDeadConversions,
  dropMissingPullSecrets,
  mend,
  replaceMovedImages,
} from '../../../src/manifests/mending.ts'
import { parseManifests } from '../../../src/manifests/yaml.ts'

const objects = (sidecar: string, more = '') =>
  parseManifests(
    `
apiVersion: apps/v1
kind: Deployment
metadata: {name: manager, namespace: capx-system}
spec:
  template:
    spec:
      imagePullSecrets: [{name: regcred}, {name: ours}]
      containers:
        - {name: kube-rbac-proxy, image: '${sidecar}', args: [--v=0]}
        - {name: manager, image: 'example.test/capx:dev'}
---
apiVersion: v1
kind: Secret
metadata: {name: ours, namespace: capx-system}
${more}`,
    'provider.yaml',
  )
const imagesOf = (all: Parameters<typeof mend>[0]) => all.flatMap(containersOf).map(({ image }) => image)

test('an image that is gone is taken from where it still is, with its tag, and that is said', () => {
  const { objects: mended, notices } = replaceMovedImages(objects('gcr.io/kubebuilder/kube-rbac-proxy:v0.8.0'))
  assert.deepEqual(imagesOf(mended), ['quay.io/brancz/kube-rbac-proxy:v0.8.0', 'example.test/capx:dev'])
  assert.deepEqual(notices, [
    'image gcr.io/kubebuilder/kube-rbac-proxy:v0.8.0 is gone from its registry: quay.io/brancz/kube-rbac-proxy:v0.8.0 is used instead',
  ])
})

test('other images, and objects without any that is gone, stay as they are', () => {
  const all = objects('quay.io/brancz/kube-rbac-proxy:v0.8.0')
  const { objects: mended, notices } = replaceMovedImages(all)
  assert.deepEqual(notices, [])
  assert.ok(mended.every((object, index) => object === all[index]))
})

test('a pull secret that the manifests do not have is left out, one that they have stays', () => {
  const { objects: mended, notices } = dropMissingPullSecrets(objects('example.test/sidecar:v1'))
  assert.deepEqual(JSON.stringify(mended[0]).match(/"imagePullSecrets":(\[.*?\])/)?.[1], '[{"name":"ours"}]')
  assert.deepEqual(notices, ["Deployment capx-system/manager names the pull secret regcred, which the manifests don't have: left out"])
})

test('a Secret of that name in another namespace is another Secret', () => {
  const more = '---\napiVersion: v1\nkind: Secret\nmetadata: {name: regcred, namespace: other}\n'
  assert.equal(dropMissingPullSecrets(objects('example.test/sidecar:v1', more)).notices.length, 1)
})

test('all of it is mended at once', () => {
  assert.equal(mend(objects('gcr.io/kubebuilder/kube-rbac-proxy:v0.5.0'), 'capx-system').notices.length, 3)
})

const crd = (name: string, from: string, versions: readonly string[]) =>
  `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ${name}, annotations: {cert-manager.io/inject-ca-from: '${from}'}}\nspec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: webhook-service}}}}, versions: [${versions.map(one => `{name: ${one}}`).join(', ')}]}\n`

test('a conversion webhook that no Certificate is for is left out of a CRD of one version, and that is said', () => {
  const certificate = 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: serving-cert, namespace: capx-system}\n'
  const dead = '$(CERTIFICATE_NAMESPACE)/$(CERTIFICATE_NAME)'
  const all = parseManifests(
    [certificate, crd('one', dead, ['v1']), crd('two', 'capx-system/serving-cert', ['v1']), crd('several', dead, ['v1', 'v2'])].join(
      '---\n',
    ),
    'provider.yaml',
  )
  const { objects: mended, notices } = dropDeadConversions(all)
  assert.deepEqual(
    mended.slice(1).map(({ metadata, ...rest }) => [metadata.name, /"strategy":"(\w+)"/.exec(JSON.stringify(rest))?.[1]]),
    [
      ['one', 'None'],
      ['two', 'Webhook'],
      ['several', 'Webhook'],
    ],
  )
  assert.deepEqual(notices, [
    'one: the CA bundle of the conversion webhook is to come from $(CERTIFICATE_NAMESPACE)/$(CERTIFICATE_NAME), which is no Certificate of the manifests; each has one version, so the webhook is never called, and left out',
  ])
})

test('a Namespace that only the users of the manifests make is made, and that is said; one that is there, or always there, is not', () => {
  const all = objects('quay.io/brancz/kube-rbac-proxy:v0.8.0')
  const { objects: housed, notices } = addMissingNamespace(all, 'capx-system')
  assert.deepEqual(housed[0], { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'capx-system' } })
  assert.deepEqual(notices, ['there is no Namespace capx-system among the manifests that are for it: it is made'])
  for (const namespace of ['default', 'kube-system', 'elsewhere']) assert.deepEqual(addMissingNamespace(all, namespace).notices, [])
  assert.deepEqual(addMissingNamespace(housed, 'capx-system').notices, [])
})
