/** Waiting: named checks on real objects, asked at the same time, until all are true. A wait always knows what is still false. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { Kube } from './connect.ts'
import { oneLine } from './objects.ts'

/** Why a check is not true yet, for the error. */
export interface Explanation {
  /** One sentence, the tool's or API's own words where it has some. */
  readonly why?: string | undefined
  readonly remedy?: string | undefined
  /** Events, log lines, conditions: what is worth reading after the first lines. */
  readonly details: readonly string[]
}

export interface Check {
  /** What is waited for, a noun: `Deployment capd-system/capd-controller-manager`. */
  readonly name: string
  /** The sentence when it never comes: `Deployment capd-system/capd-controller-manager is not Available`. */
  readonly unmet: string
  /** Undefined when satisfied, else what is still false, in a few words. A Failure counts as still false. */
  test(kube: Kube, signal: AbortSignal): Promise<string | undefined>
  /** Asked now and then while the test is false: what says that waiting longer is in vain. `seconds` is how long the check has been false. */
  hopeless?(kube: Kube, seconds: number, signal: AbortSignal): Promise<Explanation | undefined>
  /** Asked when time is up. */
  explain?(kube: Kube, signal: AbortSignal): Promise<Explanation>
}

export interface Wait {
  /** Seconds. */
  readonly timeout: number
  /** Whose checks they are, first in errors: `cert-manager`, `provider docker`. */
  readonly subject: string
}

const FIRST_INTERVAL = 200
const LONGEST_INTERVAL = 1000
/** ms between two questions whether waiting is in vain: they cost more than a test. */
const HOPELESS_INTERVAL = 3000
/** ms that explanations may take once the time is up. */
const EXPLAIN_TIMEOUT = 15_000

/**
 * Waits until every check is satisfied; one that was is not asked again.
 * @throws Failure when time is up or waiting is in vain: which object, why, and its last events and log lines.
 */
export async function waitFor(checks: readonly Check[], kube: Kube, wait: Wait, work: Work): Promise<void> {
  work.signal.throwIfAborted()
  const stop = new AbortController()
  const signal = AbortSignal.any([work.signal, stop.signal])
  const pending = new Map<Check, string>(checks.map(check => [check, '']))
  const end = performance.now() + wait.timeout * 1000
  const tell = tellOnce(work)

  const satisfy = async (check: Check) => {
    const start = performance.now()
    let askedInVain = start
    for (let interval = FIRST_INTERVAL; ; interval = Math.min(interval * 1.3, LONGEST_INTERVAL)) {
      const missing = await phraseOf(check, kube, signal)
      if (missing === undefined) {
        pending.delete(check)
        tell(waitingFor(checks.length, pending))
        return
      }
      pending.set(check, missing)
      tell(waitingFor(checks.length, pending))
      if (performance.now() >= end) return
      if (check.hopeless && performance.now() - askedInVain > HOPELESS_INTERVAL) {
        askedInVain = performance.now()
        const explanation = await orUndefined(check.hopeless(kube, (askedInVain - start) / 1000, signal), signal)
        if (explanation) throw failureOf(wait, check, explanation, 'and will not be')
      }
      await sleep(Math.max(0, Math.min(interval, end - performance.now())), undefined, { signal })
    }
  }

  try {
    await Promise.all(checks.map(satisfy))
  } catch (error) {
    work.signal.throwIfAborted()
    throw error
  } finally {
    stop.abort()
  }
  if (pending.size > 0) throw await timedOut(pending, kube, wait, work.signal)
}

async function phraseOf(check: Check, kube: Kube, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await check.test(kube, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    return oneLine(reasonOf(error), 160)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Failure ? (error.why ?? error.what) : messageOf(error))

/** `2 of 3, waiting for CA bundle in ValidatingWebhookConfiguration cert-manager-webhook (empty)`; nothing while no check has said what it lacks. */
export function waitingFor(count: number, pending: ReadonlyMap<Check, string>): string | undefined {
  const done = `${count - pending.size} of ${count}`
  if (pending.size === 0) return done
  const first = [...pending].find(([, phrase]) => phrase !== '')
  return first && `${done}, waiting for ${first[0].name} (${first[1]})`
}

function tellOnce(work: Work): (phrase: string | undefined) => void {
  let last = ''
  return phrase => {
    if (phrase === undefined || phrase === last) return
    last = phrase
    work.waiting(phrase)
  }
}

async function timedOut(pending: ReadonlyMap<Check, string>, kube: Kube, wait: Wait, signal: AbortSignal): Promise<Failure> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(EXPLAIN_TIMEOUT)])
  const explained = await Promise.all(
    [...pending].map(async ([check, phrase]) => {
      const explanation = check.explain ? await orUndefined(check.explain(kube, limited), signal) : undefined
      return { check, explanation: { ...explanation, why: explanation?.why ?? (phrase || undefined), details: explanation?.details ?? [] } }
    }),
  )
  // The check that says most goes first: what is false without a reason of its own often is so because of another.
  const [first, ...others] = explained.toSorted((a, b) => b.explanation.details.length - a.explanation.details.length)
  if (!first) return new Failure({ what: `${wait.subject}: not ready after ${wait.timeout} s` })
  const rest = others.flatMap(({ check, explanation }) => [
    `${check.unmet}${explanation.why ? `: ${explanation.why}` : ''}`,
    ...explanation.details.map(line => `  ${line}`),
  ])
  const explanation = { ...first.explanation, details: [...first.explanation.details, ...rest] }
  return failureOf(wait, first.check, explanation, `after ${wait.timeout} s`)
}

const failureOf = (wait: Wait, check: Check, explanation: Explanation, when: string): Failure =>
  new Failure({
    what: `${wait.subject}: ${check.unmet} ${when}`,
    why: explanation.why,
    remedy: explanation.remedy,
    details: explanation.details,
  })

/** An explanation that cannot be had is none; it must not hide what is to be explained. */
async function orUndefined<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Failure || (error instanceof Error && error.name === 'TimeoutError')) return undefined
    throw error
  }
}
