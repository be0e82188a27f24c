/** An archive from the service's storage into a file: in parts at the same time, where the storage can do that (one connection to it is slow). */
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '../host/failure.ts'
import { backOff, type Clock, isPassing, systemClock } from '../host/retry.ts'
import type { Work } from '../host/work.ts'
import { BLOCK, inTurns } from './blocks.ts'
import { reasonOf } from './exchange.ts'

const ATTEMPTS = 4
/** Seconds without a byte after which an attempt is given up. */
const SILENCE = 30

/**
 * Writes what is at `url` to `file`, and returns how many bytes it has.
 * @throws Failure when some of it does not come, after four attempts each.
 */
export async function fetchArchive(url: string, file: string, work: Work, clock: Clock = systemClock): Promise<number> {
  const handle = await open(file, 'w')
  try {
    const part = (start: number, end: number) => retried(() => fetchPart(url, start, end, handle, work), url, work, clock)
    const { came: first, total } = await part(0, BLOCK - 1)
    let came = first
    await inTurns(Math.ceil((total - first) / BLOCK), async index => {
      const start = (index + 1) * BLOCK
      const end = Math.min(start + BLOCK, total) - 1
      await part(start, end)
      came += end - start + 1
      work.waiting(`${Math.round(came / 1e6)} of ${Math.round(total / 1e6)} MB`)
    })
    return total
  } finally {
    await handle.close()
  }
}

class Passing extends Error {}

/** Writes bytes `start` to `end`, or all where the storage knows no ranges. @returns how many came, and how many there are. */
async function fetchPart(
  url: string,
  start: number,
  end: number,
  handle: FileHandle,
  work: Work,
): Promise<{ came: number; total: number }> {
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), SILENCE * 1000)
  try {
    const response = await fetch(url, {
      headers: { range: `bytes=${start}-${end}` },
      signal: AbortSignal.any([work.signal, silent.signal]),
    })
    if (response.status !== 206 && response.status !== 200) {
      await response.body?.cancel()
      const said = `it answered ${response.status}`
      throw isPassing(response.status) ? new Passing(said) : notDownloaded(url, said)
    }
    const ranged = response.status === 206
    if (!ranged && start > 0) throw notDownloaded(url, 'it sent all where a part was asked for')
    const length = Number(response.headers.get('content-length') ?? Number.NaN)
    const total = ranged ? Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]) : length
    let at = start
    for await (const chunk of response.body ?? []) {
      timer.refresh()
      await handle.write(chunk, 0, chunk.length, at)
      at += chunk.length
    }
    const expected = ranged ? Math.min(end + 1, total) : total
    if (at !== expected) throw new Passing(`it sent ${at - start} of ${expected - start} bytes`)
    return { came: at - start, total }
  } catch (error) {
    work.signal.throwIfAborted()
    if (error instanceof Failure) throw error
    throw new Passing(silent.signal.aborted ? `nothing came for ${SILENCE} s` : reasonOf(error))
  } finally {
    clearTimeout(timer)
  }
}

async function retried<T>(act: () => Promise<T>, url: string, work: Work, clock: Clock): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Passing)) throw error
      if (failed === ATTEMPTS) throw notDownloaded(url, error.message)
      work.log(`cache storage: ${error.message}, trying again`)
      await clock.sleep(backOff(failed, clock.random()) * 1000, work.signal)
    }
  }
}

const notDownloaded = (url: string, why: string) =>
  new Failure({ what: `the cache's storage at ${new URL(url).host} does not send what it has`, why })
