/** The tools that can be installed, as data: where each is published, what its checksum is compared with, and how a binary says its version. */
import type { Platform } from './platform.ts'

export type ToolName = 'kind' | 'kustomize' | 'clusterctl' | 'kubectl' | 'helm'

/** Where the list of versions comes from. */
export type VersionSource =
  /** Releases of `repository`, whose tags are versions behind `prefix`. */
  | { readonly at: 'github'; readonly repository: string; readonly prefix: string }
  /** dl.k8s.io names the newest version, and the newest patch of each minor. */
  | { readonly at: 'dl.k8s.io' }
  /** get.helm.sh names the newest version of each major; the others are GitHub releases of `repository`. */
  | { readonly at: 'get.helm.sh'; readonly repository: string }

/** Where the SHA-256 of an asset is published. */
export type ChecksumSource =
  /** A file of `HASH  NAME` lines, or of one bare hash. */
  | { readonly in: 'file'; readonly url: (asset: string) => string }
  /** The digest that GitHub computed when the asset was uploaded, in the API's answer for the release. */
  | { readonly in: 'release'; readonly repository: string }

export interface CatalogueEntry {
  readonly versions: VersionSource
  /** URL of the asset. `version` is `v1.2.3`. */
  readonly asset: (version: string, platform: Platform) => string
  /** Path of the binary in the asset, where that is a tar.gz. */
  readonly member?: (platform: Platform) => string
  readonly checksum: ChecksumSource
  /** Makes the binary print its version, without asking the network or a cluster. */
  readonly ask: { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }
}

const besideWith = (suffix: string): ChecksumSource => ({ in: 'file', url: asset => `${asset}${suffix}` })

export const catalogue: Readonly<Record<ToolName, CatalogueEntry>> = {
  // kind's hack/release/build/cross.sh writes `.sha256sum` since v0.12.0.
  kind: {
    versions: { at: 'github', repository: 'kubernetes-sigs/kind', prefix: 'v' },
    asset: (version, { os, arch }) => `https://github.com/kubernetes-sigs/kind/releases/download/${version}/kind-${os}-${arch}`,
    checksum: besideWith('.sha256sum'),
    ask: { args: ['version'] },
  },
  // The repository releases several modules, each under its own prefix. GitHub takes the slash in the tag as it is; some mirrors refuse %2F.
  kustomize: {
    versions: { at: 'github', repository: 'kubernetes-sigs/kustomize', prefix: 'kustomize/v' },
    asset: (version, { os, arch }) =>
      `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize/${version}/kustomize_${version}_${os}_${arch}.tar.gz`,
    member: () => 'kustomize',
    checksum: { in: 'file', url: asset => new URL('checksums.txt', asset).href },
    ask: { args: ['version'] },
  },
  // Cluster API publishes no checksums (Makefile and release workflow of v1.14.0): GitHub's own digest is the only one.
  clusterctl: {
    versions: { at: 'github', repository: 'kubernetes-sigs/cluster-api', prefix: 'v' },
    asset: (version, { os, arch }) =>
      `https://github.com/kubernetes-sigs/cluster-api/releases/download/${version}/clusterctl-${os}-${arch}`,
    checksum: { in: 'release', repository: 'kubernetes-sigs/cluster-api' },
    // Every command looks for a newer release on GitHub first (cmd/clusterctl/cmd/root.go).
    ask: { args: ['version', '--output', 'short'], env: { CLUSTERCTL_DISABLE_VERSIONCHECK: 'true' } },
  },
  kubectl: {
    versions: { at: 'dl.k8s.io' },
    asset: (version, { os, arch }) => `https://dl.k8s.io/release/${version}/bin/${os}/${arch}/kubectl`,
    checksum: besideWith('.sha256'),
    ask: { args: ['version', '--client', '--output', 'json'] },
  },
  helm: {
    versions: { at: 'get.helm.sh', repository: 'helm/helm' },
    asset: (version, { os, arch }) => `https://get.helm.sh/helm-${version}-${os}-${arch}.tar.gz`,
    member: ({ os, arch }) => `${os}-${arch}/helm`,
    checksum: besideWith('.sha256sum'),
    ask: { args: ['version', '--short'] },
  },
}
