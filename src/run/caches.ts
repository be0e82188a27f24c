/** The Actions cache round a run: the service before it, what came of restoring and is to be saved after it, and saving itself, which the post step does. */
import { folderPacking } from '../cache/archive.ts'
import { save } from '../cache/entries.ts'
import type { SaveOrder } from '../cache/order.ts'
import { type CacheService, cacheService } from '../cache/service.ts'
import { imageSaving } from '../cluster/node-image.ts'
import { useEngine } from '../host/container-engine.ts'
import { cacheEndpoint } from '../host/runner.ts'
import type { Work } from '../host/work.ts'
import type { Caching, Ran } from '../plan/cache-tasks.ts'
import type { Settings } from '../settings/settings.ts'
import type { RunResult } from './run.ts'

export interface CacheOutcome {
  readonly saves: readonly SaveOrder[]
  /** Sentences: what could not be restored, and why. */
  readonly troubles: readonly string[]
}

/** The service, where something is to be kept in it. */
export function cacheOf({ cache }: Settings): CacheService | undefined {
  const endpoint = cache.length === 0 ? undefined : cacheEndpoint(process.env)
  return endpoint && cacheService(endpoint)
}

/** What the tasks of a run came to. */
export function valuesOf({ records }: Pick<RunResult, 'records'>): Ran {
  const outcomes = new Map(records.map(({ name, outcome }) => [name, outcome]))
  return {
    ended: ({ name }) => 'value' in (outcomes.get(name) ?? {}),
    // A task's value is of its type: the run has it from the task itself.
    valueOf: <T>({ name }: { readonly name: string }) => {
      const outcome = outcomes.get(name)
      return outcome !== undefined && 'value' in outcome ? (outcome.value as T) : undefined
    },
  }
}

export const cacheOutcome = (caching: Caching, ran: Ran): CacheOutcome => ({
  saves: caching.saves(ran),
  troubles: [...new Set(caching.restored.flatMap(one => ran.valueOf(one)?.trouble ?? []))],
})

/** All at the same time. @returns what the token of this job was refused, in words, if it was. */
export async function saveCaches(orders: readonly SaveOrder[], work: Work): Promise<string | undefined> {
  const endpoint = orders.length === 0 ? undefined : cacheEndpoint(process.env)
  if (endpoint === undefined) return undefined
  const service = cacheService(endpoint)
  const names = orders.map(({ name }) => name).join(', ')
  if (!service.writable) {
    work.log(`${names} not saved: cache-mode of this job allows no saving`)
    return undefined
  }
  const outcomes = await Promise.all(
    orders.map(async ({ name, key, content }) => {
      if (content.kind === 'image') useEngine(content.engine)
      const packing = () => (content.kind === 'folder' ? folderPacking(content) : imageSaving(content.reference, work))
      const outcome = await save(service, name, key, packing, work)
      work.log(outcome.sentence)
      return outcome
    }),
  )
  return outcomes.find(({ refused }) => refused)?.sentence
}
