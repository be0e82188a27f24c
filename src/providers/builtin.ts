/**
 * The providers of Cluster API's own repository, as data: the Tiltfile's provider table, the Makefile's image targets and the kustomizations, read in
 * every minor from v1.7 to v1.14 and in main. What differs between them is asked of the checkout, never of its version: a branch has none.
 */
import { Failure } from '../host/failure.ts'
import type { ProviderType } from './provider.ts'

export interface BuiltIn {
  readonly name: string
  readonly type: ProviderType
  readonly providerName: string
  readonly namespace: string
  /** Folder of its `main.go` and `config/`, from the root of the repository. */
  readonly folder: string
  /** Folder of the go.mod that `folder` belongs to. */
  readonly module: string
  readonly image: string
  readonly user: string
  /** From the root of the repository, which is the context of all of them. */
  readonly dockerfile: string
  readonly additionalResources: readonly string[]
  readonly dependsOn: readonly string[]
  /** What Tilt makes names of its resources from; other providers depend on `capi_controller`. */
  readonly tiltLabel: string
}

const STAGING = 'gcr.io/k8s-staging-cluster-api'
const NONROOT = '65532:65532'
const alone = { additionalResources: [], dependsOn: [] }

const EXTENSION = 'test/extension'
const IN_MEMORY = 'test/infrastructure/inmemory'

const inMemory: BuiltIn = {
  ...alone,
  name: 'in-memory',
  tiltLabel: 'CAPIM',
  type: 'infrastructure',
  providerName: 'in-memory',
  namespace: 'capim-system',
  folder: IN_MEMORY,
  module: 'test',
  image: `${STAGING}/capim-manager`,
  user: NONROOT,
  dockerfile: `${IN_MEMORY}/Dockerfile`,
}

/** A function that tells whether a path (from the root of the repository) is there. */
export type Listing = (path: string) => boolean

/** The text of a file, by its path from the root of the repository; nothing where it isn't there. */
export type Reading = (path: string) => string | undefined

const unread: Reading = () => undefined

/**
 * Core's main moved from the root to `core/` in v1.14, the in-memory provider became a backend of the docker provider in v1.10.
 * @param read Without it, what only a text tells is as in the newest release.
 */
export const builtIns = (has: Listing, read: Reading = unread): readonly BuiltIn[] => [
  {
    ...alone,
    name: 'core',
    tiltLabel: 'CAPI',
    type: 'core',
    providerName: 'cluster-api',
    namespace: 'capi-system',
    folder: hasCoreFolder(has) ? 'core' : '.',
    module: '.',
    image: `${STAGING}/cluster-api-controller`,
    user: NONROOT,
    dockerfile: 'Dockerfile',
  },
  {
    ...alone,
    name: 'kubeadm-bootstrap',
    tiltLabel: 'CABPK',
    type: 'bootstrap',
    providerName: 'kubeadm',
    namespace: 'capi-kubeadm-bootstrap-system',
    folder: 'bootstrap/kubeadm',
    module: '.',
    image: `${STAGING}/kubeadm-bootstrap-controller`,
    user: NONROOT,
    dockerfile: 'Dockerfile',
  },
  {
    ...alone,
    name: 'kubeadm-control-plane',
    tiltLabel: 'KCP',
    type: 'control-plane',
    providerName: 'kubeadm',
    namespace: 'capi-kubeadm-control-plane-system',
    folder: 'controlplane/kubeadm',
    module: '.',
    image: `${STAGING}/kubeadm-control-plane-controller`,
    user: NONROOT,
    dockerfile: 'Dockerfile',
  },
  {
    ...alone,
    name: 'docker',
    tiltLabel: 'CAPD',
    type: 'infrastructure',
    providerName: 'docker',
    namespace: 'capd-system',
    folder: 'test/infrastructure/docker',
    module: 'test',
    image: `${STAGING}/capd-manager`,
    user: '0:0',
    dockerfile: 'test/infrastructure/docker/Dockerfile',
  },
  ...(has(`${IN_MEMORY}/main.go`) ? [inMemory] : []),
  {
    name: 'test-extension',
    tiltLabel: 'test-extension',
    type: 'runtime-extension',
    providerName: labelled('runtime-extension', read(`${EXTENSION}/config/default/kustomization.yaml`)) ?? 'test-extension',
    namespace: 'test-extension-system',
    folder: EXTENSION,
    module: 'test',
    image: `${STAGING}/test-extension`,
    user: NONROOT,
    dockerfile: `${EXTENSION}/Dockerfile`,
    additionalResources: ['config/tilt/extensionconfig.yaml'],
    dependsOn: ['core'],
  },
]

export const hasCoreFolder = (has: Listing): boolean => has('core/main.go')

/** The name behind the type in a kustomization's label: the test extension was `runtime-extension-test` up to v1.11. */
const labelled = (type: ProviderType, kustomization = ''): string | undefined =>
  new RegExp(`cluster\\.x-k8s\\.io/provider: *["']?${type}-([a-z0-9-]+)`).exec(kustomization)?.[1]

/** The tags that the repository itself builds all its managers with: its Tiltfile says them, for one `go build`. Unread, those of the layout. */
export function buildTags(has: Listing, read: Reading = unread): readonly string[] {
  const text = read('Tiltfile') ?? read('Dockerfile')
  if (text === undefined) return hasCoreFolder(has) ? ['fieldsv1string'] : []
  const [, said] = /\bgo build\b[^\n]*?\s-tags[= ]["']?([\w.,]+)/.exec(text) ?? []
  return said === undefined ? [] : said.split(',')
}

/**
 * Providers that newer checkouts no longer have, and what took their place.
 * @throws Failure where `name` is one of them, and the checkout lacks it.
 */
export function requireNotRemoved(name: string, has: Listing, where: string): void {
  if (name !== inMemory.name || has(`${IN_MEMORY}/main.go`)) return
  throw new Failure({
    what: 'provider in-memory is not in this checkout of Cluster API',
    why: 'since v1.10 it is no provider of its own, but a backend of the docker provider',
    remedy: 'say docker in its place, and `workload-template: in-memory` for a workload cluster without machines',
    where,
  })
}
