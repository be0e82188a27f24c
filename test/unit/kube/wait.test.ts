import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import type { Check } from '../../../src/kube/wait.ts'
import { waitFor } from '../../../src/kube/wait.ts'
import { fakeApiServer, quietWork } from './fake-api-server.ts'

/** A check that is false with these phrases, one after another, then true; `counts.asked` is how often it was asked. */
function check(name: string, phrases: readonly (string | Error)[], more: Partial<Check> = {}) {
  const counts = { asked: 0 }
  const test = async () => {
    const phrase = phrases[counts.asked++]
    if (phrase instanceof Error) throw phrase
    return phrase
  }
  return { counts, check: { name, unmet: `${name} is not there`, test, ...more } satisfies Check }
}

const never = (name: string, more: Partial<Check> = {}): Check => ({ name, unmet: `${name} is not there`, test: async () => 'no', ...more })

async function outcomeOf(checks: readonly Check[], timeout: number): Promise<{ error: unknown; phrases: string[] }> {
  await using server = await fakeApiServer({})
  const work = quietWork()
  const error = await waitFor(checks, server.kube, { timeout, subject: 'cert-manager' }, work).catch((error: unknown) => error)
  return { error, phrases: work.phrases }
}

test('a wait says how many are done, what is next, and what is false about it', async () => {
  const [a, b] = [check('Deployment a', []), check('CA bundle in b', ['empty'])]
  const { error, phrases } = await outcomeOf([a.check, b.check], 5)
  assert.equal(error, undefined)
  assert.deepEqual(phrases, ['1 of 2, waiting for CA bundle in b (empty)', '2 of 2'])
})

test('a check that was satisfied is not asked again', async () => {
  const [a, b] = [check('a', []), check('b', ['no', 'no'])]
  await outcomeOf([a.check, b.check], 5)
  assert.equal(a.counts.asked, 1)
  assert.equal(b.counts.asked, 3)
})

test('an error of a test counts as still false', async () => {
  const a = check('a', [new Failure({ what: 'refused', why: 'not now' })])
  const { error, phrases } = await outcomeOf([a.check], 5)
  assert.equal(error, undefined)
  assert.equal(phrases[0], '0 of 1, waiting for a (not now)')
})

test('when time is up the error names the object, the reason, and what there is to read', async () => {
  const explained = never('b', { explain: async () => ({ why: 'it crashed', remedy: 'mend it', details: ['log line'] }) })
  const { error } = await outcomeOf([never('a'), explained], 0.3)
  assert.ok(error instanceof Failure)
  assert.equal(error.what, 'cert-manager: b is not there after 0.3 s')
  assert.deepEqual([error.why, error.remedy], ['it crashed', 'mend it'])
  assert.deepEqual(error.details, ['log line', 'a is not there: no'])
})

test('an explanation that cannot be had does not hide the failure', async () => {
  const broken = never('a', { explain: () => Promise.reject(new ApiError('GET /x', 500, { message: 'broken' })) })
  const { error } = await outcomeOf([broken], 0.2)
  assert.ok(error instanceof Failure)
  assert.equal(error.message, 'cert-manager: a is not there after 0.2 s: no')
})

test('a check that is hopeless ends the wait before its time', async () => {
  const hopeless = never('a', { hopeless: async () => ({ why: 'its image is not there', details: [] }) })
  const start = performance.now()
  const { error } = await outcomeOf([hopeless], 60)
  assert.ok(performance.now() - start < 10_000)
  assert.ok(error instanceof Failure)
  assert.equal(error.message, 'cert-manager: a is not there and will not be: its image is not there')
})

test('a bug in a check is thrown as it is', async () => {
  const { error } = await outcomeOf([check('a', [new TypeError('a bug')]).check], 60)
  assert.ok(error instanceof TypeError)
})

test('an abort ends the wait', async () => {
  await using server = await fakeApiServer({})
  const stop = new AbortController()
  const waited = waitFor([never('a')], server.kube, { timeout: 60, subject: 'x' }, quietWork(stop.signal))
  setTimeout(() => stop.abort(), 30)
  await assert.rejects(waited, { name: 'AbortError' })
})

test('nothing to wait for is over at once', async () => {
  assert.equal((await outcomeOf([], 60)).error, undefined)
})
