/** When a request is tried again, and how long to wait before. */
import { setTimeout as delay } from 'node:timers/promises'

/** Time and chance, to be replaced in tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Rejects with the signal's reason when it fires. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** 0 up to 1. */
  readonly random: () => number
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  },
}

/** Statuses that may be gone the next time. */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500

/**
 * Seconds that the server asks to wait, if it does: `Retry-After` in seconds or as a date, else the end of GitHub's rate limit
 * (docs.github.com, "Rate limits for the REST API": `x-ratelimit-reset` holds where `x-ratelimit-remaining` is 0).
 */
export function askedWait(headers: Headers, now: number): number | undefined {
  const retryAfter = headers.get('retry-after')?.trim()
  if (retryAfter !== undefined && /^\d+$/.test(retryAfter)) return Number(retryAfter)
  if (retryAfter !== undefined) return secondsUntil(Date.parse(retryAfter), now)
  if (headers.get('x-ratelimit-remaining') === '0') return secondsUntil(Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000, now)
  return undefined
}

const secondsUntil = (moment: number, now: number): number | undefined =>
  Number.isNaN(moment) ? undefined : Math.max(0, Math.ceil((moment - now) / 1000))

/** Seconds before attempt `failed + 1`: 1, 2, 4, 8, at most 16; less up to a half, so that jobs that failed together don't come back together. */
export const backOff = (failed: number, random: number): number => Math.min(2 ** (failed - 1), 16) * (1 - random / 2)
