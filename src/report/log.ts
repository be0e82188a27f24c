/** The plain view of a run, line by line, for logs and pipes: what starts, what is still being waited for, what ended and how long it took. */
import type { Outcome, RunEvent } from '../run/events.ts'
import { explain } from './failure.ts'
import { glyphs, noProgress, observe, spent, type TaskProgress } from './progress.ts'
import { clock, elapsed } from './time.ts'

export interface LineView {
  readonly listener: (event: RunEvent) => void
  /** Says what has been silent for long; called by a timer. */
  readonly tick: (now: number) => void
}

export interface Lines {
  readonly write: (line: string) => void
  /** Output of programs, which may hold anything. Default: `write` for each line. */
  readonly writeOutput?: (title: string, lines: readonly string[]) => void
}

/** Milliseconds after which a silent task is mentioned again. */
const SILENCE = 30_000

/** Lines of output shown of a task that failed. */
const SHOWN_LINES = 30

export function lineView({ write, writeOutput }: Lines): LineView {
  const progress = noProgress()
  const mentioned = new Map<TaskProgress, number>()
  const say = (at: number, task: TaskProgress, text: string) => {
    mentioned.set(task, at)
    write(`${clock(at - (progress.beganAt ?? at)).padStart(6)}  ${text}`)
  }
  const showOutput = writeOutput ?? ((_, lines) => lines.forEach(line => void write(`        │ ${line}`)))
  const listener = (event: RunEvent) => {
    const task = observe(progress, event)
    if (task === undefined) return
    if (event.type === 'started') say(event.at, task, `▸ ${task.name}`)
    if (event.type === 'notice') say(event.at, task, `note: ${event.sentence}`)
    if (event.type !== 'ended' || task.startedAt === undefined) return
    say(event.at, task, `${glyphs[task.state]} ${task.name}${ending(event.outcome)} (${elapsed(spent(task, event.at))})`)
    if (task.state === 'failed' && task.output.length > 0) showOutput(`Output of ${task.name}`, task.output.slice(-SHOWN_LINES))
  }
  const tick = (now: number) => {
    for (const task of progress.tasks.values()) {
      if (task.state !== 'running' || now - (mentioned.get(task) ?? now) < SILENCE) continue
      say(now, task, `… ${task.name}${task.phrase ? `: ${task.phrase}` : ''} (${elapsed(spent(task, now))})`)
    }
  }
  return { listener, tick }
}

function ending(outcome: Outcome): string {
  if (outcome.status === 'skipped') return `: ${outcome.reason}`
  if (outcome.status === 'failed') return ` failed: ${explain(outcome.error).what}`
  return outcome.status === 'cancelled' ? ' cancelled' : ''
}

/** Calls `tick` every second until the returned function is called; keeps no process alive. */
export function everySecond(tick: (now: number) => void): () => void {
  const timer = setInterval(() => tick(Date.now()), 1000)
  timer.unref()
  return () => clearInterval(timer)
}
