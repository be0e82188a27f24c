/** Asking again, and doing only so many things at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './api-error.ts'

export interface Retry {
  /** Whether to ask again after this error. */
  readonly again: (error: unknown) => boolean
  /** Told about every error that is asked again. */
  readonly onRetry?: (error: unknown) => void
}

const FIRST_DELAY = 200
const LONGEST_DELAY = 2000

/** Calls `attempt` until it succeeds or throws what is not to be asked again. Keeps to the server's Retry-After. */
export async function retrying<T>(attempt: () => Promise<T>, retry: Retry, signal: AbortSignal): Promise<T> {
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 1.5, LONGEST_DELAY)) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      const asked = error instanceof ApiError && error.retryAfter !== undefined ? error.retryAfter * 1000 : 0
      const pause = Math.max(delay, asked)
      if (!retry.again(error)) throw error
      retry.onRetry?.(error)
      await sleep(pause, undefined, { signal })
    }
  }
}

/** Runs what it is given, at most `count` at a time, in the order asked. */
export function limitTo(count: number): <T>(action: () => Promise<T>) => Promise<T> {
  let free = count
  const queue: (() => void)[] = []
  return async action => {
    if (free > 0) free--
    else await new Promise<void>(resolve => queue.push(resolve))
    try {
      return await action()
    } finally {
      const next = queue.shift()
      if (next) next()
      else free++
    }
  }
}
