/** Reads a finished run: which chain of tasks decided how long it took. */
import type { TaskRecord } from './run.ts'

export interface CriticalPath {
  readonly tasks: readonly {
    readonly name: string
    readonly seconds: number /** Seconds between the last need's end and the start (queueing for a core). */
    readonly queued: number
  }[]
  readonly seconds: number
}

/** From the task that ended last back through, at each step, the need that ended last. */
export function criticalPath(records: readonly TaskRecord[]): CriticalPath {
  const byName = new Map(records.map(record => [record.name, record]))
  const ran = records.filter(({ endedAt }) => endedAt !== undefined)
  const chain: TaskRecord[] = []
  for (let at = latest(ran); at; at = latest(at.needs.flatMap(name => byName.get(name) ?? []))) chain.unshift(at)
  const begin = Math.min(...ran.map(({ startedAt }) => startedAt ?? Number.POSITIVE_INFINITY))
  let ready = begin
  const tasks = chain.map(({ name, startedAt = 0, endedAt = 0 }) => {
    const step = { name, seconds: (endedAt - startedAt) / 1000, queued: Math.max(0, startedAt - ready) / 1000 }
    ready = endedAt
    return step
  })
  return { tasks, seconds: tasks.length === 0 ? 0 : (ready - begin) / 1000 }
}

const latest = (records: readonly TaskRecord[]) =>
  records.filter(({ endedAt }) => endedAt !== undefined).toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))[0]
