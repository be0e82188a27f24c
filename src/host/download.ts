/** Downloads to a file: hashed on the way, verified before it gets its name, never half there. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Failure } from './failure.ts'
import { type HttpOptions, request } from './http.ts'
import { about } from './http-failure.ts'
import { systemClock } from './retry.ts'
import type { Work } from './work.ts'
import { writing } from './writing.ts'

export interface DownloadOptions extends HttpOptions {
  /** What the file's SHA-256 must be, in hex. Without it the caller must verify. */
  readonly sha256?: string
}

export interface Download {
  /** The URL that was asked for, at the mirror if there is one. */
  readonly address: string
  /** Lower-case hex. */
  readonly sha256: string
  readonly bytes: number
}

/**
 * Downloads `url` to `path`, whose folder is made. The file appears whole and verified, or not at all.
 * @throws HttpFailure when no attempt succeeds; Failure when the checksum does not match or the file cannot be written.
 */
export async function download(url: string, path: string, work: Work, options: DownloadOptions = {}): Promise<Download> {
  const partial = `${path}.${randomUUID()}.partial`
  // Encoded bodies would be decoded by fetch: the hash is published for the bytes as they are stored.
  const headers = { ...options.headers, 'accept-encoding': 'identity' }
  await writing(dirname(path), () => mkdir(dirname(path), { recursive: true }))
  try {
    const got = await request(url, work, { ...options, headers }, (response, alive, address) => {
      const told = progress(basename(path), Number(response.headers.get('content-length') ?? Number.NaN), work, options)
      return save(response, partial, address, bytes => {
        alive()
        told(bytes)
      })
    })
    if (options.sha256 !== undefined && got.sha256 !== options.sha256.toLowerCase()) throw mismatch(got, options.sha256, options)
    await writing(dirname(path), () => rename(partial, path))
    return got
  } finally {
    await rm(partial, { force: true })
  }
}

async function save(response: Response, partial: string, address: string, came: (bytes: number) => void): Promise<Download> {
  const hash = createHash('sha256')
  let bytes = 0
  const file = await writing(dirname(partial), () => open(partial, 'w'))
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      came(bytes)
      hash.update(chunk)
      await writing(dirname(partial), () => file.writeFile(chunk))
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    const length = response.headers.get('content-length')
    throw new Error(`the connection broke after ${bytes} ${length === null ? 'bytes' : `of ${length} bytes`}`, { cause: error })
  } finally {
    await file.close()
  }
  return { address, sha256: hash.digest('hex'), bytes }
}

const mismatch = (got: Download, published: string, options: DownloadOptions): Failure =>
  new Failure({
    what: about(options.subject, `checksum of ${got.address} does not match`),
    why: `published sha256 ${published}, downloaded ${got.sha256} (${got.bytes} bytes)`,
    remedy: 'do not use this file: find out who changed it, the publisher, a mirror or a proxy on the way',
  })

/** Tells how far the download is, twice a second at most. */
function progress(name: string, length: number, work: Work, options: DownloadOptions): (bytes: number) => void {
  const { now } = options.clock ?? systemClock
  let told = now()
  return bytes => {
    if (now() - told < 500) return
    told = now()
    work.waiting(Number.isNaN(length) ? `${megabytes(bytes)} MB of ${name}` : `${megabytes(bytes)} of ${megabytes(length)} MB of ${name}`)
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
