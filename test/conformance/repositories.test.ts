/** What repositories that nobody here wrote say of their providers, as it is read: from the folder alone to the objects that would be applied. */
import assert from 'node:assert/strict'
import { relative } from 'node:path'
import test from 'node:test'
import { editProvider } from '../../src/manifests/edit-provider.ts'
import { kustomizeBuild } from '../../src/manifests/kustomize.ts'
import { substitute } from '../../src/manifests/substitute.ts'
import { parseManifests } from '../../src/manifests/yaml.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { findRepositories } from '../../src/providers/repository.ts'
import { resolveProviders } from '../../src/providers/resolve.ts'
import { loadSettings } from '../../src/settings/load.ts'
import type { RepositoryName } from '../testbed/recipes/repositories.ts'
import { repository, tool } from './tools.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

interface Known {
  /** Of the main function, from the root of the repository. */
  readonly package: string
  readonly version: string
  readonly label: string
  readonly type: string | undefined
  readonly namespace: string
}

const expected: Readonly<Partial<Record<RepositoryName, Readonly<Record<string, Known>>>>> = {
  'ipam-in-cluster': {
    'ipam-in-cluster': {
      package: '.',
      version: 'v1.0.3',
      label: 'ipam-in-cluster',
      type: 'IPAMProvider',
      namespace: 'capi-ipam-in-cluster-system',
    },
  },
  operator: {
    'capi-operator': { package: './cmd', version: 'v0.29.0', label: 'capi-operator', type: undefined, namespace: 'capi-operator-system' },
  },
  'addon-helm': {
    helm: { package: '.', version: 'v0.5.3', label: 'addon-helm', type: 'AddonProvider', namespace: 'caaph-system' },
  },
  k3s: {
    'k3s-bootstrap': {
      package: './bootstrap',
      version: 'v0.3.0',
      label: 'bootstrap-k3s',
      type: 'BootstrapProvider',
      namespace: 'capi-k3s-bootstrap-system',
    },
    'k3s-control-plane': {
      package: './controlplane',
      version: 'v0.3.0',
      label: 'control-plane-k3s',
      type: 'ControlPlaneProvider',
      namespace: 'capi-k3s-control-plane-system',
    },
  },
  aws: {
    aws: { package: '.', version: 'v2.13.0', label: 'infrastructure-aws', type: 'InfrastructureProvider', namespace: 'capa-system' },
  },
  gcp: {
    gcp: { package: '.', version: 'v1.12.0', label: 'infrastructure-gcp', type: 'InfrastructureProvider', namespace: 'capg-system' },
  },
  openstack: {
    openstack: {
      package: '.',
      version: 'v0.14.7',
      label: 'infrastructure-openstack',
      type: 'InfrastructureProvider',
      namespace: 'capo-system',
    },
  },
  // Of its five two are variants, and three have manifests that only a target of its Makefile makes.
  vsphere: {
    vsphere: {
      package: '.',
      version: 'v1.16.99',
      label: 'infrastructure-vsphere',
      type: 'InfrastructureProvider',
      namespace: 'capv-system',
    },
  },
}

/** Of clouds: what manifests ask for. */
const CREDENTIALS = {
  AWS_B64ENCODED_CREDENTIALS: 'e30=',
  GCP_B64ENCODED_CREDENTIALS: 'e30=',
  VSPHERE_USERNAME: 'nobody',
  VSPHERE_PASSWORD: 'none',
}

for (const [name, providers] of Object.entries(expected))
  test(`the providers of ${name} are read, rendered and known by provider-repos and their names alone`, async () => {
    const root = await repository(name as RepositoryName)
    const given = { 'provider-repos': root, providers: ['core:v1.13.4', ...Object.keys(providers)].join(' ') }
    const settings = await loadSettings({ given, env: {}, cwd: import.meta.dirname })
    const built = resolveProviders(settings, await findRepositories(settings, work))
    const read = await Promise.all(built.map(async one => [one.name, await known(one, root)] as const))
    assert.deepEqual(Object.fromEntries(read), providers)
  })

async function known(provider: Provider, root: string): Promise<Known> {
  const { name, version, hints, build, manifests } = provider
  const { folder: directory, options, substitutions } = manifests ?? assert.fail('it has no manifests')
  const text = await kustomizeBuild({ kustomize: await tool('kustomize'), directory, options }, work)
  const values = { ...CREDENTIALS, ...substitutions }
  const objects = parseManifests(substitute(text, values, { file: directory, unset: 'error' }), directory)
  const { identity } = editProvider(objects, { name, hints, version, image: build?.image, extraArgs: [] })
  const go = build?.go ?? assert.fail('it is not built by Go')
  assert.equal(relative(root, go.moduleDir), '')
  return { package: go.package, version, label: identity.label, type: identity.type, namespace: identity.namespace }
}
