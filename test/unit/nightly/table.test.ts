import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Job, nightOf } from '../../../src/nightly/cells.ts'
import { nightMarkdown } from '../../../src/nightly/table.ts'
import { cell, job, jobOf } from './nights.ts'

const square = [cell('v1.14.2', 'v1.34.4'), cell('v1.9.11', 'v1.34.4'), cell('v1.14.2', 'v1.33.4'), cell('v1.9.11', 'v1.32.11')]
const shown = (jobs: readonly Job[]) => nightMarkdown(nightOf(square, jobs))
const passed = square.map(tested => jobOf(tested, 'success'))

test('rows are Cluster API versions, columns Kubernetes versions, in their order, and cells link to their jobs', () => {
  assert.equal(
    shown([...passed.slice(0, 1), ...square.slice(1).map(tested => jobOf(tested, 'failure'))]),
    `### Nightly: ✖ red, 1 of 4 passed

| Cluster API ╲ Kubernetes | \`v1.32.11\` | \`v1.33.4\` | \`v1.34.4\` |
| --- | :---: | :---: | :---: |
| \`v1.9.11\` | [✖](https://github.example/job/v1.9.11-v1.32.11) |  | [✖](https://github.example/job/v1.9.11-v1.34.4) |
| \`v1.14.2\` |  | [✖](https://github.example/job/v1.14.2-v1.33.4) | [✔](https://github.example/job/v1.14.2-v1.34.4) |
`,
  )
})

test('a green night says so', () => assert.match(shown(passed), /^### Nightly: ✔ green, 4 of 4 passed\n/))

test('several refs have a table each', () => {
  const cells = [cell('v1.14.2', 'v1.34.4', 'main'), cell('v1.14.2', 'v1.34.4')]
  const markdown = nightMarkdown(
    nightOf(
      cells,
      cells.map(tested => jobOf(tested, 'success')),
    ),
  )
  assert.deepEqual(
    markdown.split('\n').filter(line => line.startsWith('#')),
    ['### Nightly: ✔ green, 2 of 2 passed', '#### `main`', '#### the commit itself'],
  )
})

test('a job that failed beside the matrix is named below it', () =>
  assert.match(shown([...passed, job('plan', 'failure')]), /\n\n- ✖ \[plan\]\(https:\/\/github\.example\/job\/plan\) failed\n$/))

test('a cell without a job is a question mark, and the name that its job should have is said', () => {
  const markdown = shown([...passed.slice(1), job('test (v1.14.2, v1.34.4)', 'success')])
  assert.match(markdown, /^### Nightly: ■ unfinished, 3 of 4 passed\n/)
  assert.match(markdown, /\| \? \|\n/)
  assert.match(
    markdown,
    /has to be named `CAPI \$\{\{ matrix\.capi \}\}, Kubernetes \$\{\{ matrix\.kubernetes \}\} \$\{\{ matrix\.ref \}\}`\.\n$/,
  )
})

test('a cancelled cell is marked as such', () => assert.match(shown([jobOf(square[0] ?? cell('', ''), 'cancelled')]), /\[■\]\(/))

test('nothing in a ref ends a cell or a code span', () => {
  const markdown = nightMarkdown(nightOf([cell('v1.14.2', 'v1.34.4', 'a`|b'), cell('v1.14.2', 'v1.34.4')], []))
  assert.match(markdown, /\n#### `a {2}b`\n/)
})
