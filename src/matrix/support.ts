/**
 * Facts about releases: which Kubernetes versions each minor of Cluster API supports as management cluster, and which provider contracts it works with.
 * The one table of its kind; whoever adds a minor adds it here.
 *
 * Kubernetes: CAPI book, docs/book/src/reference/versions.md, "Core provider", as in v1.7.9, v1.10.10, v1.11.11 and v1.14.2; `✓ (only workload)` is no
 * management cluster. Release notes of patches say otherwise here and there (v1.10: from v1.28 on; v1.12.9: up to v1.35); the book counts.
 * Contracts: the same page, "Cluster API release vs contract versions": v1beta2 since v1.11, with v1beta1 temporarily, until v1.16.
 * Newest patches: tags of the repository and release notes, autumn 2026.
 */
import semver from 'semver'

export interface Series {
  /** The newest patch when this table was written. */
  readonly newest: string
  /** Contracts of providers that it works with, its own first. */
  readonly contracts: readonly string[]
  /** Kubernetes minors of management clusters, each with the first patch of this series that supports it. */
  readonly kubernetes: Readonly<Record<string, number>>
}

const v1beta1 = ['v1beta1']
const v1beta2 = ['v1beta2', 'v1beta1']

/** Minors of Cluster API, oldest first. */
export const clusterApi: Readonly<Record<string, Series>> = {
  'v1.7': { newest: 'v1.7.9', contracts: v1beta1, kubernetes: { 'v1.26': 0, 'v1.27': 0, 'v1.28': 0, 'v1.29': 0, 'v1.30': 1 } },
  'v1.8': { newest: 'v1.8.12', contracts: v1beta1, kubernetes: { 'v1.27': 0, 'v1.28': 0, 'v1.29': 0, 'v1.30': 0, 'v1.31': 1 } },
  'v1.9': { newest: 'v1.9.11', contracts: v1beta1, kubernetes: { 'v1.28': 0, 'v1.29': 0, 'v1.30': 0, 'v1.31': 0, 'v1.32': 1 } },
  'v1.10': { newest: 'v1.10.10', contracts: v1beta1, kubernetes: { 'v1.29': 0, 'v1.30': 0, 'v1.31': 0, 'v1.32': 0, 'v1.33': 1 } },
  'v1.11': { newest: 'v1.11.11', contracts: v1beta2, kubernetes: { 'v1.30': 0, 'v1.31': 0, 'v1.32': 0, 'v1.33': 0, 'v1.34': 1 } },
  'v1.12': {
    newest: 'v1.12.11',
    contracts: v1beta2,
    kubernetes: { 'v1.31': 0, 'v1.32': 0, 'v1.33': 0, 'v1.34': 0, 'v1.35': 1, 'v1.36': 8 },
  },
  'v1.13': {
    newest: 'v1.13.6',
    contracts: v1beta2,
    kubernetes: { 'v1.32': 0, 'v1.33': 0, 'v1.34': 0, 'v1.35': 0, 'v1.36': 1, 'v1.37': 6 },
  },
  'v1.14': { newest: 'v1.14.3', contracts: v1beta2, kubernetes: { 'v1.33': 0, 'v1.34': 0, 'v1.35': 0, 'v1.36': 0, 'v1.37': 1 } },
}

/**
 * The newest patch of each Kubernetes minor for which kind has published a node image, oldest first: another one could not be started by default.
 * Source: Cluster API's own list of them, test/infrastructure/kind/mapper.go of v1.14.2, which ends with those of kind v0.33.
 */
export const kubernetes: Readonly<Record<string, string>> = {
  'v1.26': 'v1.26.15',
  'v1.27': 'v1.27.17',
  'v1.28': 'v1.28.15',
  'v1.29': 'v1.29.14',
  'v1.30': 'v1.30.13',
  'v1.31': 'v1.31.14',
  'v1.32': 'v1.32.11',
  'v1.33': 'v1.33.12',
  'v1.34': 'v1.34.11',
  'v1.35': 'v1.35.8',
  'v1.36': 'v1.36.4',
  'v1.37': 'v1.37.0',
}

export const isMinor = (version: string): boolean => /^v\d+\.\d+$/.test(version)

/** `v1.13` of `v1.13.4`, `v1.13.0-rc.1` and `v1.13`. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.')

/** A minor becomes its newest patch, where the table knows one; anything else stays as it is. */
export const newestCapi = (version: string): string => (isMinor(version) ? (clusterApi[version]?.newest ?? version) : version)
export const newestKubernetes = (version: string): string => kubernetes[version] ?? version

/** Kubernetes minors of management clusters for this version of Cluster API, oldest first. */
export function supportedKubernetes(capi: string): readonly string[] {
  const patch = semver.parse(capi)?.patch ?? Number.POSITIVE_INFINITY
  const minors = Object.entries(clusterApi[minorOf(capi)]?.kubernetes ?? {})
  return minors.filter(([, since]) => since <= patch).map(([minor]) => minor)
}

/** Minors of Cluster API that work with providers of this contract, oldest first. */
export const seriesServing = (contract: string): readonly string[] =>
  Object.keys(clusterApi).filter(minor => clusterApi[minor]?.contracts.includes(contract))

/** `v1.11 to v1.14`, for minors in a row. */
export const span = (minors: readonly string[]): string => (minors.length > 1 ? `${minors[0]} to ${minors.at(-1)}` : (minors[0] ?? 'none'))
