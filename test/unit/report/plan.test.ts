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

test('what is to be known of it stands above', () => {
  const told = { ...plan, notices: ['provider aws: go_main is main.go, which is not there: cmd is built'] }
  assert.equal(planLines(told)[0], 'note: provider aws: go_main is main.go, which is not there: cmd is built')
  assert.deepEqual(JSON.parse(planJson(told)).notices, told.notices)
})

test('on the page of a job it stands behind a fence that no task closes', () =>
  assert.equal(
    planSummary(plan, 'capi-actions create-cluster'),
    '### capi-actions create-cluster: dry run, 3 tasks planned, nothing made\n\n```text\nengine      Asks.\n  cluster   Makes ```it```.\n  registry  Starts it.\n```\n',
  ))

const variables = [
  { cluster: 'demo', name: 'REGION', default: 'eu', required: false, places: ['t.yaml:1:3'], line: '', value: undefined },
  { cluster: 'demo', name: 'WORKERS', required: true, places: ['t.yaml:2:3', 't.yaml:9:1'], line: '', value: '3' },
]

test('variables of templates stand below the tasks, each with what it is and where it is used first', () =>
  assert.deepEqual(
    planLines({ tasks: [], variables }, text => `(${text})`),
    ['', 'variables of the templates of demo', '  REGION  eu (default)  (t.yaml:1:3)', '  WORKERS  3            (t.yaml:2:3)'],
  ))

test('as JSON variables have all places that use them', () =>
  assert.deepEqual(JSON.parse(planJson({ tasks: [], variables })).variables, [
    { cluster: 'demo', name: 'REGION', default: 'eu', required: false, where: ['t.yaml:1:3'] },
    { cluster: 'demo', name: 'WORKERS', value: '3', required: true, where: ['t.yaml:2:3', 't.yaml:9:1'] },
  ]))

test('as JSON each task has the names of those that it needs', () =>
  assert.deepEqual(JSON.parse(planJson(plan)).tasks[1], { name: 'cluster', docs: 'Makes ```it```.', uses: 'wait', needs: ['engine'] }))
