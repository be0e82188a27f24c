import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unproven } from '../../../src/nightly/proven.ts'
import { cell, job, jobOf } from './nights.ts'

const one = cell('v1.13.4', 'v1.33.4')
const two = cell('v1.14.2', 'v1.34.4')

test('without an earlier green run every cell is to be tested', () => assert.deepEqual(unproven([one, two], []), [one, two]))

test('a cell that a green run tested is proven', () =>
  assert.deepEqual(unproven([one, two], [[jobOf(one, 'success'), job('plan', 'success')]]), [two]))

test('runs together prove what none of them proves alone', () =>
  assert.deepEqual(unproven([one, two], [[jobOf(one, 'success')], [jobOf(two, 'success')]]), []))

test('a run that had nothing to do proves nothing', () =>
  assert.deepEqual(unproven([one], [[job('plan', 'success'), job('test', 'skipped')]]), [one]))

test('a skipped or cancelled job proves nothing', () =>
  assert.deepEqual(unproven([one], [[jobOf(one, 'skipped')], [jobOf(one, 'cancelled')]]), [one]))

test('a branch is never proven, for it moves; a tag and a whole commit id are', () => {
  const commit = 'c0ffee'.padEnd(40, '0')
  const cells = ['main', 'release-1.14', 'v1.14.2', '1.14.2', commit].map(ref => cell('v1.14.2', 'v1.34.4', ref))
  const left = unproven(cells, [cells.map(tested => jobOf(tested, 'success'))])
  assert.deepEqual(
    left.map(({ ref }) => ref),
    ['main', 'release-1.14'],
  )
})
