/** The verb of `setup-tools`: the wanted tools, without a Cluster API repository and without a record, for they stay in the cache. */
import { dirname } from 'node:path'
import type { Plan } from '../plan/task.ts'
import { wantedToolTasks } from '../plan/tool-tasks.ts'
import type { Settings } from '../settings/settings.ts'
import type { Tool } from '../tools/install.ts'
import type { RunListener } from './events.ts'
import { type RunResult, runPlan } from './run.ts'

/** The tools that are there: all that are wanted, or those that were before `failure`. */
export type ToolsOutcome = { readonly made: readonly Tool[] } | { readonly made: readonly Tool[]; readonly failure: unknown }

/** What `installTools` would do. */
export const planOfTools = (settings: Settings): Plan => ({ tasks: wantedToolTasks(settings) })

/** Never throws: `failure` is the first of a task, or AbortError when `signal` fired. */
export async function installTools(settings: Settings, listener: RunListener, signal: AbortSignal): Promise<ToolsOutcome> {
  const result = await runPlan(planOfTools(settings), listener, signal)
  const made = toolsOf(result)
  if (signal.aborted) return { made, failure: signal.reason }
  return result.failures.length > 0 ? { made, failure: result.failures[0] } : { made }
}

/** Every task of the plan returns a tool. */
const toolsOf = ({ records }: RunResult): Tool[] => records.flatMap(({ outcome }) => ('value' in outcome ? [outcome.value as Tool] : []))

/** Folders of the tools that are not on PATH yet: in front of it, /usr/bin would hide what earlier steps have set up. */
export const toolFolders = (tools: readonly Tool[]): string[] => [
  ...new Set(tools.filter(({ source }) => source !== 'path').map(({ path }) => dirname(path))),
]
