/**
 * Releases of providers: which versions there are, and their files, verified and kept in the cache. A file that GitHub has no digest of is refused; files of a
 * folder are the user's own and taken as they are.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import semver from 'semver'
import { download } from '../host/download.ts'
import { Failure, messageOf } from '../host/failure.ts'
import { fetchJson, type HttpOptions } from '../host/http.ts'
import { HttpFailure } from '../host/http-failure.ts'
import type { Work } from '../host/work.ts'
import { writing } from '../host/writing.ts'
import { type ReleaseVersion, sayVersion } from '../settings/provider-reference.ts'
import { readDigest } from '../tools/checksum.ts'
import { newestVersion, versionsFor } from '../tools/published-versions.ts'
import { nearest } from '../tools/version.ts'
import type { Origin } from './catalogue.ts'

/** A provider, as far as its releases go. */
export interface Publisher {
  readonly name: string
  readonly origin: Origin
}

export interface ReleaseFile {
  /** Where it lies on this machine, for errors too. */
  readonly file: string
  readonly text: string
  /** Whether it was here already. */
  readonly kept: boolean
}

export interface Releases {
  /**
   * The exact version that is meant.
   * @throws Failure when there is none, with the nearest; HttpFailure when nobody answers.
   */
  version(publisher: Publisher, wanted: ReleaseVersion, work: Work): Promise<string>
  /**
   * A file of a release; nothing where the release has no such file.
   * @throws Failure when the release is not there, or the file can't be verified; HttpFailure when it can't be had.
   */
  file(publisher: Publisher, version: string, name: string, work: Work): Promise<ReleaseFile | undefined>
  /** The names of all files of a release. */
  names(publisher: Publisher, version: string, work: Work): Promise<readonly string[]>
}

export interface ReleasesOptions {
  readonly cacheDir: string
  readonly http: Pick<HttpOptions, 'mirrors' | 'token' | 'clock'>
}

type Options = HttpOptions & { readonly subject: string }

/** Providers of one repository share its releases: GitHub is asked once for each, and each file downloaded once. */
export function releases({ cacheDir, http }: ReleasesOptions): Releases {
  const versions = new Map<string, Promise<string>>()
  const asked = new Map<string, Promise<unknown>>()
  const files = new Map<string, Promise<ReleaseFile | undefined>>()
  const once = <T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const found = known.get(key) ?? make()
    known.set(key, found)
    return found
  }
  const home = (repository: string, version: string) => join(cacheDir, 'providers', repository, version)
  const published = (repository: string, version: string, options: Options, work: Work) =>
    once(asked, `${repository} ${version}`, async () => {
      const release = await listed(repository, version, work, options)
      await keep(join(home(repository, version), LISTING), JSON.stringify(release))
      return release
    })
  const keptListing = async (repository: string, version: string): Promise<unknown> => {
    const kept = await textOf(join(home(repository, version), LISTING))
    return kept === undefined ? undefined : JSON.parse(kept)
  }
  const digestOf = async (asset: string, repository: string, version: string, options: Options, work: Work) =>
    // Files may come to a release later than its listing was kept.
    readDigest(await keptListing(repository, version), asset) ?? readDigest(await published(repository, version, options, work), asset)
  const fromGitHub = async (name: string, repository: string, version: string, asset: string, work: Work) => {
    const file = join(home(repository, version), asset)
    const kept = await textOf(file)
    if (kept !== undefined) return { file, text: kept, kept: true }
    const options = { ...http, subject: `provider ${name} ${version}` }
    const digest = await digestOf(asset, repository, version, options, work)
    if (digest === undefined) return undefined
    const [, sha256] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? []
    if (sha256 === undefined) throw withoutDigest(options.subject, asset)
    await download(`https://github.com/${repository}/releases/download/${version}/${asset}`, file, work, { ...options, sha256 })
    return { file, text: await readFile(file, 'utf8'), kept: false }
  }
  return {
    version: ({ name, origin }, wanted, work) =>
      origin.at === 'folder'
        ? versionInFolder(name, origin.folder, wanted)
        : once(versions, `${origin.repository} ${sayVersion(wanted)}`, () =>
            versionOnGitHub(origin.repository, wanted, work, { ...http, subject: `provider ${name} ${sayVersion(wanted)}` }),
          ),
    async file({ name, origin }, version, asset, work) {
      if (origin.at === 'github')
        return once(files, `${origin.repository} ${version} ${asset}`, () => fromGitHub(name, origin.repository, version, asset, work))
      const file = join(origin.folder, version, asset)
      const text = await textOf(file)
      return text === undefined ? undefined : { file, text, kept: true }
    },
    async names({ name, origin }, version, work) {
      if (origin.at === 'folder') return readdir(join(origin.folder, version))
      const { repository } = origin
      const options = { ...http, subject: `provider ${name} ${version}` }
      return namesIn((await keptListing(repository, version)) ?? (await published(repository, version, options, work)))
    },
  }
}

/** GitHub's answer for a release, beside its files. */
const LISTING = '.release.json'

/** Whole or not at all. */
async function keep(file: string, text: string): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`
  await writing(dirname(file), async () => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(partial, text)
    await rename(partial, file)
  })
}

function namesIn(release: unknown): readonly string[] {
  const assets =
    typeof release === 'object' && release !== null && 'assets' in release && Array.isArray(release.assets) ? release.assets : []
  return assets.flatMap((asset: unknown) =>
    typeof asset === 'object' && asset !== null && 'name' in asset && typeof asset.name === 'string' ? [asset.name] : [],
  )
}

const textOf = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Failure({ what: `${file} can't be read`, why: messageOf(error), cause: error })
  })

/** GitHub's answer for a release, with the names and digests of its assets. */
async function listed(repository: string, version: string, work: Work, options: Options): Promise<unknown> {
  try {
    return await fetchJson(`https://api.github.com/repos/${repository}/releases/tags/${version}`, work, options)
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.status !== 404) throw error
    const published = await versionsFor(sourceOf(repository), '*', work, options)
    throw published.length === 0 ? error : notPublished(options.subject, `github.com/${repository}`, version, published, error)
  }
}

const sourceOf = (repository: string) => ({ at: 'github', repository, prefix: 'v' }) as const

async function versionOnGitHub(repository: string, wanted: ReleaseVersion, work: Work, options: Options): Promise<string> {
  if (wanted.is === 'exact') return wanted.version
  if (wanted.is === 'latest') return newestVersion(sourceOf(repository), work, options)
  const published = await versionsFor(sourceOf(repository), wanted.range, work, options)
  return newestOf(options.subject, `github.com/${repository}`, wanted, published)
}

async function versionInFolder(name: string, folder: string, wanted: ReleaseVersion): Promise<string> {
  const entries = await readdir(folder).catch((error: unknown) => {
    throw new Failure({
      what: `the releases of provider ${name} can't be read`,
      why: messageOf(error),
      remedy: 'lay them out as <folder>/<label>/<version>/<file>, as clusterctl takes a local repository',
      where: folder,
      cause: error,
    })
  })
  const published = entries.filter(entry => semver.valid(entry) !== null)
  if (wanted.is !== 'exact') return newestOf(`provider ${name} ${sayVersion(wanted)}`, folder, wanted, published)
  if (published.includes(wanted.version)) return wanted.version
  throw notPublished(`provider ${name} ${wanted.version}`, folder, wanted.version, published)
}

function newestOf(subject: string, place: string, wanted: ReleaseVersion, published: readonly string[]): string {
  const range = wanted.is === 'newest of' ? wanted.range : '*'
  const highest = semver.maxSatisfying(published, range)
  if (highest !== null) return highest
  throw notPublished(subject, place, semver.minVersion(range)?.version ?? '0.0.0', published)
}

/** How many versions an error names. */
const SHOWN = 5

function notPublished(subject: string, place: string, version: string, published: readonly string[], cause?: unknown): Failure {
  const newest = semver.rsort([...published])
  const near = nearest(version, published)
  return new Failure({
    what: `${subject} is not published`,
    why:
      newest.length === 0
        ? `${place} has no releases`
        : `${place} has ${newest.slice(0, SHOWN).join(', ')}${newest.length > SHOWN ? ', …' : ''}`,
    remedy: near === undefined ? undefined : `use ${near}, the nearest version`,
    cause,
  })
}

const withoutDigest = (subject: string, asset: string): Failure =>
  new Failure({
    what: `${subject}: no checksum is published for ${asset}`,
    why: 'GitHub has a SHA-256 digest only of release assets that were uploaded since June 2025',
    remedy: 'use a newer version, or download this one, look at it, and name its folder in provider-urls (file:///…)',
  })
