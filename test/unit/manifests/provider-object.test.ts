import assert from 'node:assert/strict'
import test from 'node:test'
import { identityOf, providerObject } from '../../../src/manifests/provider-object.ts'

test('the inventory entry stands in the namespace of the provider, named after its label', () => {
  const label = 'infrastructure-docker'
  assert.deepEqual(providerObject({ label, namespace: 'capd-system', providerName: 'docker', type: 'InfrastructureProvider' }, 'v1.13.4'), {
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
    assert.deepEqual(identityOf(label), { type, providerName: name })
  })
}
