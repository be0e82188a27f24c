import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedWait, backOff, isPassing } from '../../../src/host/retry.ts'

const now = Date.UTC(2026, 0, 1)
const asked = (headers: Record<string, string>) => askedWait(new Headers(headers), now)

test('408, 429 and 5xx pass, other statuses do not', () => {
  assert.deepEqual([400, 401, 403, 404, 408, 410, 429, 500, 502, 599].filter(isPassing), [408, 429, 500, 502, 599])
})

test('without a wish of the server there is none', () => {
  assert.equal(asked({}), undefined)
  assert.equal(asked({ 'retry-after': 'soon' }), undefined)
  assert.equal(asked({ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '99999999999' }), undefined)
  assert.equal(asked({ 'x-ratelimit-remaining': '0' }), undefined)
})

test('a date in the past is no wait', () => {
  assert.equal(asked({ 'retry-after': 'Thu, 01 Jan 2015 00:00:00 GMT' }), 0)
})

test('Retry-After goes before the end of the rate limit', () => {
  assert.equal(asked({ 'retry-after': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 900) }), 5)
})

test('back-off doubles up to 16 seconds, and chance takes up to half of it', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(failed => backOff(failed, 0)),
    [1, 2, 4, 8, 16, 16],
  )
  assert.equal(backOff(3, 1), 2)
})
