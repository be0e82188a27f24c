import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf, jobName, jobNameExpression, nightOf, verdictOf } from '../../../src/nightly/cells.ts'
import { refusal } from '../refusal.ts'
import { cell, job, jobOf } from './nights.ts'

const one = cell('v1.13.4', 'v1.33.4')
const two = cell('v1.14.2', 'v1.34.4')

const stateOf = (conclusion: string | null) => nightOf([one], [jobOf(one, conclusion)]).results[0]?.state
const verdictFor = (...conclusions: (string | null)[]) => {
  const cells = conclusions.map((_, index) => cell('v1.14.2', `v1.34.${index}`))
  return verdictOf(
    nightOf(
      cells,
      cells.map((tested, index) => jobOf(tested, conclusions[index] ?? null)),
    ),
  )
}

test('cells are the entries of the planned matrix, whatever else these hold', () => {
  const matrix =
    '{"include":[{"capi":"v1.14.2","kubernetes":"v1.34.4","ref":"main","runner":"arm"},{"capi":"v1.13.4","kubernetes":"v1.33.4"}]}'
  assert.deepEqual(cellsOf(matrix), [cell('v1.14.2', 'v1.34.4', 'main'), cell('v1.13.4', 'v1.33.4', '')])
})

test('no matrix, because planning failed, has no cells', () => assert.deepEqual(cellsOf(' \n'), []))

test('what is no matrix of plan-matrix is refused, with what is wrong in it', () => {
  const whyOf = (matrix: string) => refusal(() => cellsOf(matrix)).why
  assert.match(whyOf('{"include":') ?? '', /JSON/)
  assert.equal(whyOf('["v1.14.2"]'), 'it has no list `include`')
  assert.equal(
    whyOf('{"include":[{"capi":"v1.14.2","kubernetes":"v1.34.4"},{"capi":"v1.14.2"}]}'),
    'entry 2 of `include` has no version under capi or kubernetes',
  )
})

test('a job is named after its cell, without blanks where there is no ref', () => {
  assert.equal(jobName(cell('v1.14.2', 'v1.34.4', 'main')), 'CAPI v1.14.2, Kubernetes v1.34.4 main')
  assert.equal(jobName(two), 'CAPI v1.14.2, Kubernetes v1.34.4')
  assert.equal(jobNameExpression, 'CAPI ${{ matrix.capi }}, Kubernetes ${{ matrix.kubernetes }} ${{ matrix.ref }}')
})

test('a job counts for the cell of its name, blanks aside', () => {
  const padded = { ...jobOf(one, 'success'), name: `${jobName(one)} ` }
  assert.deepEqual(nightOf([one, two], [padded]).results, [
    { cell: one, state: 'passed', url: padded.url },
    { cell: two, state: 'missing', url: undefined },
  ])
})

test('a cell whose name begins as another is a cell of its own', () => {
  const main = cell('v1.14.2', 'v1.34.4', 'main')
  const { results } = nightOf([two, main], [jobOf(two, 'success'), jobOf(main, 'failure')])
  assert.deepEqual(
    results.map(({ state }) => state),
    ['passed', 'failed'],
  )
})

test('of the jobs of a called workflow the worst counts', () => {
  const jobs = ['build', 'e2e', 'report'].map((name, index) =>
    job(`${jobName(one)} / ${name}`, ['success', 'failure', 'skipped'][index] ?? null),
  )
  assert.deepEqual(nightOf([one], jobs), { results: [{ cell: one, state: 'failed', url: jobs[1]?.url }], otherFailures: [] })
})

test('a conclusion of GitHub is passed, failed, or not tested to the end', () => {
  assert.deepEqual(['success', 'failure', 'timed_out', 'startup_failure', 'cancelled', 'skipped', null].map(stateOf), [
    'passed',
    'failed',
    'failed',
    'failed',
    'unfinished',
    'unfinished',
    'unfinished',
  ])
})

test('a night is green when each cell passed, and red when any job failed', () => {
  assert.equal(verdictFor('success', 'success'), 'green')
  assert.equal(verdictFor('success', 'failure', 'cancelled'), 'red')
  assert.equal(verdictFor('success', 'cancelled'), 'unfinished')
})

test('a night whose plan failed is red, one without cells proves nothing', () => {
  const plan = job('plan', 'failure')
  const night = nightOf([], [plan, job('summary', null)])
  assert.deepEqual(night, { results: [], otherFailures: [plan] })
  assert.equal(verdictOf(night), 'red')
  assert.equal(verdictFor(), 'unfinished')
})
