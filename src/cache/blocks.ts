/** An archive on its way to the service's storage: in blocks, a few at the same time. */
import { type FileHandle, open } from 'node:fs/promises'
import type { Archive } from './protocol.ts'

export const BLOCK = 16 * 1024 * 1024
const AT_ONCE = 4

export interface Block {
  readonly index: number
  readonly start: number
  readonly content: Uint8Array<ArrayBuffer>
}

/** Calls `send` with each block of the archive. */
export async function sendBlocks({ file, bytes }: Archive, send: (block: Block) => Promise<void>): Promise<void> {
  const handle = await open(file, 'r')
  try {
    await inTurns(Math.ceil(bytes / BLOCK), async index => {
      const start = index * BLOCK
      await send({ index, start, content: await read(handle, start, Math.min(BLOCK, bytes - start)) })
    })
  } finally {
    await handle.close()
  }
}

async function read(handle: FileHandle, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Uint8Array(length)
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(content, filled, length - filled, start + filled)
    if (bytesRead === 0) throw new Error('the archive became shorter while it was read')
    filled += bytesRead
  }
  return content
}

/** `act` on 0 up to `count`, a few at the same time; none begins after one has failed. */
export async function inTurns(count: number, act: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next++
      await act(index).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
