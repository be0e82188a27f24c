/** The providers that are built, as the metadata.yaml of each describes them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import semver from 'semver'
import { releaseSeriesIn } from '../manifests/release-series.ts'
import type { Described } from '../providers/contract.ts'
import type { Provider } from '../providers/provider.ts'

/**
 * What is built is of the series that its version says, announced or not; one that is not has the contract of the newest. Undefined where there is no metadata.yaml:
 * what is no provider to clusterctl needs none.
 */
export async function describeBuilt({ name, context, repository, version }: Provider): Promise<Described | undefined> {
  const files = [...new Set([context, repository])].map(folder => join(folder, 'metadata.yaml'))
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const series = releaseSeriesIn(text, file)
    const { major, minor } = new semver.SemVer(version)
    const isAnnounced = series.some(one => one.major === major && one.minor === minor)
    const own = { major, minor, contract: series[0]?.contract, where: file }
    return { name, version, series: isAnnounced ? series : [own, ...series], file }
  }
  return undefined
}
