import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { redactor } from '../../../src/report/redact.ts'
import { startReport } from '../../../src/report/report.ts'
import { summaryOf } from '../../../src/report/summary.ts'
import { failedRun } from './run-of-events.ts'

test('the summary tells outcome, failure, timeline, critical path and every task', () => {
  const report = startReport(text => text)
  failedRun.forEach(report.listener)
  assert.equal(
    report.summary(),
    `### capi-actions: ✖ failed after 1 min 5 s, 3 of 4 tasks

**provider docker: Deployment capd-system/capd-controller-manager is not Available after 120 s**

its container manager exited 1, 4 times: "permission denied"

→ the image runs as user 65532, CAPD must run as root

\`tilt-provider.yaml:7:3\` · \`logs: report/manager.log\`

<details><summary>Details</summary>

\`\`\`text
line one
line two
\`\`\`

</details>

<details><summary>Caused by</summary>

\`\`\`text
Error: inner
AggregateError: both
Error: a
TypeError: b
\`\`\`

</details>

\`\`\`mermaid
gantt
  dateFormat x
  axisFormat %M:%S
  todayMarker off
  tool kind :crit, 0, 400
  cluster :crit, 400, 65000
  compile docker :crit, 100, 65000
\`\`\`

Critical path (1 min 5 s): tool kind 0.4 s → cluster 1 min 5 s

<details><summary>All tasks</summary>

| task | seconds | |
|---|--:|---|
| ✔ tool kind | 0.4 | v0.32.0 is on PATH |
| ■ cluster | 64.6 | cancelled |
| ✖ compile docker | 64.9 | failed |
| ■ ready docker |  | cancelled |

</details>
`,
  )
})

test('text of tools can be no Markdown, no HTML and no end of a code block', () => {
  const failures = [
    { what: 'a | <b> `c` *d*', why: undefined, remedy: undefined, where: [], folded: [{ title: 'Details', lines: ['```', '</details>'] }] },
  ]
  const summary = summaryOf({ title: 'capi-actions', records: [], failures, made: [], notices: [] })
  assert.match(summary, /\*\*a \\\| \\<b\\> \\`c\\` \\\*d\\\*\*\*/)
  assert.match(summary, /^````text\n```\n<\/details>\n````$/m)
})

test('the report folder holds log, summary and timeline, without secrets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'))
  try {
    const report = startReport(redactor(['ghs_secret']))
    failedRun.forEach(report.listener)
    await report.write(join(folder, 'report'), ['it stands'])
    const read = (name: string) => readFile(join(folder, 'report', name), 'utf8')
    assert.match(await read('run.log'), /^ {2}0:03 {2}\[compile docker\] token \*\*\*$/m)
    assert.match(await read('run.log'), /^ {2}1:05 {2}\[compile docker\] failed: provider docker: /m)
    assert.match(await read('summary.md'), /^- it stands$/m)
    const timeline = JSON.parse(await read('timeline.json'))
    assert.equal(timeline.format, 1)
    assert.deepEqual(timeline.tasks[3], { name: 'ready docker', needs: ['cluster', 'compile docker'], status: 'cancelled' })
    await writeFile(join(folder, 'file'), '')
    await assert.rejects(report.write(join(folder, 'file')), { what: `the report can't be written to ${join(folder, 'file')}` })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a run that was never planned has no summary', () => assert.equal(startReport(text => text).summary(), ''))

test('what a task has to tell the user is on the page of the job, each sentence once', () => {
  const report = startReport(text => text)
  for (const event of failedRun) report.listener(event)
  for (const at of [1_000_500, 1_000_600])
    report.listener({ type: 'notice', at, task: 'cluster', sentence: 'provider x is taken for addon-x' })
  assert.equal(report.summary().match(/^- note: provider x is taken for addon-x$/gm)?.length, 1)
})
