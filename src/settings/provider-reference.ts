/** How settings name a provider: `docker`, or a release of it by a version in words: `aws:v2.13.0`, `aws:v2.13`, `aws:latest`. Pure. */

export type ReleaseVersion =
  | { readonly is: 'exact'; readonly version: string }
  /** The newest patch of a series; `range` as npm writes it. */
  | { readonly is: 'newest of'; readonly series: string; readonly range: string }
  | { readonly is: 'latest' }

/** `go.mod` is the release that the repository was written for. */
export type SaidVersion = ReleaseVersion | { readonly is: 'go.mod' }

export interface ProviderReference {
  readonly name: string
  /** Nothing where the name stands alone. */
  readonly version: SaidVersion | undefined
}

/** Name, as tilt-provider files may have it, and after a colon `latest`, `go.mod`, `v1`, `v1.13` or a whole version. */
export const PROVIDER_REFERENCE = /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?(:(latest|go\.mod|v?\d+(\.\d+){0,2}|v?\d+\.\d+\.\d+[-+][\w.+-]+))?$/

/** As clusterctl labels a provider's objects (api/core/v1beta2, ManifestLabel); the core provider alone has no prefix. */
export const PROVIDER_LABEL =
  /^(cluster-api|(bootstrap|control-plane|infrastructure|ipam|addon|runtime-extension)-[a-z0-9]([a-z0-9-]*[a-z0-9])?)$/

/** As `providers` in clusterctl.yaml has it (cmd/clusterctl/client/repository): a GitHub release, or a local repository. */
export const PROVIDER_URL =
  /^(https:\/\/github\.com\/(?<repository>[\w.-]+\/[\w.-]+)\/releases|file:\/\/(?<folder>\/\S+))\/(?<version>latest|v\d[\w.+-]*)\/(?<components>[\w.-]+)$/

/** A folder instead of a name: all the providers that it has. */
export const isPath = (said: string): boolean => /^(\.{1,2}(\/|$)|\/)/.test(said)

export function readReference(said: string): ProviderReference {
  const [name = '', version] = said.split(':')
  if (version === 'go.mod') return { name, version: { is: 'go.mod' } }
  return { name, version: version === undefined ? undefined : readReleaseVersion(version) }
}

export function readReleaseVersion(said: string): ReleaseVersion {
  if (said === 'latest') return { is: 'latest' }
  const number = said.replace(/^v/, '')
  if (/^\d+(\.\d+)?$/.test(number)) return { is: 'newest of', series: `v${number}`, range: `${number}.x` }
  return { is: 'exact', version: `v${number}` }
}

/** As the user could have written it. */
export const sayVersion = (wanted: SaidVersion): string =>
  wanted.is === 'exact' ? wanted.version : wanted.is === 'newest of' ? wanted.series : wanted.is

/** The names without versions. */
export const providerNames = (providers: readonly string[]): readonly string[] =>
  providers.filter(said => !isPath(said)).map(said => readReference(said).name)

/** In the place of providers: a management cluster without any, for other things. */
const NONE = 'none'

export const isNone = (providers: readonly string[]): boolean => providers.length === 1 && providers[0] === NONE

/** `none` says that there are no others. */
export const standsAlone = (providers: readonly string[]): boolean => !providers.includes(NONE) || isNone(providers)
