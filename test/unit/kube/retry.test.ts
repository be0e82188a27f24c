import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { limitTo, retrying } from '../../../src/kube/retry.ts'

const signal = new AbortController().signal

test('what is not worth asking again is thrown at once', async () => {
  let asked = 0
  const attempt = async () => {
    asked++
    throw new Error('no')
  }
  await assert.rejects(retrying(attempt, { again: () => false }, signal), { message: 'no' })
  assert.equal(asked, 1)
})

test('what passes by itself is asked again until it succeeds', async () => {
  let asked = 0
  const attempt = async () => {
    if (++asked < 2) throw new Error('not yet')
    return 'yes'
  }
  assert.equal(await retrying(attempt, { again: () => true }, signal), 'yes')
})

test('an abort ends the pause between two attempts', async () => {
  const stop = new AbortController()
  const asked = retrying(() => Promise.reject(new Error('no')), { again: () => true }, stop.signal)
  setTimeout(() => stop.abort(), 20)
  await assert.rejects(asked, { name: 'AbortError' })
})

test('no more run at a time than allowed, and all of them run', async () => {
  const limit = limitTo(3)
  let running = 0
  let most = 0
  const done = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      limit(async () => {
        most = Math.max(most, ++running)
        await sleep(1)
        running--
        return index
      }),
    ),
  )
  assert.equal(most, 3)
  assert.equal(done.length, 20)
})

test('a place is free again after an error', async () => {
  const limit = limitTo(1)
  await assert.rejects(limit(() => Promise.reject(new Error('no'))))
  assert.equal(await limit(async () => 'yes'), 'yes')
})
