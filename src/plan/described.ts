/** The providers that are built, as the metadata.yaml of each describes them. */
import { join, relative } from 'node:path'
import semver from 'semver'
import { releaseSeriesIn } from '../manifests/release-series.ts'
import type { Described } from '../providers/contract.ts'
import { filesIn } from '../providers/files.ts'
import { metadataOf } from '../providers/metadata-of.ts'
import type { Provider } from '../providers/provider.ts'

/**
 * What is built is of the series that its version says, announced or not; one that is not has the contract of the newest. Undefined where there is no metadata.yaml:
 * what is no provider to clusterctl needs none.
 */
export function describeBuilt({ name, context, repository, version }: Provider): Described | undefined {
  const files = filesIn(repository)
  const path = metadataOf(files, relative(repository, context) || '.')
  if (path === undefined) return undefined
  const file = join(repository, path)
  const series = releaseSeriesIn(files.read(path) ?? '', file)
  const { major, minor } = new semver.SemVer(version)
  const isAnnounced = series.some(one => one.major === major && one.minor === minor)
  const own = { major, minor, contract: series[0]?.contract, where: file }
  return { name, version, series: isAnnounced ? series : [own, ...series], file }
}
