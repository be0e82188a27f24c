/**
 * The plan room: from what is wanted to tasks. Here alone the domain rooms meet: a task of one gets what another returned. Pure: nothing is read or
 * made before the run.
 */
import type { Registry } from '../cluster/registry.ts'
import type { Tool } from '../tools/install.ts'
import { certManagerTasks } from './cert-manager-tasks.ts'
import { clusterTasks, type ManagementCluster } from './cluster-tasks.ts'
import { type DeployedProvider, providerTasks } from './provider-tasks.ts'
import { inOrder, type Plan, type Task } from './task.ts'
import { type ToolTasks, toolTasks } from './tool-tasks.ts'
import type { Wanted } from './wanted.ts'
import { templateTask, workloadTasks } from './workload-tasks.ts'

/** The plan of the whole chain, with the tasks whose values are its result. */
export interface MainPlan extends Plan {
  readonly tools: readonly Task<Tool>[]
  readonly cluster: Task<ManagementCluster>
  readonly registry: Task<Registry>
  readonly providers: readonly Task<DeployedProvider>[]
  readonly workloadKubeconfig: Task<string> | undefined
}

export function makePlan(wanted: Wanted): MainPlan {
  const { workload } = wanted
  const tools: ToolTasks = toolTasks(wanted)
  const templates = workload && templateTask(wanted, workload)
  const management = clusterTasks(wanted, tools, templates ? [templates] : [])
  const certManager = certManagerTasks(wanted, management)
  const providers = providerTasks(wanted, { tools, management, certManager })
  const kubeconfig = templates && workloadTasks(wanted, templates, management, providers.ready)
  const all = Object.values(tools)
  return {
    tasks: inOrder([
      ...all,
      management.nodes,
      management.connected,
      ...(certManager ? [certManager.ready] : []),
      ...providers.ready,
      ...(kubeconfig ? [kubeconfig] : []),
      providers.afterwards,
    ]),
    tools: all,
    cluster: management.cluster,
    registry: management.registry,
    providers: providers.ready,
    workloadKubeconfig: kubeconfig,
  }
}
