/** An image layer with one executable, made from a file while it is read. Not compressed: the registry and the nodes are on this machine. */
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { type Blob, measure, openFile } from './blob.ts'
import { tarHeader, tarTrailer } from './tar.ts'

/** The layer that has `file` at `path` (as in an image, `/manager`) with mode 0755. */
export async function executableLayer(file: string, path: string): Promise<Blob> {
  const { size } = await stat(file)
  const open = () => Readable.from(archive(file, path.replace(/^\/+/, ''), size), { objectMode: false, highWaterMark: 1024 * 1024 })
  return { ...(await measure(open())), open }
}

async function* archive(file: string, name: string, size: number): AsyncGenerator<Buffer> {
  yield tarHeader({ name, size, mode: 0o755 })
  yield* openFile(file)
  yield tarTrailer(size)
}
