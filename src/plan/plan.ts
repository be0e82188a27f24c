/**
 * The plan room: from what is wanted to tasks. Here alone the domain rooms meet: a task of one gets what another returned. Pure: nothing is read or
 * made before the run.
 */
import type { Tool } from '../tools/install.ts'
import { allCaching, type Caching, toolCaching, toolDownloads } from './cache-tasks.ts'
import { certManagerTasks, type DeployedCertManager } from './cert-manager-tasks.ts'
import { clusterTasks, existingCluster, foreignCluster, type ManagementCluster } from './cluster-tasks.ts'
import type { DeployedProvider } from './deploy-tasks.ts'
import { type DeployedTool, observabilityTasks } from './observability-tasks.ts'
import type { BuiltImage } from './provider-images.ts'
import { providerTasks } from './provider-tasks.ts'
import type { ImageRegistry } from './registry-tasks.ts'
import { releasedTasks } from './released-tasks.ts'
import { releasedTemplateTask } from './released-template.ts'
import { type JudgedPart, serverDryRunTask } from './server-dry-run.ts'
import { type Restricted, serviceAccountTask } from './service-account-task.ts'
import { appliesObjects, type Target, targets } from './targets.ts'
import { check, inOrder, type Plan, type Task } from './task.ts'
import { type ToolTasks, toolTasks, versionsAsked } from './tool-tasks.ts'
import { isBuilding, type Wanted } from './wanted.ts'
import { type AvailableWorkload, templateTask, workloadTasks } from './workload-tasks.ts'

/** A plan, with the tasks whose values are its result. Those that nothing wanted needs are not among `tasks`. */
export interface MainPlan extends Plan {
  readonly tools: readonly Task<Tool>[]
  readonly cluster: Task<ManagementCluster>
  readonly registry: Task<ImageRegistry>
  readonly certManager: Task<DeployedCertManager> | undefined
  readonly images: readonly Task<BuiltImage>[]
  readonly providers: readonly Task<DeployedProvider>[]
  readonly clusterctlConfig: Task<string> | undefined
  readonly observability: readonly Task<DeployedTool>[]
  readonly workloadAvailable: Task<AvailableWorkload> | undefined
  readonly workloadKubeconfig: Task<string> | undefined
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
  const { workload } = wanted
  const { settings } = wanted
  const downloads = toolCaching(wanted, [wantedTargets, versionsAsked(wanted), settings.certManagerVersion, settings.baseImage])
  const tools: ToolTasks = toolTasks(wanted, downloads.restored)
  const released = releasedTasks(wanted)
  const texts = workload && ('flavor' in workload ? releasedTemplateTask(workload, released) : workload)
  const templates = texts && templateTask(wanted, texts)
  const asks = asksServer(settings, wantedTargets)
  const made = () =>
    settings.kubeconfig === undefined ? clusterTasks(wanted, tools, templates ? [templates] : []) : foreignCluster(wanted)
  const management = asks ? existingCluster(wanted) : made()
  const certManager = certManagerTasks(wanted, management, released.checked, downloads.restored)
  const needed = { tools, management, certManager, checked: released.checked, restored: downloads.restored }
  const providers = providerTasks(wanted, needed, released)
  const observability = observabilityTasks(wanted, { tools, management })
  const cluster = templates && workloadTasks(wanted, templates, management, wants('providers') ? providers.ready : [])
  const all = Object.values(tools).filter(tool => tool !== tools.kustomize || isBuilding(wanted) || wanted.observability.length > 0)
  const afterwards = wants('providers') ? providers.afterwards(providers.ready) : providers.afterwards(providers.images)
  const notices = noticesTask(wanted)
  const main: readonly Task[] = [
    ...(notices ? [notices] : []),
    ...(wantedTargets === undefined ? all : []),
    ...(wants('cluster') ? [management.nodes, management.connected] : []),
    ...(wants('cert-manager') && certManager ? [certManager.ready] : []),
    ...(wants('images') ? providers.images : []),
    ...(wants('providers')
      ? [...providers.ready, ...observability, ...(providers.clusterctlConfig ? [providers.clusterctlConfig] : [])]
      : []),
    ...(wants('workload') && cluster ? [cluster.kubeconfig] : []),
  ]
  // Images alone need no cluster.
  const serviceAccount = inOrder(main).includes(management.cluster) ? serviceAccountTask(wanted, management, main) : undefined
  const judged = asks
    ? serverDryRunTask(
        {
          certManager: wants('cert-manager') || wants('providers') ? certManager : undefined,
          providers: wants('providers') ? providers.rendered : [],
          workload: wants('workload') ? templates : undefined,
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
    tools: all,
    cluster: management.cluster,
    registry: management.registry,
    certManager: certManager?.ready,
    images: providers.images,
    providers: providers.ready,
    clusterctlConfig: providers.clusterctlConfig,
    observability,
    workloadAvailable: cluster?.available,
    workloadKubeconfig: cluster?.kubeconfig,
    serviceAccount,
    judged,
    caching: allCaching([
      downloads.caching(ofDownloads.filter(({ task }) => tasks.includes(task))),
      management.caching,
      afterwards.caching,
    ]),
  }
}

/** What of the sources of providers is not as somebody may think. */
function noticesTask({ repositories, providers }: Wanted): Task | undefined {
  const notices = [...repositories, ...providers].flatMap(one => one.notices)
  if (notices.length === 0) return undefined
  return check('notices', 'Says what tilt-provider files say in vain, and what was found without them.', async work => {
    for (const notice of notices) work.log(notice)
  })
}
