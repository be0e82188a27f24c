import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editRelease } from '../../../src/manifests/clusterctl.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { parseManifests } from '../../../src/manifests/yaml.ts'
import { refusal } from '../refusal.ts'

const edits: Parameters<typeof editRelease>[1] = { name: 'foo', label: 'infrastructure-foo', version: 'v0.3.0', extraArgs: [] }
const edited = (text: string, more: Partial<typeof edits> = {}) =>
  editRelease(parseManifests(text, 'components.yaml'), { ...edits, ...more })
const of = (objects: readonly KubeObject[], kind: string): KubeObject => objects.find(one => one.kind === kind) ?? assert.fail(`no ${kind}`)

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: foo-system}\n'

test('every object gets the labels of clusterctl, whatever the release says, and the inventory its entry', () => {
  const objects = edited(`${NAMESPACE}---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: foo-system, labels: {a: b, cluster.x-k8s.io/provider: foo}}
`)
  assert.deepEqual(
    objects.map(({ metadata }) => metadata.labels),
    [
      { 'cluster.x-k8s.io/provider': 'infrastructure-foo', 'clusterctl.cluster.x-k8s.io': '' },
      { a: 'b', 'cluster.x-k8s.io/provider': 'infrastructure-foo', 'clusterctl.cluster.x-k8s.io': '' },
      {
        'cluster.x-k8s.io/provider': 'infrastructure-foo',
        'clusterctl.cluster.x-k8s.io': '',
        'clusterctl.cluster.x-k8s.io/core': 'inventory',
      },
    ],
  )
  const { metadata, ...provider } = of(objects, 'Provider')
  assert.equal(`${metadata.namespace}/${metadata.name}`, 'foo-system/infrastructure-foo')
  assert.deepEqual(provider, {
    apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3',
    kind: 'Provider',
    providerName: 'foo',
    type: 'InfrastructureProvider',
    version: 'v0.3.0',
  })
})

test('replicas, probes and pull policies stay as the release has them', () => {
  const spec = { replicas: 2, template: { spec: { containers: [{ name: 'manager', imagePullPolicy: 'Always', readinessProbe: {} }] } } }
  const deployment = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec })
  assert.deepEqual(of(edited(`${NAMESPACE}---\n${deployment}`), 'Deployment').spec, spec)
})

test('the manager gets the arguments that the user asks for', () => {
  const containers = '[{name: proxy}, {name: manager, args: [--a]}]'
  const text = `${NAMESPACE}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: ${containers}}}}`
  assert.deepEqual(of(edited(text, { extraArgs: ['--v=4'] }), 'Deployment').spec, {
    template: { spec: { containers: [{ name: 'proxy' }, { name: 'manager', args: ['--a', '--v=4'] }] } },
  })
})

test('what is in another namespace, or in none, goes to that of the provider, with what refers to it', () => {
  const objects = edited(`${NAMESPACE}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: kube-system}
subjects: [{kind: ServiceAccount, name: a, namespace: other}, {kind: Group, name: b}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
subjects: [{kind: ServiceAccount, name: a, namespace: other}]
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a, namespace: other}
spec: {dnsNames: [a.other.svc, a.other.svc.cluster.local]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a, annotations: {cert-manager.io/inject-ca-from: other/a}}
webhooks: [{name: a, clientConfig: {service: {name: a, namespace: other}}}, {name: b, clientConfig: {url: 'https://b'}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: a, annotations: {cert-manager.io/inject-ca-from: other/a}}
spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: a, namespace: other, path: /convert}}}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: b}
spec: {conversion: {strategy: None}}
`)
  const without = ({ metadata: { labels: _, ...metadata }, ...object }: KubeObject) => ({ ...object, metadata })
  assert.deepEqual(objects.slice(1, -1).map(without), [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'a', namespace: 'foo-system' },
      subjects: [
        { kind: 'ServiceAccount', name: 'a', namespace: 'foo-system' },
        { kind: 'Group', name: 'b' },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'a' },
      subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'foo-system' }],
    },
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'a', namespace: 'foo-system' },
      spec: { dnsNames: ['a.foo-system.svc', 'a.foo-system.svc.cluster.local'] },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'a', annotations: { 'cert-manager.io/inject-ca-from': 'foo-system/a' } },
      webhooks: [
        { name: 'a', clientConfig: { service: { name: 'a', namespace: 'foo-system' } } },
        { name: 'b', clientConfig: { url: 'https://b' } },
      ],
    },
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'a', annotations: { 'cert-manager.io/inject-ca-from': 'foo-system/a' } },
      spec: {
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { service: { name: 'a', namespace: 'foo-system', path: '/convert' } } },
        },
      },
    },
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'b' },
      spec: { conversion: { strategy: 'None' } },
    },
  ])
})

test('a release without a Namespace, or with several, is not as clusterctl takes it', () => {
  const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}'
  const { what, why } = refusal(() => edited(configMap))
  assert.deepEqual([what, why], ['the release of provider foo is not as clusterctl takes it', 'its manifests have no Namespace'])
  const several = refusal(() => edited(`${NAMESPACE}---\n${NAMESPACE.replace('foo-system', 'b')}`))
  assert.equal(several.why, 'its manifests have several Namespaces: foo-system, b')
})

test('edits leave the objects that they are given alone', () => {
  const before = parseManifests(`${NAMESPACE}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}`, 'x.yaml')
  const copy = structuredClone(before)
  editRelease(before, edits)
  assert.deepEqual(before, copy)
})
