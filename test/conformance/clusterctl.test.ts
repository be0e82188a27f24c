/** What we know of clusterctl equals its sources, and what we make of a release equals what the real one makes of it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { inventoryCrd } from '../../src/components/inventory.ts'
import { writeLocalRepository } from '../../src/components/local-repository.ts'
import { editRelease } from '../../src/manifests/clusterctl.ts'
import { type KubeObject, nameOf } from '../../src/manifests/object.ts'
import { substitute } from '../../src/manifests/substitute.ts'
import { parseManifests } from '../../src/manifests/yaml.ts'
import { knownProviders } from '../../src/providers/catalogue.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

let testbed: Testbed
let source: string
before(async () => {
  testbed = await startTestbed()
  source = testbed.source()
})

test('every provider that clusterctl knows is known by its type, name and URL', async () => {
  const text = await readFile(join(source, 'cmd/clusterctl/client/config/providers_client.go'), 'utf8')
  const constants = new Map([...text.matchAll(/^\s*(\w+)\s*= "([^"]+)"$/gm)].map(([, constant, name]) => [constant, name]))
  const theirs = [...text.matchAll(/name:\s+(\w+),\n\s+url:\s+"([^"]+)",\n\s+providerType: clusterctlv1\.(\w+)ProviderType,/g)].map(
    ([, constant, url, type]) => `${type} ${constants.get(constant)} ${url}`,
  )
  assert.ok(theirs.length > 50, `${theirs.length} providers read`)
  const ours = new Set(
    knownProviders({}).map(({ type, providerName, origin, components }) => {
      const repository = origin.at === 'github' ? origin.repository : origin.folder
      return `${TYPES[type]} ${providerName} https://github.com/${repository}/releases/latest/${components}`
    }),
  )
  assert.deepEqual(
    theirs.filter(one => !ours.has(one)),
    [],
  )
})

const TYPES = {
  core: 'Core',
  bootstrap: 'Bootstrap',
  'control-plane': 'ControlPlane',
  infrastructure: 'Infrastructure',
  ipam: 'IPAM',
  addon: 'Addon',
  'runtime-extension': 'RuntimeExtension',
}

test("the CRD of clusterctl's inventory is its own", async () => {
  const file = join(source, 'cmd/clusterctl/config/manifest/clusterctl-api.yaml')
  assert.deepEqual(parseManifests(await readFile(file, 'utf8'), file), [inventoryCrd])
})

for (const { name, kind, label, components } of [
  { name: 'cluster-api', kind: 'core', label: 'cluster-api', components: 'core-components.yaml' },
  { name: 'kubeadm', kind: 'bootstrap', label: 'bootstrap-kubeadm', components: 'bootstrap-components.yaml' },
  { name: 'docker', kind: 'infrastructure', label: 'infrastructure-docker', components: 'infrastructure-components-development.yaml' },
  { name: 'scattered', kind: 'addon', label: 'addon-scattered', components: 'addon-components.yaml' },
])
  test(`the objects of ${label} are those that clusterctl makes of its release`, async t => {
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
    t.after(() => rm(folder, { recursive: true }))
    const version = testbed.versions.clusterApi
    const text = name === 'scattered' ? scattered : await asset(components)
    const release = { label, version, components, files: { [components]: text, 'metadata.yaml': await asset('metadata.yaml') } }
    const config = await writeLocalRepository(folder, [release], undefined)
    const args = ['generate', 'provider', '--config', config, `--${kind}`, `${name}:${version}`]
    const env = { ...process.env, CLUSTER_TOPOLOGY: 'true', CLUSTERCTL_DISABLE_VERSIONCHECK: 'true' }
    const { stdout } = await promisify(execFile)(await testbed.tool('clusterctl'), args, { env, maxBuffer: 2 ** 27 })
    const filled = substitute(text, { CLUSTER_TOPOLOGY: 'true' }, { file: components, trimNames: true, unset: 'error' })
    const ours = editRelease(parseManifests(filled, components), { name, label, version, extraArgs: [] })
    const theirs = parseManifests(stdout, 'clusterctl')
    assert.deepEqual(byName(ours.slice(0, -1)), byName(theirs))
  })

const asset = async (name: string): Promise<string> => {
  const github = testbed.downloadMirrors['github.com'] ?? 'https://github.com'
  const answer = await fetch(`${github}/kubernetes-sigs/cluster-api/releases/download/${testbed.versions.clusterApi}/${name}`)
  assert.ok(answer.ok, name)
  return answer.text()
}

/** What Go's types write of objects that say nothing of it. */
const isEmpty = (value: unknown): boolean => value === null || (typeof value === 'object' && Object.keys(value).length === 0)

const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [key, bare(one)] as const)
  return Object.fromEntries(
    entries.filter(([key, one]) => !isEmpty(one) && key !== 'creationTimestamp' && !(key === 'value' && one === '')),
  )
}

const byName = (objects: readonly KubeObject[]): Record<string, unknown> =>
  Object.fromEntries(
    objects
      .map(({ status: _, ...object }) => [nameOf(object), bare(object)] as const)
      .toSorted(([one], [other]) => one.localeCompare(other)),
  )

/** A release that refers to namespaces which are not its own, as clusterctl then changes them. */
const scattered = `apiVersion: v1
kind: Namespace
metadata: {name: scattered-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: a}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}
subjects: [{kind: ServiceAccount, name: a, namespace: other}, {kind: Group, apiGroup: rbac.authorization.k8s.io, name: b}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a}
subjects: [{kind: ServiceAccount, name: a, namespace: other}]
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: a, namespace: other, labels: {cluster.x-k8s.io/provider: else}}
spec: {dnsNames: [a.other.svc, a.other.svc.cluster.local], secretName: a, issuerRef: {name: a}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: a, annotations: {cert-manager.io/inject-ca-from: other/a}}
webhooks:
- {name: a.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {name: a, namespace: other, path: /a}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: as.example.com, annotations: {cert-manager.io/inject-ca-from: other/a}}
spec:
  group: example.com
  names: {kind: A, plural: as}
  scope: Namespaced
  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: a, namespace: other}}}}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: scattered-system}
spec:
  replicas: 2
  selector: {matchLabels: {a: \${LABEL:=b}}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: manager, image: 'example.com/a:v1', imagePullPolicy: Always}]}
`
