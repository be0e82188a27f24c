/** The verb of `setup-tools`: the wanted tools, without a Cluster API repository and without a record, for they stay in the cache. */
import { toolCaching, toolDownloads } from '../plan/cache-tasks.ts'
import { inOrder, type Plan } from '../plan/task.ts'
import { versionsAsked, wantedToolTasks } from '../plan/tool-tasks.ts'
import type { Settings } from '../settings/settings.ts'
import type { Tool } from '../tools/install.ts'
import { type CacheOutcome, cacheOf, cacheOutcome, valuesOf } from './caches.ts'
import type { RunListener } from './events.ts'
import { runPlan } from './run.ts'

export { toolFolders } from '../tools/install.ts'

/** The tools that are there: all that are wanted, or those that were before `failure`. */
export type ToolsOutcome = { readonly made: readonly Tool[]; readonly caches: CacheOutcome; readonly failure?: unknown }

/** What `installTools` would do. */
export const planOfTools = (settings: Settings): Plan => ({ tasks: wantedToolTasks(settings) })

/** Never throws: `failure` is the first of a task, or AbortError when `signal` fired. */
export async function installTools(settings: Settings, listener: RunListener, signal: AbortSignal): Promise<ToolsOutcome> {
  const downloads = toolCaching({ settings, cache: cacheOf(settings) }, [settings.tools, versionsAsked({ settings, repositories: [] })])
  const tasks = wantedToolTasks(settings, downloads.restored)
  const result = await runPlan({ tasks: inOrder(tasks) }, listener, signal)
  const values = valuesOf(result)
  const made = tasks.flatMap(one => values.valueOf(one) ?? [])
  const outcome = { made, caches: cacheOutcome(downloads.caching(toolDownloads(tasks)), values) }
  if (signal.aborted) return { ...outcome, failure: signal.reason }
  return result.failures.length > 0 ? { ...outcome, failure: result.failures[0] } : outcome
}
