/** Hooks of the user as tasks: each stands where its name says, and sees what is there by then. */

import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runUserCommand } from '../host/command-line.ts'
import type { HookName, Stage } from '../settings/add-ons.ts'
import { type Tool, toolFolders } from '../tools/install.ts'
import type { ClusterTasks, ManagementCluster } from './cluster-tasks.ts'
import type { ImageRegistry } from './registry-tasks.ts'
import { type Task, type TaskWork, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** What a hook is told, where it is there by then. */
export interface HookFacts {
  readonly cluster?: Task<ManagementCluster> | undefined
  readonly registry?: Task<ImageRegistry> | undefined
  /** Its value is the path of the workload cluster's kubeconfig. */
  readonly workload?: Task<string> | undefined
}

/** The task of a hook that is wanted, after `needs`; nothing for any other. A part of the chain runs the hooks of its own stage. */
export type HookTasks = (name: HookName, needs: readonly Task[], facts: HookFacts) => readonly Task[]

export function hookTasks(wanted: Wanted, tools: readonly Task<Tool>[], hasStage: (stage: Stage) => boolean): HookTasks {
  const { hooks, repository, sources } = wanted.settings
  return (name, needs, facts) => {
    const commands = hooks[name]
    if (commands === undefined || !hasStage(name.replace(/^(before|after)-/, '') as Stage)) return []
    const known = [facts.cluster, facts.registry, facts.workload].filter(one => one !== undefined)
    const docs = `Runs ${commands.length === 1 ? 'the command' : `${commands.length} commands`} of hooks.${name}.`
    return [
      task(`hook ${name}`, docs, [...tools, ...known, ...needs], async work => {
        const env = await environment(
          name,
          wanted,
          tools.map(tool => work.of(tool)),
          facts,
          work,
        )
        const options = { cwd: repository, env, where: sources.hooks.where }
        for (const command of commands) await runUserCommand(`hook ${name}`, command, work, options)
      }),
    ]
  }
}

/** The cluster as those get it who come after `hooks`. */
export function afterHooks(management: ClusterTasks, hooks: readonly Task[]): ClusterTasks {
  const { cluster } = management
  if (hooks.length === 0) return management
  const names = hooks.map(({ name }) => name).join(', ')
  return {
    ...management,
    cluster: task(`cluster after ${names}`, 'Goes on with the cluster.', [cluster, ...hooks], async work => work.of(cluster)),
  }
}

async function environment(
  name: HookName,
  wanted: Wanted,
  tools: readonly Tool[],
  { cluster, registry, workload }: HookFacts,
  work: TaskWork,
): Promise<Readonly<Record<string, string | undefined>>> {
  const { clusterName, workloadName, workloadNamespace, stateDir } = wanted.settings
  const there = cluster && work.of(cluster)
  return {
    PATH: [...toolFolders(tools), process.env.PATH].join(delimiter),
    KUBECONFIG: there && (await kubeconfigOf(there, wanted)),
    CAPI_ACTIONS_HOOK: name,
    CAPI_ACTIONS_CLUSTER_NAME: clusterName,
    CAPI_ACTIONS_STATE_DIR: stateDir,
    CAPI_ACTIONS_KUBE_CONTEXT: there?.context,
    CAPI_ACTIONS_IMAGE_REGISTRY: registry && work.of(registry).address,
    CAPI_ACTIONS_WORKLOAD_NAME: workloadName,
    CAPI_ACTIONS_WORKLOAD_NAMESPACE: workloadNamespace,
    CAPI_ACTIONS_WORKLOAD_KUBECONFIG: workload && work.of(workload),
  }
}

/** Where a context is said that is not the current one of its kubeconfig: the first of several files that says which is current wins. */
async function kubeconfigOf({ kubeconfig, context }: ManagementCluster, { settings, record }: Wanted): Promise<string> {
  if (settings.context === undefined) return kubeconfig
  const file = join(settings.stateDir, 'context.kubeconfig')
  await record({ kind: 'path', path: file })
  await mkdir(settings.stateDir, { recursive: true })
  // JSON is YAML too.
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': context }))
  return [file, kubeconfig].join(delimiter)
}
