/** What is known of a run so far, gathered from its events; every view of a running run draws from this. */
import type { Outcome, RunEvent } from '../run/events.ts'

export interface TaskProgress {
  readonly name: string
  readonly needs: readonly string[]
  state: 'to come' | 'running' | Outcome['status']
  startedAt?: number
  endedAt?: number
  /** What it waits for right now. */
  phrase?: string
  /** Why there was nothing to do. */
  reason?: string
  /** Its last lines of output. */
  readonly output: string[]
}

export interface Progress {
  readonly tasks: Map<string, TaskProgress>
  /** What tasks have told the user, each once. */
  readonly notices: Set<string>
  beganAt?: number
}

/** Lines of output kept of each task, for when it fails. */
const KEPT_LINES = 200

export const noProgress = (): Progress => ({ tasks: new Map(), notices: new Set() })

/** Takes an event in; returns the task that it is about. */
export function observe(progress: Progress, event: RunEvent): TaskProgress | undefined {
  if (event.type === 'planned') {
    progress.beganAt = event.at
    for (const { name, needs } of event.tasks) progress.tasks.set(name, { name, needs, state: 'to come', output: [] })
    return undefined
  }
  if (event.type === 'notice') progress.notices.add(event.sentence)
  const task = progress.tasks.get(event.task)
  if (task !== undefined) change(task, event)
  return task
}

function change(task: TaskProgress, event: Exclude<RunEvent, { type: 'planned' }>): void {
  switch (event.type) {
    case 'started':
      task.state = 'running'
      task.startedAt = event.at
      return
    case 'waiting':
      task.phrase = event.phrase
      return
    case 'output':
      task.output.push(event.line)
      if (task.output.length > KEPT_LINES) task.output.shift()
      return
    case 'notice':
      return
    case 'ended':
      task.state = event.outcome.status
      task.endedAt = event.at
      if (event.outcome.status === 'skipped') task.reason = event.outcome.reason
      return
  }
}

/** Milliseconds that a task has been running, or ran. */
export const spent = ({ startedAt, endedAt }: TaskProgress, now: number): number =>
  startedAt === undefined ? 0 : (endedAt ?? now) - startedAt

export const glyphs: Readonly<Record<TaskProgress['state'], string>> = {
  'to come': '·',
  running: '▸',
  done: '✔',
  skipped: '✔',
  failed: '✖',
  cancelled: '■',
}
