import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineView } from '../../../src/report/log.ts'
import { clock, elapsed } from '../../../src/report/time.ts'
import { failedRun } from './run-of-events.ts'

test('a log tells what starts, what ended and after what time, and the output of what failed', () => {
  const lines: string[] = []
  const { listener } = lineView({ write: line => lines.push(line) })
  failedRun.forEach(listener)
  assert.deepEqual(lines, [
    '  0:00  ▸ tool kind',
    '  0:00  ▸ compile docker',
    '  0:00  ✔ tool kind: v0.32.0 is on PATH (0.4 s)',
    '  0:00  ▸ cluster',
    '  1:05  ✖ compile docker failed: provider docker: Deployment capd-system/capd-controller-manager is not Available after 120 s (1 min 5 s)',
    '        │ token ghs_secret',
    '  1:05  ■ cluster cancelled (1 min 5 s)',
  ])
})

test('what a task has to tell the user is told at once', () => {
  const lines: string[] = []
  const { listener } = lineView({ write: line => lines.push(line) })
  failedRun.slice(0, 2).forEach(listener)
  listener({ type: 'notice', at: 1_000_000, task: 'tool kind', sentence: 'it is older than what is wanted' })
  assert.equal(lines.at(-1), '  0:00  note: it is older than what is wanted')
})

test('a task that is silent for 30 seconds is mentioned with what it waits for, once per 30 seconds', () => {
  const lines: string[] = []
  const { listener, tick } = lineView({ write: line => lines.push(line) })
  failedRun.slice(0, 7).forEach(listener)
  lines.length = 0
  for (let now = 1_001_000; now <= 1_061_000; now += 1000) tick(now)
  assert.deepEqual(lines, [
    '  0:31  … cluster: 0 of 1 nodes Ready (31 s)',
    '  0:31  … compile docker (31 s)',
    '  1:01  … cluster: 0 of 1 nodes Ready (1 min 1 s)',
    '  1:01  … compile docker (1 min 1 s)',
  ])
})

test('output of a failed task can be shown behind a fold', () => {
  const folded: unknown[] = []
  const { listener } = lineView({ write: () => {}, writeOutput: (title, lines) => folded.push([title, lines]) })
  failedRun.forEach(listener)
  assert.deepEqual(folded, [['Output of compile docker', ['token ghs_secret']]])
})

test('times are as people read them', () => {
  assert.deepEqual([0, 400, 9949, 9951, 59_499, 59_600, 125_000].map(elapsed), [
    '0.0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 0 s',
    '2 min 5 s',
  ])
  assert.deepEqual([-5, 999, 61_000, 3_600_000].map(clock), ['0:00', '0:00', '1:01', '60:00'])
})
