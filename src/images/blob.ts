/** Content that is known by its digest: where it comes from, how long it is, how to read it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'

export interface Blob {
  /** `sha256:…` */
  readonly digest: string
  /** Bytes. */
  readonly size: number
  /** May be called more than once. */
  readonly open: () => Readable
}

export const sha256 = (content: Buffer | string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** Digest and length of a stream, which is read to its end. */
export async function measure(stream: AsyncIterable<Buffer>): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const part of stream) {
    hash.update(part)
    size += part.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

export const bufferBlob = (content: Buffer): Blob => ({
  digest: sha256(content),
  size: content.length,
  open: () => Readable.from([content]),
})

export const openFile = (path: string): Readable => createReadStream(path, { highWaterMark: 1024 * 1024 })
