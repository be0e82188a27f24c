/** Which version of Cluster API a checkout is, and what follows from it. */
import semver from 'semver'

export interface VersionEvidence {
  /** The setting `capi-version`. */
  readonly said: string | undefined
  /** Output of `git describe --tags`, where there is git and a tag. */
  readonly described: string | undefined
  /** `releaseSeries` of `metadata.yaml`. */
  readonly series: readonly { readonly major: number; readonly minor: number }[]
}

export interface CapiVersion {
  /** With `v` in front: `v1.13.4`, `v1.13.4+12.g0a1b2c3`. */
  readonly name: string
  /** True where exactly this version was released, or somebody says so. */
  readonly released: boolean
}

/**
 * What was said, else what git describes, else the newest release series; undefined where nothing tells.
 * A checkout 12 commits after v1.13.4 is `v1.13.4+12.g0a1b2c3`: clusterctl takes it for v1.13.4, and people see that it is more. On main, `git describe`
 * finds a tag of an older series than `metadata.yaml` announces: then the series counts.
 */
export function capiVersion({ said, described, series }: VersionEvidence): CapiVersion | undefined {
  if (said !== undefined) return { name: said, released: true }
  const newest = series.toSorted((a, b) => b.major - a.major || b.minor - a.minor)[0]
  const announced = newest && { name: `v${newest.major}.${newest.minor}.0`, released: false }
  const tagged = described === undefined ? undefined : fromDescribe(described.trim())
  if (tagged === undefined || announced === undefined) return tagged ?? announced
  return seriesOf(announced) > seriesOf(tagged) ? announced : tagged
}

const seriesOf = ({ name }: CapiVersion): number => semver.major(name) * 1000 + semver.minor(name)

function fromDescribe(described: string): CapiVersion | undefined {
  const [, tag = described, commits, commit] = /^(v.+)-(\d+)-g([0-9a-f]+)$/.exec(described) ?? []
  if (semver.valid(tag) === null) return undefined
  return commits === undefined ? { name: tag, released: true } : { name: `${tag}+${commits}.g${commit}`, released: false }
}

/** The clusterctl that goes with a checkout: its own release, the newest patch of a released series, or the newest there is. */
export function clusterctlFor({ name, released }: CapiVersion): string {
  if (released) return name
  // A series that metadata.yaml announces (vX.Y.0), or that has pre-releases alone, may have no release yet.
  const { major, minor, patch, prerelease } = semver.parse(name) ?? { major: 0, minor: 0, patch: 0, prerelease: [] }
  return patch > 0 && prerelease.length === 0 ? `${major}.${minor}.x` : 'latest'
}

/** Linker flags that make managers report `version`, as Cluster API's own builds do (hack/version.sh). */
export function versionFlags(version: string): readonly string[] {
  const values = { gitVersion: version, gitMajor: String(semver.major(version)), gitMinor: String(semver.minor(version)) }
  return Object.entries(values).map(([name, value]) => `-X sigs.k8s.io/cluster-api/version.${name}=${value}`)
}
