import assert from 'node:assert/strict'
import test from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { providerObject } from '../../../src/manifests/provider-object.ts'

const namespace = (name: string, label?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(label === undefined ? {} : { labels: { 'cluster.x-k8s.io/provider': label } }) },
})
const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', labels: { 'cluster.x-k8s.io/provider': 'x' } } }

test('the inventory entry stands in the first Namespace, named after its label', () => {
  assert.deepEqual(providerObject([service, namespace('capd-system', 'infrastructure-docker'), namespace('other', 'x')], 'v1.13.4'), {
    apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3',
    kind: 'Provider',
    metadata: {
      name: 'infrastructure-docker',
      namespace: 'capd-system',
      labels: {
        'cluster.x-k8s.io/provider': 'infrastructure-docker',
        'clusterctl.cluster.x-k8s.io': '',
        'clusterctl.cluster.x-k8s.io/core': 'inventory',
      },
    },
    providerName: 'docker',
    type: 'InfrastructureProvider',
    version: 'v1.13.4',
  })
})

const identities: readonly (readonly [label: string, type: string, name: string])[] = [
  ['cluster-api', 'CoreProvider', 'cluster-api'],
  ['bootstrap-kubeadm', 'BootstrapProvider', 'kubeadm'],
  ['control-plane-kubeadm', 'ControlPlaneProvider', 'kubeadm'],
  ['infrastructure-aws', 'InfrastructureProvider', 'aws'],
  ['ipam-in-cluster', 'IPAMProvider', 'in-cluster'],
  ['runtime-extension-test', 'RuntimeExtensionProvider', 'test'],
  ['addon-helm', 'AddonProvider', 'helm'],
  ['infrastructure', 'CoreProvider', 'infrastructure'],
]

for (const [label, type, name] of identities) {
  test(`the label ${label} means ${type} ${name}`, () => {
    const provider = providerObject([namespace('a', label)], 'v1')
    assert.deepEqual([provider.type, provider.providerName], [type, name])
  })
}

const refused: readonly { objects: readonly KubeObject[]; why: string }[] = [
  { objects: [namespace('k3s-system')], why: 'Namespace k3s-system has no label cluster.x-k8s.io/provider' },
  { objects: [namespace('a'), namespace('b', 'x')], why: 'Namespace a has no label cluster.x-k8s.io/provider' },
  { objects: [namespace('a', '')], why: 'Namespace a has no label cluster.x-k8s.io/provider' },
  { objects: [service], why: 'its manifests have no Namespace, whose label says what it is' },
]

for (const { objects, why } of refused) {
  test(`a provider is refused when ${why}`, () => {
    assert.throws(
      () => providerObject(objects, 'v1'),
      (error: unknown) => {
        assert.ok(error instanceof Failure)
        assert.equal(error.message, `the provider's name and type are not known: ${why}`)
        assert.equal(
          error.remedy,
          "label the Namespace in the provider's manifests, for example cluster.x-k8s.io/provider: infrastructure-aws",
        )
        return true
      },
    )
  })
}
