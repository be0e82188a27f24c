import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Issue, issueStep, type Report } from '../../../src/nightly/issue.ts'

const red: Report = { verdict: 'red', workflow: 'nightly', commit: 'c0ffee', run: 'https://github.example/runs/7', markdown: '### table\n' }
const green: Report = { ...red, verdict: 'green' }
const body = `<!-- capi-actions nightly: nightly -->
[The last run](https://github.example/runs/7) tested c0ffee. This text is replaced after every red run, and the issue closed after a green one.

### table
`
const ours: Issue = { number: 12, body: body.replaceAll('\n', '\r\n'), trusted: true }
const foreign: Issue = { number: 3, body: 'The nightly is red.', trusted: true }

test('the first red night opens an issue that has the table', () =>
  assert.deepEqual(issueStep(red, [foreign]), { do: 'open', title: 'The workflow nightly fails', body }))

test('the next red night replaces its text', () => assert.deepEqual(issueStep(red, [foreign, ours]), { do: 'update', number: 12, body }))

test('a green night closes it, with the run that was green', () =>
  assert.deepEqual(issueStep(green, [ours]), {
    do: 'close',
    number: 12,
    comment: 'Green again: [the run](https://github.example/runs/7) of c0ffee.',
  }))

test('a green night without an issue, and a night that was cut short, change nothing', () => {
  assert.deepEqual(issueStep(green, [foreign]), { do: 'nothing' })
  assert.deepEqual(issueStep({ ...red, verdict: 'unfinished' }, [ours]), { do: 'nothing' })
})

test('each workflow has its own issue', () => assert.equal(issueStep({ ...red, workflow: 'nightly arm' }, [ours]).do, 'open'))

test('an issue that anybody could have written is not taken for ours', () => {
  const forged = { ...ours, trusted: false }
  assert.equal(issueStep(red, [forged]).do, 'open')
  assert.deepEqual(issueStep(green, [forged]), { do: 'nothing' })
})

test('no name of a workflow ends the comment by which its issue is known', () => {
  const step = issueStep({ ...red, workflow: 'a --> b' }, [])
  assert.ok(step.do === 'open')
  assert.equal(step.body.split('\n')[0], '<!-- capi-actions nightly: a > b -->')
})
