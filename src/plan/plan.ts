/**
 * The plan room: from what is wanted to tasks. Here alone the domain rooms meet: a task of one gets what another returned. Pure: nothing is read or
 * made before the run.
 */
import type { Order } from '../settings/add-ons.ts'
import type { Tool } from '../tools/install.ts'
import { addOnTasks, type DeployedAddOn, readyTask } from './add-on-tasks.ts'
import type { BuiltImage } from './buildable.ts'
import { allCaching, type Caching, toolCaching, toolDownloads } from './cache-tasks.ts'
import { certManagerTasks, type DeployedCertManager } from './cert-manager-tasks.ts'
import { chartTasks } from './chart-tasks.ts'
import { type ClusterTasks, clusterTasks, existingCluster, foreignCluster, type ManagementCluster } from './cluster-tasks.ts'
import type { DeployedProvider } from './deploy-tasks.ts'
import { afterHooks, hookTasks } from './hook-tasks.ts'
import { type DeployedTool, observabilityTasks } from './observability-tasks.ts'
import { type DeployedProject, projectTasks } from './project-tasks.ts'
import { providerTasks } from './provider-tasks.ts'
import type { ImageRegistry } from './registry-tasks.ts'
import { releasedTasks } from './released-tasks.ts'
import { type JudgedPart, serverDryRunTask } from './server-dry-run.ts'
import { type Restricted, serviceAccountTask } from './service-account-task.ts'
import { appliesObjects, type Target, targets } from './targets.ts'
import { check, inOrder, type Plan, type Task } from './task.ts'
import { type ShownVariable, templateTasks, variablesOf } from './template-tasks.ts'
import { type ToolTasks, toolTasks, versionsAsked } from './tool-tasks.ts'
import { hasProviders, isBuilding, usesRegistry, type Wanted } from './wanted.ts'
import { type WorkloadTasks, workloadTasks } from './workload-tasks.ts'

/** A plan, with the tasks whose values are its result. Those that nothing wanted needs are not among `tasks`. */
export interface MainPlan extends Plan {
  /** Sentences on what was said in vain, and what was found where nothing was said. */
  readonly notices: readonly string[]
  readonly tools: readonly Task<Tool>[]
  readonly cluster: Task<ManagementCluster>
  readonly registry: Task<ImageRegistry>
  readonly certManager: Task<DeployedCertManager> | undefined
  readonly images: readonly Task<BuiltImage>[]
  readonly providers: readonly Task<DeployedProvider>[]
  readonly clusterctlConfig: Task<string> | undefined
  readonly observability: readonly Task<DeployedTool>[]
  readonly addOns: readonly Task<DeployedAddOn>[]
  readonly projects: readonly Task<DeployedProject>[]
  /** One per workload cluster that is wanted. */
  readonly workloads: readonly WorkloadTasks[]
  /** Of the templates of workload clusters, as far as they are known before the run. */
  readonly variables: readonly ShownVariable[]
  /** Nothing where later steps go on as administrators. */
  readonly serviceAccount: Task<Restricted> | undefined
  /** What the API server would make of all that would be applied; only where it is asked and nothing is done. */
  readonly judged: Task<readonly JudgedPart[]> | undefined
  readonly caching: Caching
}

/** Whether a dry run asks the API server: one that would apply nothing has nothing to ask. */
export const asksServer = ({ dryRun }: Wanted['settings'], wanted: readonly Target[] = targets): boolean =>
  dryRun === 'server' && appliesObjects(wanted)

/** @param wantedTargets Without it the whole chain, with all tools at hand for what comes after it. */
export function makePlan(wanted: Wanted, wantedTargets?: readonly Target[]): MainPlan {
  const wants = (target: Target): boolean => wantedTargets?.includes(target) ?? true
  const { settings } = wanted
  const downloads = toolCaching(wanted, [wantedTargets, versionsAsked(wanted), settings.certManagerVersion, settings.baseImage])
  const tools: ToolTasks = toolTasks(wanted, downloads.restored)
  const released = releasedTasks(wanted)
  const templates = templateTasks(wanted, tools, released)
  const all = Object.values(tools).filter(tool => isOfUse(tool, tools, wanted))
  const asks = asksServer(settings, wantedTargets)
  // Who only asks runs nothing of the user's, and applies nothing.
  const hook: ReturnType<typeof hookTasks> = asks ? () => [] : hookTasks(wanted, wantedTargets === undefined ? all : [tools.kubectl], wants)
  const first = [...templates, ...hook('before-cluster', [], {})]
  const made = asks ? existingCluster(wanted, first) : clusterOf(wanted, tools, first)
  const facts = { cluster: made.cluster, registry: usesRegistry(wanted) ? made.registry : undefined }
  const afterCluster = hook('after-cluster', [made.connected, made.finished, made.services], facts)
  const management = afterHooks(made, afterCluster)
  const beforeCertManager = hook('before-cert-manager', [management.cluster], facts)
  const certManager = certManagerTasks(wanted, afterHooks(management, beforeCertManager), released.checked, downloads.restored)
  const proven = [management.cluster, ...beforeCertManager, ...(certManager ? [certManager.ready] : [])]
  const ground = [...proven, ...hook('after-cert-manager', proven, facts)]
  const additions = (order: Order, needs: readonly Task[]): readonly Task<DeployedAddOn>[] =>
    (asks ? [] : [addOnTasks, chartTasks]).flatMap(tasksOf => tasksOf(wanted, order, { tools, management, first: needs }))
  const early = additions('before', ground)
  const beforeProviders = hook('before-providers', [...ground, ...early], facts)
  const checked = [...released.checked, ...early, ...beforeProviders]
  const beside = additions(undefined, ground)
  const observability = observabilityTasks(wanted, { tools, management })
  const named = addOnsByName(wanted, [...early, ...beside], observability)
  const needed = { tools, management, certManager, checked, restored: downloads.restored, addOns: named }
  const providers = providerTasks(wanted, needed, released)
  const afterProviders = hook('after-providers', [...ground, ...beforeProviders, ...providers.ready], facts)
  const late = additions('after', [...ground, ...providers.ready, ...afterProviders])
  const addOns = [...early, ...beside, ...late]
  const projects = projectTasks(wanted, { tools, management, first: ground })
  const deployed = wants('providers')
    ? [...providers.ready, ...providers.bare, ...addOns, ...projects, ...beforeProviders, ...afterProviders]
    : []
  const beforeWorkload = hook('before-workload', deployed, facts)
  const workloads = workloadTasks(wanted, templates, management, [...deployed, ...beforeWorkload])
  const kubeconfigs = workloads.map(({ kubeconfig }) => kubeconfig)
  const [firstOf] = kubeconfigs
  const afterWorkload = firstOf ? hook('after-workload', kubeconfigs, { ...facts, workload: firstOf }) : []
  const afterwards = wants('providers') ? providers.afterwards(providers.ready) : providers.afterwards(providers.images)
  const notices = noticesTask(noticesOf(wanted))
  const main: readonly Task[] = [
    ...(notices ? [notices] : []),
    ...(wantedTargets === undefined ? all : []),
    ...(wants('cluster') ? [management.nodes, management.connected, ...afterCluster] : []),
    ...(wants('cert-manager') ? ground : []),
    ...(wants('images') ? providers.images : []),
    ...(wants('providers') ? [...deployed, ...observability, ...(providers.clusterctlConfig ? [providers.clusterctlConfig] : [])] : []),
    ...(wants('workload') ? [...kubeconfigs, ...afterWorkload] : []),
  ]
  // Images alone need no cluster.
  const serviceAccount = inOrder(main).includes(management.cluster) ? serviceAccountTask(wanted, management, main) : undefined
  const judged = asks
    ? serverDryRunTask(
        {
          certManager: wants('cert-manager') || wants('providers') ? certManager : undefined,
          providers: wants('providers') ? providers.rendered : [],
          workloads: wants('workload') ? templates : [],
          checked: wants('providers') ? providers.checked : [],
        },
        management,
      )
    : undefined
  const done = inOrder([
    ...main,
    ...(wants('providers') || wants('images') ? afterwards.tasks : []),
    ...(serviceAccount ? [serviceAccount] : []),
  ])
  const tasks = judged ? inOrder([...(notices ? [notices] : []), judged]) : done
  const ofDownloads = [...toolDownloads(all), ...(certManager ? [certManager.manifest] : []), ...providers.downloads]
  return {
    tasks,
    notices: noticesOf(wanted),
    tools: all,
    cluster: made.cluster,
    registry: management.registry,
    certManager: certManager?.ready,
    images: providers.images,
    providers: providers.ready,
    clusterctlConfig: providers.clusterctlConfig,
    observability,
    addOns,
    projects,
    workloads,
    variables: variablesOf(wanted),
    serviceAccount,
    judged,
    caching: allCaching([
      downloads.caching(ofDownloads.filter(({ task }) => tasks.includes(task))),
      management.caching,
      afterwards.caching,
    ]),
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

/** A kind cluster, or one that somebody else has made. */
const clusterOf = (wanted: Wanted, tools: ToolTasks, first: readonly Task[]): ClusterTasks =>
  wanted.settings.kubeconfig === undefined ? clusterTasks(wanted, tools, first) : foreignCluster(wanted, first)

/** What of the sources of providers, and of what is said of them, is not as somebody may think. */
const noticesOf = ({ repositories, providers, notices = [] }: Wanted): readonly string[] => [
  ...[...repositories, ...providers].flatMap(one => one.notices),
  ...notices,
]

function noticesTask(notices: readonly string[]): Task | undefined {
  if (notices.length === 0) return undefined
  return check('notices', 'Says what tilt-provider files say in vain, and what was found without them.', async work => {
    for (const notice of notices) work.notice(notice)
  })
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
