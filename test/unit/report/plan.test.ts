import assert from 'node:assert/strict'
import { test } from 'node:test'
import { task } from '../../../src/plan/task.ts'
import { planJson, planLines, planSummary } from '../../../src/report/plan.ts'

const make = (name: string, docs: string, needs: readonly ReturnType<typeof task>[] = []) => task(name, docs, needs, async () => {})
const engine = make('engine', 'Asks.')
const cluster = make('cluster', 'Makes ```it```.', [engine])
const registry = make('registry', 'Starts it.', [engine])
const plan = { tasks: [engine, cluster, registry] }

test('a plan is a tree, what each task is for beside it', () =>
  assert.deepEqual(
    planLines(plan, text => `(${text})`),
    ['engine      (Asks.)', '  cluster   (Makes ```it```.)', '  registry  (Starts it.)'],
  ))

test('on the page of a job it stands behind a fence that no task closes', () =>
  assert.equal(
    planSummary(plan, 'capi-actions create-cluster'),
    '### capi-actions create-cluster: dry run, 3 tasks planned, nothing made\n\n```text\nengine      Asks.\n  cluster   Makes ```it```.\n  registry  Starts it.\n```\n',
  ))

test('as JSON each task has the names of those that it needs', () =>
  assert.deepEqual(JSON.parse(planJson(plan)).tasks[1], { name: 'cluster', docs: 'Makes ```it```.', uses: 'wait', needs: ['engine'] }))
