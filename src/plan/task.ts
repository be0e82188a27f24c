/** A task: a named unit of work, the tasks it needs, and what it returns to those that need it. */
import type { Work } from '../host/work.ts'

export interface TaskWork extends Work {
  /** What a needed task returned. */
  of<T>(task: Task<T>): T
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
  run(work: TaskWork): Promise<T>
}

/** The tasks of a run, in an order in which every task stands after those it needs. */
export interface Plan {
  readonly tasks: readonly Task[]
}
