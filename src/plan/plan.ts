/**
 * The plan room: from what is wanted to tasks. Here alone the domain rooms meet: a task of one gets what another returned. Pure: nothing is read or
 * made before the run.
 */
import type { Tool } from '../tools/install.ts'
import type { DeployedAddOn } from './add-on-tasks.ts'
import type { BuiltImage } from './buildable.ts'
import { allCaching, type Caching, toolDownloads } from './cache-tasks.ts'
import type { DeployedCertManager } from './cert-manager-tasks.ts'
import type { ManagementCluster } from './cluster-tasks.ts'
import type { DeployedProvider } from './deploy-tasks.ts'
import type { DeployedTool } from './observability-tasks.ts'
import type { DeployedProject } from './project-tasks.ts'
import type { ImageRegistry } from './registry-tasks.ts'
import { type JudgedPart, serverDryRunTask } from './server-dry-run.ts'
import { type Restricted, serviceAccountTask } from './service-account-task.ts'
import { type Deployment, deploy, fillWorkloads, type Ground, layGround, type Preparation, prepare } from './stages.ts'
import type { Target } from './targets.ts'
import { check, inOrder, type Plan, type Task } from './task.ts'
import { type ShownVariable, variablesOf } from './template-tasks.ts'
import type { Wanted } from './wanted.ts'
import type { WorkloadTasks } from './workload-tasks.ts'

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

/** Whether a target is among those that are asked for. */
type Wants = (target: Target) => boolean

/** @param wantedTargets Without it the whole chain, with all tools at hand for what comes after it. */
export function makePlan(wanted: Wanted, wantedTargets?: readonly Target[]): MainPlan {
  const wants: Wants = target => wantedTargets?.includes(target) ?? true
  const preparation = prepare(wanted, wantedTargets)
  const ground = layGround(wanted, preparation)
  const { management, certManager } = ground
  const deployment = deploy(wanted, preparation, ground)
  const { providers, observability } = deployment
  const { workloads, ready } = fillWorkloads(wanted, preparation, ground, wants('providers') ? deployment.ready : [])
  const told = noticesTasks(noticesOf(wanted))
  const main: readonly Task[] = [
    ...told,
    ...(wantedTargets === undefined ? preparation.handy : []),
    ...(wants('cluster') ? [management.nodes, management.connected, ...ground.afterCluster] : []),
    ...(wants('cert-manager') ? ground.ready : []),
    ...(wants('images') ? providers.images : []),
    ...(wants('providers') ? [...deployment.ready, ...observability, ...present(providers.clusterctlConfig)] : []),
    ...(wants('workload') ? ready : []),
  ]
  // Images alone need no cluster.
  const serviceAccount = inOrder(main).includes(management.cluster) ? serviceAccountTask(wanted, management, main) : undefined
  const judged = preparation.asks ? judgedTask(preparation, ground, deployment, wants) : undefined
  const afterwards = providers.afterwards(wants('providers') ? providers.ready : providers.images)
  const done = [...main, ...(wants('providers') || wants('images') ? afterwards.tasks : []), ...present(serviceAccount)]
  const tasks = inOrder(judged ? [...told, judged] : done)
  const downloads = [...toolDownloads(preparation.handy), ...present(certManager?.manifest), ...providers.downloads]
  const ofDownloads = preparation.downloads.caching(downloads.filter(({ task }) => tasks.includes(task)))
  return {
    tasks,
    notices: noticesOf(wanted),
    tools: preparation.handy,
    cluster: ground.made.cluster,
    registry: management.registry,
    certManager: certManager?.ready,
    images: providers.images,
    providers: providers.ready,
    clusterctlConfig: providers.clusterctlConfig,
    observability,
    addOns: deployment.addOns,
    projects: deployment.projects,
    workloads,
    variables: variablesOf(wanted),
    serviceAccount,
    judged,
    caching: allCaching([ofDownloads, management.caching, afterwards.caching]),
  }
}

const present = <T>(one: T | undefined): readonly T[] => (one === undefined ? [] : [one])

/** Asks the API server about all that the targets would apply. */
function judgedTask({ templates }: Preparation, { certManager, management }: Ground, { providers }: Deployment, wants: Wants) {
  const parts = {
    certManager: wants('cert-manager') || wants('providers') ? certManager : undefined,
    providers: wants('providers') ? providers.rendered : [],
    workloads: wants('workload') ? templates : [],
    checked: wants('providers') ? providers.checked : [],
  }
  return serverDryRunTask(parts, management)
}

/** What of the sources of providers, and of what is said of them, is not as somebody may think. */
const noticesOf = ({ repositories, providers, notices = [] }: Wanted): readonly string[] => [
  ...[...repositories, ...providers].flatMap(one => one.notices),
  ...notices,
]

function noticesTasks(notices: readonly string[]): readonly Task[] {
  if (notices.length === 0) return []
  return [
    check('notices', 'Says what tilt-provider files say in vain, and what was found without them.', async work => {
      for (const notice of notices) work.notice(notice)
    }),
  ]
}
