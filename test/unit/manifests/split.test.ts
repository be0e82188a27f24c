import assert from 'node:assert/strict'
import test from 'node:test'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { split } from '../../../src/manifests/split.ts'

const object = (apiVersion: string, kind: string, name = 'a'): KubeObject => ({ apiVersion, kind, metadata: { name } })
const kinds = (objects: readonly KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)

test('namespaces and CRDs are apart, and what others refer to comes before what refers to it', () => {
  const { namespaces, crds, rest } = split([
    object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
    object('clusterctl.cluster.x-k8s.io/v1alpha3', 'Provider'),
    object('apps/v1', 'Deployment'),
    object('cert-manager.io/v1', 'Certificate'),
    object('v1', 'Service'),
    object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
    object('cert-manager.io/v1', 'Issuer'),
    object('v1', 'ServiceAccount'),
    object('v1', 'Namespace'),
  ])
  assert.deepEqual(kinds(namespaces), ['Namespace a'])
  assert.deepEqual(kinds(crds), ['CustomResourceDefinition a'])
  assert.deepEqual(kinds(rest), [
    'ServiceAccount a',
    'ClusterRoleBinding a',
    'Service a',
    'Issuer a',
    'Certificate a',
    'Deployment a',
    'Provider a',
    'ValidatingWebhookConfiguration a',
  ])
})

test('objects of one kind keep their order', () => {
  const roles = ['c', 'a', 'b'].map(name => object('rbac.authorization.k8s.io/v1', 'Role', name))
  assert.deepEqual(kinds(split(roles).rest), ['Role c', 'Role a', 'Role b'])
})

test('custom resources that are named like built-in kinds go with the custom resources', () => {
  const { namespaces, rest } = split([
    object('example.test/v1', 'Service'),
    object('example.test/v1', 'Namespace'),
    object('v1', 'Service', 'b'),
  ])
  assert.deepEqual(kinds(namespaces), [])
  assert.deepEqual(kinds(rest), ['Service b', 'Service a', 'Namespace a'])
})
