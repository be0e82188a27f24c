/** The providers of the repository, as their metadata.yaml describes them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import semver from 'semver'
import { releaseSeriesIn } from '../manifests/release-series.ts'
import type { Described } from '../providers/contract.ts'
import type { Repository } from '../providers/repository.ts'

/** What is built is of the series that its version says, announced or not; one that is not has the contract of the newest. */
export async function describeBuilt(name: string, { root, version }: Repository): Promise<Described> {
  const file = join(root, 'metadata.yaml')
  const series = releaseSeriesIn(await readFile(file, 'utf8').catch(() => ''), file)
  const { major, minor } = new semver.SemVer(version)
  const isAnnounced = series.some(one => one.major === major && one.minor === minor)
  const own = { major, minor, contract: series[0]?.contract, where: file }
  return { name, version, series: isAnnounced ? series : [own, ...series], file }
}
