/** The providers room: what there is to build and deploy, whatever it comes from. This is the shape that all providers with sources end in. */
import type { UserCommand } from '../host/command-line.ts'
import type { PullPolicy } from '../manifests/edits.ts'
import type { IdentityHints } from '../manifests/identity.ts'

export type ProviderType = 'core' | 'bootstrap' | 'control-plane' | 'infrastructure' | 'ipam' | 'addon' | 'runtime-extension'

/** Cluster API's own, one that a tilt-provider file describes, one that was found without, one that settings describe. */
export type ProviderSource = 'built-in' | 'tilt-provider' | 'inferred' | 'provider-config'

export interface Provider {
  /** As settings say it: `docker`, `kubeadm-control-plane`. */
  readonly name: string
  readonly source: ProviderSource
  /** Absolute path of its checkout. */
  readonly repository: string
  /** Its folder in there, absolute: that of `config/`. */
  readonly context: string
  /** With `v` in front; for the inventory and for the binary. */
  readonly version: string
  /** What it is to clusterctl, as far as its manifests don't say it. */
  readonly hints: IdentityHints
  /** Nothing where its manifests alone are deployed. */
  readonly build: Build | undefined
  /** Nothing where its image alone is built. */
  readonly manifests: Manifests | undefined
  /** Files that are applied as they are, before its manager and after it works; absolute paths. */
  readonly resources: { readonly before: readonly string[]; readonly after: readonly string[] }
  /** Providers, by name, that must work before its manager is deployed, and before what comes after it; and kustomizations and observability tools before its manager. */
  readonly needs: { readonly manager: readonly string[]; readonly addOns: readonly string[]; readonly resources: readonly string[] }
  readonly wait: Wait
  /** Sentences on what is not as it was said. */
  readonly notices: readonly string[]
}

/** When it counts as ready: its checks are met, its containers were started once (without credentials for a cloud a manager may stop again), or at once. */
export const waits = ['available', 'started', 'none'] as const
export type Wait = (typeof waits)[number]

/** The kustomization that is rendered, and how. */
export interface Manifests {
  /** Absolute. */
  readonly folder: string
  /** Taken as they are instead of the kustomization, where there are some; absolute. */
  readonly files: readonly string[]
  readonly options: readonly string[]
  /** Of its manager, where it is not `IfNotPresent`. */
  readonly pullPolicy?: PullPolicy | undefined
  /** Values for `${NAME}` in them, before those that hold for all. */
  readonly substitutions: Readonly<Record<string, string>>
  /** Run before. */
  readonly prepare: UserCommand | undefined
}

export interface Build {
  /** Repository of the image as the manifests name it, without a tag. */
  readonly image: string
  /** User (and group) that the image runs as: CAPD must be root to talk to the engine's socket. */
  readonly user: string
  /** How the image is made, where settings don't say that a builder makes them all. */
  readonly road: BuildRoad
  readonly go: GoBuild | undefined
  readonly dockerfile: DockerfileBuild | undefined
  /** For the road `command`. */
  readonly command: UserCommand | undefined
  /** That the command writes, absolute; nothing where it pushes the image, or leaves it to the engine. */
  readonly archive?: string | undefined
  /** Run before any of these. */
  readonly prepare: UserCommand | undefined
  /** Lines of a Dockerfile that Tilt adds to its own: to a stage `tilt-helper`, and to the image. */
  readonly additional?: { readonly helper: string; readonly image: string } | undefined
}

export const buildRoads = ['go', 'dockerfile', 'command'] as const
export type BuildRoad = (typeof buildRoads)[number]

/** How its manager is compiled by the host's Go and becomes an image. */
export interface GoBuild {
  /** Absolute path of the folder with go.mod. */
  readonly moduleDir: string
  /** Package of the main function, from `moduleDir`: `./bootstrap/kubeadm`. */
  readonly package: string
  readonly tags: readonly string[]
  /** Contents of `-ldflags`. */
  readonly ldflags: readonly string[]
}

/** How the same image is built from a Dockerfile. Absolute paths. */
export interface DockerfileBuild {
  readonly file: string
  readonly context: string
  readonly target?: string | undefined
  /** Before those that hold for all. */
  readonly args?: Readonly<Record<string, string>> | undefined
}

/** Value of the label `cluster.x-k8s.io/provider`; clusterctl's rule: core providers have no prefix. */
export const labelOf = (type: ProviderType, providerName: string): string => (type === 'core' ? providerName : `${type}-${providerName}`)
