/** HTTP GET with mirrors, retries, a limit on silence, and errors that say URL, status, attempts and what to do. */
import { Failure } from './failure.ts'
import { about, type Fault, HttpFailure, networkFault, statusFault } from './http-failure.ts'
import { aim, type DownloadMirrors, type Target } from './mirrors.ts'
import { backOff, type Clock, systemClock } from './retry.ts'
import type { Work } from './work.ts'

export interface HttpOptions {
  readonly mirrors?: DownloadMirrors
  /** GitHub token. Sent to api.github.com only, and never to a mirror. */
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** What the request is for (`kind v0.32.0`); begins the first line of an error. */
  readonly subject?: string
  /** How often to ask at most. Default 5. */
  readonly attempts?: number
  /** Seconds without a byte after which an attempt is given up. Default 30. */
  readonly silence?: number
  /** Longest wait in seconds that a server may ask for; if it asks for more, the request fails at once. Default 120. */
  readonly longestWait?: number
  readonly clock?: Clock
}

/** Reads the body of a successful answer; calls `alive` whenever some of it has come. */
export type Receive<T> = (response: Response, alive: () => void, address: string) => Promise<T>

/**
 * The text at `url`.
 * @throws HttpFailure when no attempt succeeds.
 */
export const fetchText = (url: string, work: Work, options: HttpOptions = {}): Promise<string> => request(url, work, options, readText)

/**
 * The JSON value at `url`, of unknown shape.
 * @throws HttpFailure when no attempt succeeds; Failure when the answer is no JSON.
 */
export async function fetchJson(url: string, work: Work, options: HttpOptions = {}): Promise<unknown> {
  const text = await fetchText(url, work, { ...options, headers: { accept: 'application/json', ...options.headers } })
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { address, host } = aim(url, options.mirrors ?? {})
    throw new Failure({
      what: about(options.subject, `${address} is not JSON`),
      why: `it begins with ${JSON.stringify(text.slice(0, 60))}`,
      remedy: `see whether a proxy or the download mirror for ${host} answers in its place`,
      cause,
    })
  }
}

/**
 * Asks for `url` until `receive` has read an answer, at most `options.attempts` times. Tried again: 408, 429, 5xx, GitHub's rate limit (403), a
 * connection that fails or breaks off, silence. A Failure that `receive` throws ends it.
 * @throws HttpFailure when no attempt succeeds.
 */
export async function request<T>(url: string, work: Work, options: HttpOptions, receive: Receive<T>): Promise<T> {
  const target = aim(url, options.mirrors ?? {})
  const { attempts = 5, clock = systemClock } = options
  const faults: Fault[] = []
  for (;;) {
    const result = await attempt(target, work, options, receive)
    if ('received' in result) return result.received
    faults.push(result)
    if (!result.passing || faults.length >= attempts) throw new HttpFailure(target, faults, options.subject)
    const pause = result.wait ?? backOff(faults.length, clock.random())
    const phrase = `${result.reason}, trying again in ${Math.round(pause * 10) / 10} s (${faults.length + 1} of ${attempts})`
    work.log(`${target.address}: ${phrase}`)
    work.waiting(phrase)
    await clock.sleep(pause * 1000, work.signal)
  }
}

async function readText(response: Response, alive: () => void): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    alive()
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

async function attempt<T>(target: Target, work: Work, options: HttpOptions, receive: Receive<T>): Promise<{ received: T } | Fault> {
  work.signal.throwIfAborted()
  const { silence = 30, longestWait = 120, clock = systemClock } = options
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), silence * 1000)
  const authorization = authorizationFor(target, options.token)
  const headers = { 'user-agent': 'capi-actions', ...options.headers, ...target.headers, ...authorization }
  try {
    const response = await fetch(target.address, { headers, signal: AbortSignal.any([work.signal, silent.signal]) })
    timer.refresh()
    if (response.ok) return { received: await receive(response, () => timer.refresh(), target.address) }
    await response.body?.cancel()
    return statusFault(response, target, 'authorization' in authorization, clock.now(), longestWait)
  } catch (error) {
    work.signal.throwIfAborted()
    if (error instanceof Failure) throw error
    return silent.signal.aborted ? { reason: `no data came for ${silence} s`, passing: true, cause: error } : networkFault(error, target)
  } finally {
    clearTimeout(timer)
  }
}

/** fetch itself drops this header when an answer redirects to another host. */
const authorizationFor = (target: Target, token: string | undefined): { authorization?: string } =>
  token && target.host === 'api.github.com' && !target.isMirrored ? { authorization: `Bearer ${token}` } : {}
