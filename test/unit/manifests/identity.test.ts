import assert from 'node:assert/strict'
import test from 'node:test'
import { identify } from '../../../src/manifests/identity.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'

const object = (kind: string, name: string, label?: string, namespace?: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(label === undefined ? {} : { labels: { 'cluster.x-k8s.io/provider': label } }),
  },
})
const none = { likely: [] }

test('the first Namespace with a label says what a provider is, and the first of all where it lives', () => {
  const objects = [object('Service', 's', 'x'), object('Namespace', 'capd-system'), object('Namespace', 'other', 'infrastructure-docker')]
  assert.deepEqual(identify('docker', objects, none), {
    identity: { label: 'infrastructure-docker', namespace: 'capd-system', providerName: 'docker', type: 'InfrastructureProvider' },
    notices: [],
  })
})

test('where no Namespace has a label, that of a Deployment counts; without a Namespace it says where, too', () => {
  const { identity } = identify('x', [object('Deployment', 'd', 'ipam-x', 'x-system')], none)
  assert.deepEqual([identity.label, identity.namespace], ['ipam-x', 'x-system'])
})

test('what the user says goes before the label', () => {
  const { identity, notices } = identify('x', [object('Namespace', 'n', 'kubevirt')], { said: 'infrastructure-kubevirt', likely: [] })
  assert.deepEqual([identity.label, identity.type, notices], ['infrastructure-kubevirt', 'InfrastructureProvider', []])
})

test('without any label the likeliest is taken, and that is said', () => {
  const { identity, notices } = identify('linode', [object('Namespace', 'n')], { likely: ['linode', 'infrastructure-linode'] })
  assert.equal(identity.label, 'infrastructure-linode')
  assert.deepEqual(notices, [
    'provider linode is taken for infrastructure-linode: no Namespace or Deployment of it has the label cluster.x-k8s.io/provider',
  ])
})

test('what has nothing to do with Cluster API needs no label, and nobody is told', () => {
  assert.deepEqual(identify('web', [object('Namespace', 'n')], { likely: [], isPlain: true }), {
    identity: { label: 'web', namespace: 'n', providerName: 'web', type: undefined },
    notices: [],
  })
})

test('a provider of which nothing tells what it is, is deployed all the same, without an entry in the inventory, and that is said', () => {
  const { identity, notices } = identify('x', [object('Namespace', 'n', '')], none)
  assert.deepEqual(identity, { label: 'x', namespace: 'n', providerName: 'x', type: undefined })
  assert.deepEqual(notices, [
    "x gets no entry in clusterctl's inventory: no Namespace or Deployment of it has the label cluster.x-k8s.io/provider; if it is a provider, label its Namespace (infrastructure-x), or set its `type` in provider-config",
  ])
})
