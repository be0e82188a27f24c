/** The report room: everything that a person reads of a run. This file gathers a run's events into its report: `run.log`, `summary.md`, `timeline.json`. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, messageOf } from '../host/failure.ts'
import type { RunEvent, RunListener } from '../run/events.ts'
import type { TaskRecord } from '../run/run.ts'
import { criticalPath } from '../run/timeline.ts'
import type { Settings } from '../settings/settings.ts'
import { explain } from './failure.ts'
import { noProgress, observe, type Progress } from './progress.ts'
import { summaryOf } from './summary.ts'
import { clock } from './time.ts'

export interface Report {
  /** To be told of every event of the run. */
  readonly listener: RunListener
  /** The summary in Markdown; empty when no task was planned. `made`: sentences on what stands now. */
  summary(made?: readonly string[]): string
  /** Writes the report's files into `folder`. */
  write(folder: string, made?: readonly string[]): Promise<void>
}

/** Starts a report; `redact` takes secrets out of all that it says, `title` says whose it is. Nothing is written before `write`: an unmade state folder must stay unmade. */
export function startReport(redact: (text: string) => string, title = 'capi-actions'): Report {
  const progress = noProgress()
  const log: string[] = []
  const outcomes = new Map<string, TaskRecord['outcome']>()
  const summary = (made: readonly string[] = []) => {
    const records = recordsOf(progress, outcomes)
    if (records.length === 0) return ''
    const failures = records.flatMap(({ outcome }) => (outcome.status === 'failed' ? [explain(outcome.error)] : []))
    return redact(summaryOf({ title, records, failures, made, notices: [...progress.notices] }))
  }
  return {
    listener: event => {
      observe(progress, event)
      if (event.type === 'ended') outcomes.set(event.task, event.outcome)
      const time = clock(event.at - (progress.beganAt ?? event.at)).padStart(6)
      log.push(...logLines(event).map(line => `${time}  ${redact(line)}\n`))
    },
    summary,
    write: async (folder, made) => {
      const files = {
        'run.log': log.join(''),
        'summary.md': summary(made),
        'timeline.json': `${JSON.stringify(timelineOf(recordsOf(progress, outcomes)), null, 2)}\n`,
      }
      try {
        await mkdir(folder, { recursive: true })
        for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      } catch (error) {
        const remedy = 'set `report-dir` to a folder that can be written'
        throw new Failure({ what: `the report can't be written to ${folder}`, why: messageOf(error), remedy, cause: error })
      }
    },
  }
}

/** A report goes where the user wants it, or into a state folder that the run made: what nothing was made for is not made for the report. */
export const hasPlace = ({ sources, stateDir }: Settings): boolean => sources.reportDir.kind !== 'default' || existsSync(stateDir)

/** The tasks as the run left them; what has not ended was cancelled with it. */
const recordsOf = ({ tasks }: Progress, outcomes: ReadonlyMap<string, TaskRecord['outcome']>): TaskRecord[] =>
  [...tasks.values()].map(({ name, needs, startedAt, endedAt }) => ({
    name,
    needs,
    ...(startedAt === undefined || endedAt === undefined ? {} : { startedAt, endedAt }),
    outcome: outcomes.get(name) ?? { status: 'cancelled' },
  }))

function logLines(event: RunEvent): string[] {
  switch (event.type) {
    case 'planned':
      return [`${event.tasks.length} tasks: ${event.tasks.map(({ name }) => name).join(', ')}`]
    case 'started':
      return [`[${event.task}] started`]
    case 'output':
      return [`[${event.task}] ${event.line}`]
    case 'notice':
      return [`[${event.task}] note: ${event.sentence}`]
    case 'waiting':
      return [`[${event.task}] … ${event.phrase}`]
    case 'ended':
      return [`[${event.task}] ${endingOf(event.outcome)}`]
  }
}

function endingOf(outcome: TaskRecord['outcome']): string {
  if (outcome.status === 'failed') return `failed: ${explain(outcome.error).what}`
  return outcome.status === 'skipped' ? `skipped: ${outcome.reason}` : outcome.status
}

/** Times in milliseconds since the epoch; `format` is bumped when the shape changes. */
const timelineOf = (records: readonly TaskRecord[]) => ({
  format: 1,
  tasks: records.map(({ outcome, ...times }) => ({ ...times, status: outcome.status })),
  criticalPath: criticalPath(records),
})
