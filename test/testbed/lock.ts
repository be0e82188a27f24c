/** One command at a time changes the test environment; the others wait. The lock vanishes with its holder, however that ends. */
import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import type { Work } from '../../src/host/work.ts'

/**
 * Waits until no other process holds the lock of `name` (a path), then holds it until disposed.
 * It is a listening socket in Linux's abstract namespace: the kernel frees it when the process ends, so there is no stale lock to detect.
 */
export async function lock(name: string, work: Work): Promise<AsyncDisposable> {
  const address = `\0capi-actions-testbed-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
  for (;;) {
    work.signal.throwIfAborted()
    const held = await tryToListen(address)
    if (held) return held
    work.waiting('waiting for another testbed command to end')
    await untilClosed(address, work.signal)
  }
}

function tryToListen(address: string): Promise<AsyncDisposable | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncDisposable | undefined>()
  const waiters = new Set<{ destroy(): void }>()
  const server = createServer(socket => {
    waiters.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => waiters.delete(socket))
    socket.unref()
  })
  const release = () => {
    const closed = Promise.withResolvers<void>()
    server.close(() => closed.resolve())
    for (const waiter of waiters) waiter.destroy()
    return closed.promise
  }
  server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
  server.listen({ path: address }, () => {
    server.unref()
    resolve({ [Symbol.asyncDispose]: release })
  })
  return promise
}

/** Resolves when the holder lets go or ends. */
function untilClosed(address: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const socket = connect({ path: address, signal })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => resolve())
  return promise
}
