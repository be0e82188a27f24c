import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan, Task, TaskWork } from '../../../src/plan/task.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { atOnce, runPlan } from '../../../src/run/run.ts'

const task = <T>(name: string, run: (work: TaskWork) => Promise<T>, needs: Task[] = [], uses: Task['uses'] = 'wait'): Task<T> => ({
  name,
  docs: name,
  needs,
  uses,
  run,
})
const plan = (...tasks: Task[]): Plan => ({ tasks })
const quiet = () => {}
const never = new AbortController().signal
const statuses = (result: Awaited<ReturnType<typeof runPlan>>) =>
  Object.fromEntries(result.records.map(({ name, outcome }) => [name, outcome.status]))

test('a task runs after all it needs and reads what they returned', async () => {
  const a = task('a', async () => 2)
  const b = task('b', async () => 3)
  const c = task('c', async work => work.of(a) * work.of(b), [a, b])
  const result = await runPlan(plan(a, b, c), quiet, never)
  assert.deepEqual(result.records.at(-1)?.outcome, { status: 'done', value: 6 })
})

test('independent tasks run at the same time', async () => {
  let both = 0
  const meet = async () => {
    both += 1
    while (both < 2) await sleep(1)
  }
  const result = await runPlan(plan(task('a', meet), task('b', meet)), quiet, never)
  assert.deepEqual(statuses(result), { a: 'done', b: 'done' })
})

test('no more cpu tasks run at once than there are cores, while waiting tasks are not held back', async () => {
  let now = 0
  let most = 0
  const busy = async () => {
    most = Math.max(most, ++now)
    await sleep(5)
    now -= 1
  }
  const tasks = ['a', 'b', 'c', 'd', 'e'].map(name => task(name, busy, [], 'cpu'))
  let waited = false
  const waiting = task('w', async () => {
    waited = now <= 2
  })
  await runPlan(plan(...tasks, waiting), quiet, never, { cores: 2 })
  assert.equal(most, 2)
  assert.equal(waited, true)
})

test('the first failure cancels what runs and what waits, and is the only failure reported', async () => {
  const failing = task('failing', async () => {
    throw new Error('broken')
  })
  const running = task('running', work => sleep(10_000, undefined, { signal: work.signal }))
  const dependent = task('dependent', async () => 1, [failing])
  const result = await runPlan(plan(failing, running, dependent), quiet, never)
  assert.deepEqual(statuses(result), { failing: 'failed', running: 'cancelled', dependent: 'cancelled' })
  assert.deepEqual(result.failures.map(String), ['Error: broken'])
})

test('a cancelled run says so, ends its tasks and reports no failure', async () => {
  const abort = new AbortController()
  const waiting = task('waiting', work => sleep(10_000, undefined, { signal: work.signal }))
  const queued = task('queued', async () => 1, [waiting])
  setTimeout(() => abort.abort(), 5)
  const result = await runPlan(plan(waiting, queued), quiet, abort.signal)
  assert.equal(result.cancelled, true)
  assert.deepEqual(result.failures, [])
  assert.deepEqual(statuses(result), { waiting: 'cancelled', queued: 'cancelled' })
})

test('a task that finds nothing to do is skipped with its reason and still hands on its value', async () => {
  const tool = task('tool', async work => {
    work.unchanged('on PATH')
    return '/bin/x'
  })
  const user = task('user', async work => work.of(tool), [tool])
  const result = await runPlan(plan(tool, user), quiet, never)
  assert.deepEqual(result.records[0]?.outcome, { status: 'skipped', reason: 'on PATH', value: '/bin/x' })
  assert.deepEqual(result.records[1]?.outcome, { status: 'done', value: '/bin/x' })
})

test('reading a task that is not needed is an error of ours', async () => {
  const a = task('a', async () => 1)
  const b = task('b', async work => work.of(a))
  const result = await runPlan(plan(a, b), quiet, never)
  assert.match(String(result.failures[0]), /task 'b' reads 'a' without needing it/)
})

test('events tell the plan, the start, the output, the waiting and the end of a task in order', async () => {
  const events: RunEvent[] = []
  const speaking = task('speaking', async work => {
    work.log('a line')
    work.waiting('for rain')
  })
  await runPlan(plan(speaking), event => events.push(event), never)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['planned', 'started', 'output', 'waiting', 'ended'],
  )
})

test('as many builds run at the same time as there are cores and memory for, and always one', () => {
  const gigabyte = 1024 ** 3
  assert.equal(atOnce(4, 16 * gigabyte), 4)
  assert.equal(atOnce(16, 7 * gigabyte), 3)
  assert.equal(atOnce(2, gigabyte), 1)
})
