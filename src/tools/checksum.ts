/** The SHA-256 that upstream publishes for an asset. Where there is none, the asset is refused. */
import { basename } from 'node:path/posix'
import { Failure } from '../host/failure.ts'
import { fetchJson, fetchText, type HttpOptions } from '../host/http.ts'
import type { Work } from '../host/work.ts'
import type { ChecksumSource } from './catalogue.ts'

/** One file of one version of a tool. */
export interface Asset {
  /** `kind v0.32.0`, for the texts of errors. */
  readonly subject: string
  readonly version: string
  readonly url: string
}

/**
 * The published SHA-256 of `asset`, in lower-case hex.
 * @throws HttpFailure when it cannot be fetched; Failure when none is published for this asset.
 */
export async function publishedChecksum(asset: Asset, source: ChecksumSource, work: Work, http: HttpOptions): Promise<string> {
  const file = basename(asset.url)
  if (source.in === 'file') {
    const url = source.url(asset.url)
    const checksum = readChecksum(await fetchText(url, work, http), file)
    if (checksum !== undefined) return checksum
    throw unpublished(asset, `${url} has no SHA-256 for it`)
  }
  const url = `https://api.github.com/repos/${source.repository}/releases/tags/${asset.version}`
  const digest = readDigest(await fetchJson(url, work, http), file)
  if (digest === undefined) throw unpublished(asset, `${url} does not list it`)
  const checksum = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
  if (checksum !== undefined) return checksum
  throw unpublished(asset, 'GitHub has a SHA-256 digest only of release assets that were uploaded since June 2025')
}

export const unpublished = ({ subject, url }: Asset, why: string, cause?: unknown): Failure =>
  new Failure({
    what: `${subject}: no checksum is published for ${basename(url)}`,
    why,
    remedy: `use a version that has one, or put ${subject} on PATH yourself`,
    cause,
  })

/** Reads sha256sum's format (`HASH  NAME`, `HASH *NAME`) and a file that is one bare hash; undefined if there is none for `file`. */
export function readChecksum(text: string, file: string): string | undefined {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  for (const line of lines) {
    const [, hash, name] = /^([0-9a-fA-F]{64})(?:\s+\*?(\S.*?))?\s*$/.exec(line) ?? []
    if (hash === undefined) continue
    if (name === undefined ? lines.length === 1 : basename(name) === file) return hash.toLowerCase()
  }
  return undefined
}

/** The digest of asset `file` in a release of GitHub's API: `sha256:…`, '' if GitHub has none; undefined if there is no such asset. */
export function readDigest(release: unknown, file: string): string | undefined {
  if (typeof release !== 'object' || release === null || !('assets' in release) || !Array.isArray(release.assets)) return undefined
  const asset: unknown = release.assets.find(candidate => candidate?.name === file)
  if (typeof asset !== 'object' || asset === null) return undefined
  return 'digest' in asset && typeof asset.digest === 'string' ? asset.digest : ''
}
