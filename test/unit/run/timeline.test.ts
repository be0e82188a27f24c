import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaskRecord } from '../../../src/run/run.ts'
import { criticalPath } from '../../../src/run/timeline.ts'

const record = (name: string, startedAt: number, endedAt: number, ...needs: string[]): TaskRecord => ({
  name,
  needs,
  startedAt,
  endedAt,
  outcome: { status: 'done', value: undefined },
})

test('the critical path is the chain of tasks that each waited for the one before', () => {
  const path = criticalPath([
    record('kind', 0, 1000),
    record('cluster', 1000, 31_000, 'kind'),
    record('compile', 0, 20_000),
    record('deploy', 33_000, 40_000, 'cluster', 'compile'),
  ])
  assert.deepEqual(path, {
    seconds: 40,
    tasks: [
      { name: 'kind', seconds: 1, queued: 0 },
      { name: 'cluster', seconds: 30, queued: 0 },
      { name: 'deploy', seconds: 7, queued: 2 },
    ],
  })
})

test('a run in which nothing started has no critical path', () => {
  assert.deepEqual(criticalPath([{ name: 'a', needs: [], outcome: { status: 'cancelled' } }]), { seconds: 0, tasks: [] })
})
