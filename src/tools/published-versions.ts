/** Which versions upstream has published. Prereleases and drafts are left out. */
import semver from 'semver'
import { Failure } from '../host/failure.ts'
import { fetchJson, fetchText, type HttpOptions } from '../host/http.ts'
import type { Work } from '../host/work.ts'
import type { VersionSource } from './catalogue.ts'

type Ask = (url: string) => Promise<string>

/** The highest version. */
export async function newestVersion(source: VersionSource, work: Work, http: HttpOptions): Promise<string> {
  if (source.at === 'dl.k8s.io') return namedVersion('https://dl.k8s.io/release/stable.txt', work, http)
  if (source.at === 'get.helm.sh') return namedVersion('https://get.helm.sh/helm-latest-version', work, http)
  // Releases come newest first and lines are kept up in parallel, so the first page with versions has the highest one.
  for await (const page of releasePages(source.repository, source.prefix, work, http)) {
    const highest = semver.maxSatisfying(page, '*')
    if (highest !== null) return highest
  }
  throw new Failure({ what: `github.com/${source.repository} has no release whose tag begins with ${source.prefix}` })
}

/** Every version that can be the highest of `range`, and at least one other if there is none. */
export async function versionsFor(source: VersionSource, range: string, work: Work, http: HttpOptions): Promise<string[]> {
  const ask: Ask = url => namedVersion(url, work, http)
  if (source.at === 'dl.k8s.io') return kubernetesVersions(range, ask)
  const shortcut = source.at === 'get.helm.sh' ? await highestOfMajors(range, ask) : []
  if (satisfying(shortcut, range)) return shortcut
  const pages = releasePages(source.repository, source.at === 'github' ? source.prefix : 'v', work, http)
  return (await Array.fromAsync(pages)).flat()
}

const satisfying = (versions: readonly string[], range: string): boolean => semver.maxSatisfying(versions, range) !== null

/** From the newest minor down to the first that has a version in the range. A minor's patches are all those up to its newest. */
async function kubernetesVersions(range: string, ask: Ask): Promise<string[]> {
  const newest = await ask('https://dl.k8s.io/release/stable.txt')
  const versions = [newest]
  for (let minor = semver.minor(newest); minor >= 0 && !satisfying(versions, range); minor--) {
    if (!semver.intersects(`1.${minor}.x`, range)) continue
    const { patch } = new semver.SemVer(await ask(`https://dl.k8s.io/release/stable-1.${minor}.txt`))
    versions.push(...Array.from({ length: patch + 1 }, (_, below) => `v1.${minor}.${patch - below}`))
  }
  return versions
}

/** From the newest helm down to the first major (there are files for 3 and later) whose newest version is in the range. */
async function highestOfMajors(range: string, ask: Ask): Promise<string[]> {
  const newest = await ask('https://get.helm.sh/helm-latest-version')
  const versions = [newest]
  for (let major = semver.major(newest) - 1; major >= 3 && !satisfying(versions, range); major--) {
    if (semver.intersects(`${major}.x`, range)) versions.push(await ask(`https://get.helm.sh/helm${major}-latest-version`))
  }
  return versions
}

/** The version that the file at `url` consists of. */
async function namedVersion(url: string, work: Work, http: HttpOptions): Promise<string> {
  const text = (await fetchText(url, work, http)).trim()
  if (semver.valid(text) !== null) return text
  throw new Failure({ what: `${url} does not hold a version`, why: `it begins with ${JSON.stringify(text.slice(0, 60))}` })
}

const PER_PAGE = 100
/** GitHub lists 10,000 releases at most; none of the tools has a tenth of that. */
const MOST_PAGES = 20

async function* releasePages(repository: string, prefix: string, work: Work, http: HttpOptions): AsyncGenerator<string[]> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const url = `https://api.github.com/repos/${repository}/releases?per_page=${PER_PAGE}&page=${page}`
    const releases = await fetchJson(url, work, http)
    if (!Array.isArray(releases)) throw new Failure({ what: `${url} does not hold a list of releases` })
    yield releases.flatMap(release => versionOf(release, prefix) ?? [])
    if (releases.length < PER_PAGE) return
  }
}

function versionOf(release: unknown, prefix: string): string | undefined {
  if (typeof release !== 'object' || release === null || !('tag_name' in release) || typeof release.tag_name !== 'string') return undefined
  if (('draft' in release && release.draft === true) || ('prerelease' in release && release.prerelease === true)) return undefined
  if (!release.tag_name.startsWith(prefix)) return undefined
  const version = semver.parse(release.tag_name.slice(prefix.length))
  return version === null || version.prerelease.length > 0 ? undefined : `v${version.version}`
}
