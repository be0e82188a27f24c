/** The five providers of Cluster API's own repository, as data. Facts: the Tiltfile's provider table and the Makefile's image targets, v1.13 and v1.14. */
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
}

const STAGING = 'gcr.io/k8s-staging-cluster-api'
const NONROOT = '65532:65532'
const alone = { additionalResources: [], dependsOn: [] }

/** A function that tells whether a path (from the root of the repository) is there. */
export type Listing = (path: string) => boolean

/** Core's main moved from the root to `core/` in v1.14; the rest stands where it always stood. */
export const builtIns = (has: Listing): readonly BuiltIn[] => [
  {
    ...alone,
    name: 'core',
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
    type: 'infrastructure',
    providerName: 'docker',
    namespace: 'capd-system',
    folder: 'test/infrastructure/docker',
    module: 'test',
    image: `${STAGING}/capd-manager`,
    user: '0:0',
    dockerfile: 'test/infrastructure/docker/Dockerfile',
  },
  {
    name: 'test-extension',
    type: 'runtime-extension',
    providerName: 'test-extension',
    namespace: 'test-extension-system',
    folder: 'test/extension',
    module: 'test',
    image: `${STAGING}/test-extension`,
    user: NONROOT,
    dockerfile: 'test/extension/Dockerfile',
    additionalResources: ['config/tilt/extensionconfig.yaml'],
    dependsOn: ['core'],
  },
]

export const hasCoreFolder = (has: Listing): boolean => has('core/main.go')

/** Since v1.14 the Tiltfile and the Dockerfiles build with this tag. */
export const buildTags = (has: Listing): readonly string[] => (hasCoreFolder(has) ? ['fieldsv1string'] : [])
