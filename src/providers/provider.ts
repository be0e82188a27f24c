/** The providers room: what there is to build and deploy, whatever it comes from. This is the shape that all sources of providers end in. */

export type ProviderType = 'core' | 'bootstrap' | 'control-plane' | 'infrastructure' | 'ipam' | 'addon' | 'runtime-extension'

/** Where a provider's manifests and binary come from. Repositories with a tilt-provider file, and releases, will stand beside the first. */
export type ProviderSource = { readonly kind: 'built-in'; readonly repository: string }

export interface Provider {
  /** As settings say it: `docker`, `kubeadm-control-plane`. */
  readonly name: string
  readonly type: ProviderType
  /** As the Provider inventory says it: `docker`, `kubeadm`, `cluster-api`. */
  readonly providerName: string
  /** Value of the label `cluster.x-k8s.io/provider` on its objects: `infrastructure-docker`. */
  readonly label: string
  /** With `v` in front; for the inventory and for the binary. */
  readonly version: string
  readonly namespace: string
  readonly source: ProviderSource
  readonly build: GoBuild
  readonly dockerfile: DockerfileBuild
  /** Absolute path of the kustomization to render. */
  readonly kustomizeFolder: string
  /** Manifests beside it that are applied after the provider is ready, absolute paths. */
  readonly additionalResources: readonly string[]
  /** Providers, by name, that must be ready before the additional resources are applied. */
  readonly dependsOn: readonly string[]
}

/** How its manager is compiled by the host's Go and becomes an image. */
export interface GoBuild {
  /** Absolute path of the folder with go.mod. */
  readonly moduleDir: string
  /** Package of the main function, from `moduleDir`: `./bootstrap/kubeadm`. */
  readonly package: string
  readonly tags: readonly string[]
  /** Contents of `-ldflags`. */
  readonly ldflags: readonly string[]
  /** Repository of the image that the manifests name, without a tag. */
  readonly image: string
  /** User (and group) that the image runs as: CAPD must be root to talk to the engine's socket. */
  readonly user: string
}

/** How the same image is built from a Dockerfile. Absolute paths. */
export interface DockerfileBuild {
  readonly file: string
  readonly context: string
}

/** Value of the label `cluster.x-k8s.io/provider`; clusterctl's rule: core providers have no prefix. */
export const labelOf = (type: ProviderType, providerName: string): string => (type === 'core' ? providerName : `${type}-${providerName}`)
