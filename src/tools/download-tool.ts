/** One tool from its publisher into the cache: published checksum, download, comparison, unpacking. Nothing unverified is ever unpacked or kept. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import semver from 'semver'
import { download } from '../host/download.ts'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { HttpOptions } from '../host/http.ts'
import { HttpFailure } from '../host/http-failure.ts'
import type { Work } from '../host/work.ts'
import { writing } from '../host/writing.ts'
import { keepInCache, type ToolCache } from './cache.ts'
import { catalogue, type ToolName } from './catalogue.ts'
import { type Asset, publishedChecksum, unpublished } from './checksum.ts'
import { isExecutable } from './on-path.ts'
import type { Platform } from './platform.ts'
import { versionsFor } from './published-versions.ts'
import { nearest } from './version.ts'

export interface Order {
  readonly name: ToolName
  /** `v1.2.3` */
  readonly version: string
  readonly platform: Platform
  readonly cache: ToolCache
  /** Folder for files on their way. Default: the system's. */
  readonly scratch?: string | undefined
}

/**
 * Downloads a tool and returns the path of its binary in the cache.
 * @throws Failure when the version does not exist, cannot be downloaded, or its checksum is missing or does not match.
 */
export async function downloadTool(order: Order, work: Work, connection: HttpOptions): Promise<string> {
  const { name, version, platform } = order
  const entry = catalogue[name]
  const asset: Asset = { subject: `${name} ${version}`, version, url: entry.asset(version, platform) }
  const http = { ...connection, subject: asset.subject }
  const sha256 = await checksumOf(asset, order, work, http)
  return inScratch(order.scratch || tmpdir(), async folder => {
    const file = join(folder, basename(asset.url))
    await download(asset.url, file, work, { ...http, sha256 })
    const binary = entry.member === undefined ? file : await unpack(file, entry.member(platform), asset, work)
    return keepInCache(order.cache, name, version, binary)
  })
}

async function inScratch<T>(root: string, act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await writing(root, () => mkdtemp(join(root, 'capi-actions-')))
  try {
    return await act(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Unpacks a tar.gz where it lies and returns the path of its `member`. */
async function unpack(archive: string, member: string, asset: Asset, work: Work): Promise<string> {
  const folder = `${archive}.unpacked`
  await writing(folder, () => mkdir(folder))
  await exec('tar', ['-xzf', archive, '-C', folder], work, { remedy: `put ${asset.subject} on PATH yourself` })
  const binary = join(folder, member)
  if (await isExecutable(binary)) return binary
  throw new Failure({
    what: `${asset.subject}: ${basename(archive)} holds no executable ${member}`,
    remedy: `put ${asset.subject} on PATH yourself`,
    where: asset.url,
  })
}

/** The published checksum. A 404 means that there is no such version, or no checksum of it: the list of versions tells which. */
async function checksumOf(asset: Asset, { name }: Order, work: Work, http: HttpOptions): Promise<string> {
  try {
    return await publishedChecksum(asset, catalogue[name].checksum, work, http)
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.status !== 404) throw error
    const versions = await versionsToCompare(name, asset, work, http)
    const near = nearest(asset.version, versions)
    if (near === undefined) throw error
    const why = `${error.address}: ${error.why}`
    if (versions.includes(asset.version)) throw unpublished(asset, why, error)
    throw new Failure({ what: `${asset.subject} does not exist`, why, remedy: `use ${near}, the nearest version`, cause: error })
  }
}

/** Empty for a prerelease, which no list has, and where the list cannot be had: the 404 is what failed. */
async function versionsToCompare(name: ToolName, asset: Asset, work: Work, http: HttpOptions): Promise<string[]> {
  if (semver.prerelease(asset.version) !== null) return []
  try {
    return await versionsFor(catalogue[name].versions, asset.version, work, { ...http, attempts: 1 })
  } catch (error) {
    work.signal.throwIfAborted()
    work.log(`${name}: the list of versions could not be had, ${messageOf(error)}`)
    return []
  }
}
