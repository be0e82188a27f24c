/** A task: a named unit of work, the tasks it needs, and what it returns to those that need it. */
import type { Work } from '../host/work.ts'

export interface TaskWork extends Work {
  /** What a needed task returned. */
  of<T>(task: Task<T>): T
  /** Tells the user that something is not as it was said: one plain sentence. */
  notice(sentence: string): void
  /** Says that nothing had to be done, and why: the outcome is then `skipped`. */
  unchanged(reason: string): void
}

export interface Task<T = unknown> {
  /** Unique in a plan, in words of the field: `compile docker`, `crds core`, `available demo`. */
  readonly name: string
  /** One sentence for `plan`: what it does to what. */
  readonly docs: string
  readonly needs: readonly Task[]
  /** `cpu` tasks are limited by the number of cores, `wait` tasks are not. */
  readonly uses: 'cpu' | 'wait'
  /** It judges what was said, from nothing but that: a dry run does it too. */
  readonly checks?: true
  run(work: TaskWork): Promise<T>
}

/** The tasks of a run, in an order in which every task stands after those it needs. */
export interface Plan {
  readonly tasks: readonly Task[]
}

/** A task that waits for others (processes, hosts, the API server) more than it computes. */
export const task = <T>(name: string, docs: string, needs: readonly Task[], run: (work: TaskWork) => Promise<T>): Task<T> => ({
  name,
  docs,
  needs,
  uses: 'wait',
  run,
})

/** A task that judges what was said. It makes nothing, asks nobody, and needs none that do. */
export const check = <T>(name: string, docs: string, run: (work: TaskWork) => Promise<T>): Task<T> => ({
  ...task(name, docs, [], run),
  checks: true,
})

/** A task that keeps a core busy. */
export const cpuTask = <T>(...parameters: Parameters<typeof task<T>>): Task<T> => ({ ...task(...parameters), uses: 'cpu' })

/** `tasks` and all they need, each once, every one after those it needs. */
export function inOrder(tasks: readonly Task[]): readonly Task[] {
  const ordered = new Set<Task>()
  const add = (one: Task): void => {
    if (ordered.has(one)) return
    one.needs.forEach(add)
    ordered.add(one)
  }
  tasks.forEach(add)
  return [...ordered]
}
