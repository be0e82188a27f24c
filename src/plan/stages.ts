/**
 * The chain in stages, each a value: what is prepared without a cluster, the ground that providers stand on, what is deployed on it, and workload clusters.
 * A stage takes those before it; hooks of the user stand between them.
 */
import type { Order } from '../settings/add-ons.ts'
import type { Tool } from '../tools/install.ts'
import { addOnTasks, type DeployedAddOn, readyTask } from './add-on-tasks.ts'
import { type ToolCaching, toolCaching } from './cache-tasks.ts'
import { type CertManagerTasks, certManagerTasks } from './cert-manager-tasks.ts'
import { chartTasks } from './chart-tasks.ts'
import { type ClusterTasks, clusterTasks, existingCluster, foreignCluster } from './cluster-tasks.ts'
import { afterHooks, type HookFacts, type HookTasks, hookTasks } from './hook-tasks.ts'
import { type DeployedTool, observabilityTasks } from './observability-tasks.ts'
import { type DeployedProject, projectTasks } from './project-tasks.ts'
import { type ProviderTasks, providerTasks } from './provider-tasks.ts'
import { type ReleasedTasks, releasedTasks } from './released-tasks.ts'
import { appliesObjects, type Target, targets } from './targets.ts'
import type { Task } from './task.ts'
import { type FilledWorkload, templateTasks } from './template-tasks.ts'
import { type ToolTasks, toolTasks, versionsAsked } from './tool-tasks.ts'
import { hasProviders, isBuilding, usesRegistry, type Wanted } from './wanted.ts'
import { type WorkloadTasks, workloadTasks } from './workload-tasks.ts'

/** Whether a dry run asks the API server: one that would apply nothing has nothing to ask. */
export const asksServer = ({ dryRun }: Wanted['settings'], wanted: readonly Target[] = targets): boolean =>
  dryRun === 'server' && appliesObjects(wanted)

/** What needs no cluster. */
export interface Preparation {
  readonly tools: ToolTasks
  /** Tools that the user goes on with. */
  readonly handy: readonly Task<Tool>[]
  readonly downloads: ToolCaching
  readonly released: ReleasedTasks
  readonly templates: readonly Task<FilledWorkload>[]
  readonly hook: HookTasks
  /** Who only asks the API server runs nothing of the user's, and applies nothing. */
  readonly asks: boolean
}

/** @param wantedTargets Without it the whole chain. */
export function prepare(wanted: Wanted, wantedTargets: readonly Target[] | undefined): Preparation {
  const { settings } = wanted
  const downloads = toolCaching(wanted, [wantedTargets, versionsAsked(wanted), settings.certManagerVersion, settings.baseImage])
  const tools = toolTasks(wanted, downloads.restored)
  const released = releasedTasks(wanted)
  const handy = Object.values(tools).filter(tool => isOfUse(tool, tools, wanted))
  const asks = asksServer(settings, wantedTargets)
  const ofHooks = wantedTargets === undefined ? handy : [tools.kubectl]
  const hook = asks ? () => [] : hookTasks(wanted, ofHooks, stage => wantedTargets?.includes(stage) ?? true)
  return { tools, handy, downloads, released, templates: templateTasks(wanted, tools, released), hook, asks }
}

/** The user goes on with the tools of what is made: of Cluster API's there is no need without it. */
function isOfUse(tool: Task<Tool>, { kustomize, clusterctl }: ToolTasks, wanted: Wanted): boolean {
  const { settings, observability } = wanted
  const { sources, additionalKustomizations } = settings
  if (tool === clusterctl) return hasProviders(wanted) || sources.clusterctlVersion.kind !== 'default'
  if (tool !== kustomize) return true
  const renders = (hasProviders(wanted) && isBuilding(wanted)) || observability.length + Object.keys(additionalKustomizations).length > 0
  return renders || sources.kustomizeVersion.kind !== 'default'
}

/** A cluster, and cert-manager in it where it is wanted. */
export interface Ground {
  readonly made: ClusterTasks
  /** The cluster, for those who come after the hooks of its stage. */
  readonly management: ClusterTasks
  readonly afterCluster: readonly Task[]
  readonly certManager: CertManagerTasks | undefined
  /** After these it is proven, and its hooks have run. */
  readonly ready: readonly Task[]
  /** What hooks are told from here on. */
  readonly facts: HookFacts
}

export function layGround(wanted: Wanted, { tools, downloads, released, templates, hook, asks }: Preparation): Ground {
  const first = [...templates, ...hook('before-cluster', [], {})]
  const made = asks ? existingCluster(wanted, first) : clusterOf(wanted, tools, first)
  const facts = { cluster: made.cluster, registry: usesRegistry(wanted) ? made.registry : undefined }
  const afterCluster = hook('after-cluster', [made.connected, made.finished, made.services], facts)
  const management = afterHooks(made, afterCluster)
  const beforeCertManager = hook('before-cert-manager', [management.cluster], facts)
  const certManager = certManagerTasks(wanted, afterHooks(management, beforeCertManager), released.checked, downloads.restored)
  const proven = [management.cluster, ...beforeCertManager, ...(certManager ? [certManager.ready] : [])]
  const ready = [...proven, ...hook('after-cert-manager', proven, facts)]
  return { made, management, afterCluster, certManager, ready, facts }
}

/** A kind cluster, or one that somebody else has made. */
const clusterOf = (wanted: Wanted, tools: ToolTasks, first: readonly Task[]): ClusterTasks =>
  wanted.settings.kubeconfig === undefined ? clusterTasks(wanted, tools, first) : foreignCluster(wanted, first)

/** All that stands in the management cluster beside cert-manager. */
export interface Deployment {
  readonly providers: ProviderTasks
  readonly addOns: readonly Task<DeployedAddOn>[]
  readonly projects: readonly Task<DeployedProject>[]
  readonly observability: readonly Task<DeployedTool>[]
  /** After these it works, and its hooks have run. Nothing waits for observability tools. */
  readonly ready: readonly Task[]
}

export function deploy(wanted: Wanted, { tools, downloads, released, hook, asks }: Preparation, ground: Ground): Deployment {
  const { management, certManager, facts } = ground
  const additions = (order: Order, first: readonly Task[]): readonly Task<DeployedAddOn>[] =>
    (asks ? [] : [addOnTasks, chartTasks]).flatMap(tasksOf => tasksOf(wanted, order, { tools, management, first }))
  const early = additions('before', ground.ready)
  const before = hook('before-providers', [...ground.ready, ...early], facts)
  const checked = [...released.checked, ...early, ...before]
  const beside = additions(undefined, ground.ready)
  const observability = observabilityTasks(wanted, { tools, management })
  const named = addOnsByName(wanted, [...early, ...beside], observability)
  const needed = { tools, management, certManager, checked, restored: downloads.restored, addOns: named }
  const providers = providerTasks(wanted, needed, released)
  const after = hook('after-providers', [...ground.ready, ...before, ...providers.ready], facts)
  const late = additions('after', [...ground.ready, ...providers.ready, ...after])
  const addOns = [...early, ...beside, ...late]
  const projects = projectTasks(wanted, { tools, management, first: ground.ready })
  return {
    providers,
    addOns,
    projects,
    observability,
    ready: [...providers.ready, ...providers.bare, ...addOns, ...projects, ...before, ...after],
  }
}

/** What a provider may wait for by the name that it has in settings, as it has in Tilt. What comes after the providers can't be among it. */
function addOnsByName(
  { settings, observability }: Wanted,
  addOns: readonly Task<DeployedAddOn>[],
  tools: readonly Task<DeployedTool>[],
): ReadonlyMap<string, Task> {
  const kustomized = Object.keys(settings.additionalKustomizations).flatMap(name => {
    const ready = addOns.find(one => one.name === readyTask({ name, kind: 'kustomization' }))
    return ready === undefined ? [] : [[name, ready] as const]
  })
  const observed = observability.flatMap(({ name }, index) => (tools[index] === undefined ? [] : [[name, tools[index]] as const]))
  return new Map<string, Task>([...kustomized, ...observed])
}

export interface WorkloadStage {
  readonly workloads: readonly WorkloadTasks[]
  readonly ready: readonly Task[]
}

/** @param deployed What has to work before a workload cluster is asked for. */
export function fillWorkloads(wanted: Wanted, { templates, hook }: Preparation, ground: Ground, deployed: readonly Task[]): WorkloadStage {
  const before = hook('before-workload', deployed, ground.facts)
  const workloads = workloadTasks(wanted, templates, ground.management, [...deployed, ...before])
  const kubeconfigs = workloads.map(({ kubeconfig }) => kubeconfig)
  const [workload] = kubeconfigs
  const after = workload ? hook('after-workload', kubeconfigs, { ...ground.facts, workload }) : []
  return { workloads, ready: [...kubeconfigs, ...after] }
}
