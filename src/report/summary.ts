/** The summary of a run in Markdown, for the job's page and the report folder: outcome, timeline, what decided the time, every task. */
import type { TaskRecord } from '../run/run.ts'
import { criticalPath } from '../run/timeline.ts'
import type { Explanation } from './failure.ts'
import { failureMarkdown, plain } from './markdown.ts'
import { glyphs } from './progress.ts'
import { elapsed } from './time.ts'

export interface Summarized {
  /** What has run: the name of a step, where a job's page shows several. */
  readonly title: string
  readonly records: readonly TaskRecord[]
  readonly failures: readonly Explanation[]
  /** Sentences on what stands now and how to use it. */
  readonly made: readonly string[]
  /** Sentences on what is not as it was said. */
  readonly notices: readonly string[]
}

export function summaryOf(run: Summarized): string {
  return [
    headline(run),
    ...run.failures.map(failureMarkdown),
    list(run.made),
    list(run.notices.map(notice => `note: ${plain(notice)}`)),
    timeline(run.records),
    path(run.records),
    table(run.records),
  ]
    .filter(part => part !== '')
    .join('\n\n')
    .concat('\n')
}

function headline({ title, records, failures }: Summarized): string {
  const { begin, end } = spanOf(records)
  const count = records.filter(({ endedAt }) => endedAt !== undefined).length
  const verdict =
    failures.length > 0 ? '✖ failed' : records.some(({ outcome }) => outcome.status === 'cancelled') ? '■ cancelled' : '✔ done'
  return `### ${title}: ${verdict} after ${elapsed(end - begin)}, ${count} of ${records.length} tasks`
}

const list = (sentences: readonly string[]): string => sentences.map(sentence => `- ${sentence}`).join('\n')

/** Mermaid's gantt. Times are milliseconds from the beginning, so the axis shows minutes and seconds of the run. */
function timeline(records: readonly TaskRecord[]): string {
  const { begin } = spanOf(records)
  const critical = new Set(criticalPath(records).tasks.map(({ name }) => name))
  const bars = records.flatMap(({ name, startedAt, endedAt, outcome }) => {
    if (startedAt === undefined || endedAt === undefined) return []
    const mark = outcome.status === 'failed' || critical.has(name) ? 'crit, ' : outcome.status === 'skipped' ? 'done, ' : ''
    // Colons, semicolons and number signs end a name in Mermaid. A bar of no length is not drawn.
    return [`  ${name.replaceAll(/[:;#,]/g, ' ')} :${mark}${startedAt - begin}, ${Math.max(endedAt, startedAt + 100) - begin}`]
  })
  if (bars.length === 0) return ''
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %M:%S', '  todayMarker off', ...bars, '```'].join('\n')
}

function path(records: readonly TaskRecord[]): string {
  const { tasks, seconds } = criticalPath(records)
  if (tasks.length === 0) return ''
  const steps = tasks.map(
    ({ name, seconds: own, queued }) =>
      `${name} ${elapsed(own * 1000)}${queued >= 1 ? ` (after ${elapsed(queued * 1000)} in the queue)` : ''}`,
  )
  return `Critical path (${elapsed(seconds * 1000)}): ${plain(steps.join(' → '))}`
}

function table(records: readonly TaskRecord[]): string {
  const rows = records.map(record => {
    const { name, startedAt, endedAt, outcome } = record
    const seconds = startedAt === undefined || endedAt === undefined ? '' : ((endedAt - startedAt) / 1000).toFixed(1)
    const note = outcome.status === 'skipped' ? outcome.reason : outcome.status === 'done' ? '' : outcome.status
    return `| ${glyphs[outcome.status]} ${plain(name)} | ${seconds} | ${plain(note)} |`
  })
  return ['<details><summary>All tasks</summary>', '', '| task | seconds | |', '|---|--:|---|', ...rows, '', '</details>'].join('\n')
}

function spanOf(records: readonly TaskRecord[]): { begin: number; end: number } {
  const starts = records.flatMap(({ startedAt }) => startedAt ?? [])
  const ends = records.flatMap(({ endedAt }) => endedAt ?? [])
  return starts.length === 0 ? { begin: 0, end: 0 } : { begin: Math.min(...starts), end: Math.max(...ends) }
}
