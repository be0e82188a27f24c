import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { noProgress, observe } from '../../../src/report/progress.ts'
import { treeLines } from '../../../src/report/tree.ts'
import { treeOrder } from '../../../src/report/tree-order.ts'
import { failedRun } from './run-of-events.ts'

const picture = (events: number, now: number, size = { rows: 24, columns: 80 }) => {
  const progress = noProgress()
  for (const event of failedRun.slice(0, events)) observe(progress, event)
  return treeLines(progress, now, size).map(line => stripVTControlCharacters(line).trimEnd())
}

test('the tree shows state, time and what is waited for', () => {
  assert.deepEqual(picture(6, 1_005_000), [
    '✔ tool kind           0.4 s  v0.32.0 is on PATH',
    '⠋ cluster             4.6 s  0 of 1 nodes Ready',
    '⠋ compile docker      4.9 s',
    '· ready docker',
    '1 of 4 done · 2 running · 0:05',
  ])
})

test('the last picture shows what failed and what was cut off, not what never began', () => {
  assert.deepEqual(picture(10, 1_070_000), [
    '✔ tool kind           0.4 s  v0.32.0 is on PATH',
    '■ cluster         1 min 5 s',
    '✖ compile docker  1 min 5 s',
    '1 of 4 done · 0 running · 1:10',
  ])
})

test('in a low terminal what is done gives way first, then what comes last', () => {
  assert.deepEqual(picture(6, 1_005_000, { rows: 4, columns: 80 }), [
    '⠋ cluster             4.6 s  0 of 1 nodes Ready',
    '⠋ compile docker      4.9 s',
    '1 of 4 done · 2 running · 0:05 · 2 not shown',
  ])
})

test('no line is longer than the terminal is wide', () => {
  for (const line of picture(6, 1_005_000, { rows: 24, columns: 30 })) assert.ok(line.length < 30, line)
})

test('before the plan is known there is nothing to draw', () => assert.deepEqual(picture(0, 0), []))

test('a task stands below the last of those it needs; only forks indent', () => {
  const tasks = [
    { name: 'a', needs: [] },
    { name: 'b', needs: ['a'] },
    { name: 'c', needs: ['b'] },
    { name: 'd', needs: ['b'] },
    { name: 'e', needs: ['a', 'd'] },
    { name: 'f', needs: [] },
  ]
  assert.deepEqual(
    treeOrder(tasks).map(({ task, depth }) => `${'  '.repeat(depth)}${task.name}`),
    ['a', 'b', '  c', '  d', '  e', 'f'],
  )
})
