/** The run room: executes a plan concurrently, tells what happens, and stops the rest when one task fails. */
import { availableParallelism, totalmem } from 'node:os'
import { isCancellation, StoppedByFailure } from '../host/failure.ts'
import type { Plan, Task, TaskWork } from '../plan/task.ts'
import type { Outcome, RunListener } from './events.ts'

/** One task's place in the timeline. Tasks that never started have no times. */
export interface TaskRecord {
  readonly name: string
  readonly needs: readonly string[]
  readonly startedAt?: number
  readonly endedAt?: number
  readonly outcome: Outcome
}

export interface RunResult {
  readonly records: readonly TaskRecord[]
  /** What the tasks threw, in the order of failing; empty when the run succeeded. */
  readonly failures: readonly unknown[]
  readonly cancelled: boolean
}

export interface RunOptions {
  /** How many `cpu` tasks run at the same time. Default: as many as there are cores, and memory for. */
  readonly cores?: number
}

/** Runs every task as soon as what it needs has ended well. Never throws: what went wrong is in the result. */
export async function runPlan(plan: Plan, listener: RunListener, signal: AbortSignal, options: RunOptions = {}): Promise<RunResult> {
  const stop = new AbortController()
  const cancelled = AbortSignal.any([signal, stop.signal])
  const cpu = semaphore(options.cores ?? atOnce(availableParallelism(), memory()))
  const running = new Map<Task, Promise<TaskRecord>>()
  const failures: unknown[] = []
  const values = new Map<Task, unknown>()

  listener({
    type: 'planned',
    at: Date.now(),
    tasks: plan.tasks.map(task => ({ name: task.name, needs: task.needs.map(need => need.name) })),
  })
  for (const task of plan.tasks) running.set(task, execute(task))
  const records = await Promise.all(running.values())
  return { records, failures, cancelled: signal.aborted }

  async function execute(task: Task): Promise<TaskRecord> {
    const record = { name: task.name, needs: task.needs.map(need => need.name) }
    const needed = await Promise.all(task.needs.map(need => running.get(need) ?? missing(task, need)))
    const release = needed.every(({ outcome }) => succeeded(outcome)) && task.uses === 'cpu' ? await cpu(cancelled) : () => {}
    if (cancelled.aborted || !needed.every(({ outcome }) => succeeded(outcome))) {
      release()
      listener({ type: 'ended', at: Date.now(), task: task.name, outcome: { status: 'cancelled' } })
      return { ...record, outcome: { status: 'cancelled' } }
    }
    const startedAt = Date.now()
    listener({ type: 'started', at: startedAt, task: task.name })
    const outcome = await attempt(task)
    release()
    const endedAt = Date.now()
    if (outcome.status === 'failed') {
      failures.push(outcome.error)
      stop.abort(new StoppedByFailure())
    }
    listener({ type: 'ended', at: endedAt, task: task.name, outcome })
    return { ...record, startedAt, endedAt, outcome }
  }

  async function attempt(task: Task): Promise<Outcome> {
    let skipped: string | undefined
    const work: TaskWork = {
      signal: cancelled,
      log: line => listener({ type: 'output', at: Date.now(), task: task.name, line }),
      waiting: phrase => listener({ type: 'waiting', at: Date.now(), task: task.name, phrase }),
      notice: sentence => listener({ type: 'notice', at: Date.now(), task: task.name, sentence }),
      of: need => read(task, need),
      unchanged: reason => {
        skipped = reason
      },
    }
    try {
      const value = await task.run(work)
      values.set(task, value)
      return skipped === undefined ? { status: 'done', value } : { status: 'skipped', reason: skipped, value }
    } catch (error) {
      // What a task throws after the run was stopped is a consequence of stopping, whatever it looks like.
      return cancelled.aborted || isCancellation(error) ? { status: 'cancelled' } : { status: 'failed', error }
    }
  }

  function read<T>(task: Task, need: Task<T>): T {
    if (!reaches(task, need)) throw new Error(`task '${task.name}' reads '${need.name}' without needing it`)
    return values.get(need) as T
  }
}

/** What a compiler and its linker need at their worst, for a manager with the client libraries of a cloud. */
const MEMORY_OF_BUILD = 2 * 1024 ** 3

/** How many tasks that keep a core busy run at the same time: more than there is memory for end in the kernel killing one of them. Pure. */
export const atOnce = (cores: number, bytes: number): number => Math.max(1, Math.min(cores, Math.floor(bytes / MEMORY_OF_BUILD)))

/** Bytes: of the machine, or of the container that this is. */
const memory = (): number => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)

const succeeded = (outcome: Outcome) => outcome.status === 'done' || outcome.status === 'skipped'

const reaches = (task: Task, wanted: Task, seen = new Set<Task>()): boolean =>
  task.needs.includes(wanted) ||
  task.needs.some(need => {
    if (seen.has(need)) return false
    seen.add(need)
    return reaches(need, wanted, seen)
  })

function missing(task: Task, need: Task): never {
  throw new Error(`task '${task.name}' needs '${need.name}', which does not stand before it in the plan`)
}

/** Returns a function that resolves when a slot is free, to the function that gives it back. */
function semaphore(slots: number): (signal: AbortSignal) => Promise<() => void> {
  const queue: (() => void)[] = []
  let free = slots
  const give = () => {
    const next = queue.shift()
    if (next) next()
    else free += 1
  }
  return async signal => {
    if (free > 0) free -= 1
    else {
      await new Promise<void>(resolve => {
        queue.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      // Aborted while queued: the place in the queue goes, no slot was taken.
      if (signal.aborted) return () => {}
    }
    let held = true
    return () => {
      if (held) give()
      held = false
    }
  }
}
