import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { allLines, explain, headLines } from '../../../src/report/failure.ts'
import { crash } from './run-of-events.ts'

test('a failure reads: what, why, what to do, where; details and causes below', () => {
  assert.deepEqual(allLines(explain(crash)), [
    '✖ provider docker: Deployment capd-system/capd-controller-manager is not Available after 120 s',
    '  its container manager exited 1, 4 times: "permission denied"',
    '  → the image runs as user 65532, CAPD must run as root',
    '  tilt-provider.yaml:7:3 · logs: report/manager.log',
    '',
    '  Details',
    '  │ line one',
    '  │ line two',
    '',
    '  Caused by',
    '  │ Error: inner',
    '  │ AggregateError: both',
    '  │ Error: a',
    '  │ TypeError: b',
  ])
})

test('a failure that is a list of problems shows the list at once', () => {
  assert.deepEqual(allLines(explain(new Failure({ what: '2 settings are not valid', details: ['a is wrong', 'b is wrong'] }))), [
    '✖ 2 settings are not valid',
    '  a is wrong',
    '  b is wrong',
  ])
})

test('anything else says that it is our fault, and shows its stack', () => {
  const explanation = explain(new TypeError('x is undefined'))
  assert.deepEqual(headLines(explanation), [
    '✖ capi-actions has a bug: x is undefined',
    '  this is our fault, not yours',
    '  → please report it with the lines below at https://github.com/capi-actions/capi-actions/issues',
  ])
  assert.match(explanation.folded[0]?.lines.join('\n') ?? '', /TypeError: x is undefined\n +at .*failure\.test\.ts/)
  assert.equal(explain('text').what, 'capi-actions has a bug: text')
})

test('a cause that is a failure keeps its reason and its place', () => {
  const error = new Failure({ what: 'outer', cause: new Failure({ what: 'inner', why: 'reason', where: 'file:1:2' }) })
  assert.deepEqual(explain(error).folded, [{ title: 'Caused by', lines: ['inner: reason · file:1:2'] }])
})

test('a cause that says nothing but the reason is left out', () => {
  const ofCause = (cause: Error) => explain(new Failure({ what: 'a.yaml cannot be read', why: 'twice', cause })).folded
  assert.deepEqual(ofCause(new Error('twice')), [])
  assert.equal(ofCause(new TypeError('twice')).length, 1)
  assert.equal(ofCause(new Error('twice', { cause: new Error('once') })).length, 1)
})
