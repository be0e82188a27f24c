/** One request to the cache service or its storage, and its answer; tried again where that can help. Addresses are signed: errors name their host alone. */
import { Failure, messageOf } from '../host/failure.ts'
import { backOff, type Clock, isPassing, systemClock } from '../host/retry.ts'
import type { Work } from '../host/work.ts'

export interface Connection {
  /** With a slash at the end. */
  readonly url: string
  readonly token: string
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  /** Seconds that an attempt may take in all. Default 20: what goes before a run goes on. */
  readonly patience?: number
}

export interface Answer {
  readonly status: number
  readonly text: string
}

const ATTEMPTS = 3

/**
 * The answer, whatever its status, unless that may be another the next time.
 * @throws Failure when there is none, after three attempts.
 */
export async function exchange(request: Request, work: Work, clock: Clock = systemClock): Promise<Answer> {
  for (let failed = 1; ; failed++) {
    const answer = await attempt(request, work)
    if ('text' in answer) return answer
    if (failed === ATTEMPTS) throw noAnswer(request.url, answer.why, answer.cause)
    work.log(`cache service: ${answer.why}, trying again`)
    await clock.sleep(backOff(failed, clock.random()) * 1000, work.signal)
  }
}

async function attempt(
  { method, url, headers = {}, body, patience = 20 }: Request,
  work: Work,
): Promise<Answer | { why: string; cause?: unknown }> {
  work.signal.throwIfAborted()
  const late = AbortSignal.timeout(patience * 1000)
  try {
    const response = await fetch(url, {
      method,
      headers: { 'user-agent': 'capi-actions', ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([work.signal, late]),
    })
    const text = await response.text()
    return isPassing(response.status) ? { why: `it answered ${response.status}` } : { status: response.status, text }
  } catch (error) {
    work.signal.throwIfAborted()
    return { why: late.aborted ? `no answer came within ${patience} s` : reasonOf(error), cause: error }
  }
}

/** fetch throws a TypeError that says nothing round the error that says why. */
export const reasonOf = (error: unknown): string => messageOf(error instanceof TypeError && error.cause !== undefined ? error.cause : error)

const noAnswer = (url: string, why: string, cause: unknown) =>
  new Failure({ what: `the cache service at ${new URL(url).host} cannot be used`, why, cause })

/** The answer was not what the protocol says. */
export const unexpected = (url: string, { status, text }: Answer) =>
  new Failure({
    what: `the cache service at ${new URL(url).host} cannot be used`,
    why: `it answered ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`,
  })
