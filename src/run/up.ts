/** The three verbs that all doors share: what would be done (`planOf`), doing it (`up`), and taking it back (`down`). */
import { existsSync } from 'node:fs'
import { engineName } from '../host/container-engine.ts'
import { Failure } from '../host/failure.ts'
import type { Made, Recorder, Work } from '../host/work.ts'
import { refuseRefused } from '../kube/dry-run.ts'
import type { DeployedAddOn } from '../plan/add-on-tasks.ts'
import type { BuiltImage } from '../plan/buildable.ts'
import type { DeployedCertManager } from '../plan/cert-manager-tasks.ts'
import type { DeployedProvider } from '../plan/deploy-tasks.ts'
import type { DeployedTool } from '../plan/observability-tasks.ts'
import { type MainPlan, makePlan } from '../plan/plan.ts'
import type { DeployedProject } from '../plan/project-tasks.ts'
import type { ImageRegistry } from '../plan/registry-tasks.ts'
import type { JudgedPart } from '../plan/server-dry-run.ts'
import type { Restricted } from '../plan/service-account-task.ts'
import { asksServer } from '../plan/stages.ts'
import { targets as allTargets, needsRepository, type Target } from '../plan/targets.ts'
import { usesRegistry, type Wanted } from '../plan/wanted.ts'
import type { AvailableWorkload } from '../plan/workload-tasks.ts'
import { furtherReleases } from '../providers/choose.ts'
import { rendersCharts } from '../providers/kustomizations.ts'
import { findObservability } from '../providers/observability.ts'
import { findProjects } from '../providers/projects.ts'
import { findRepositories } from '../providers/repository.ts'
import { availableNames, releasedProviders, resolveProviders } from '../providers/resolve.ts'
import { saidInVain } from '../providers/said-in-vain.ts'
import { isNone } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { type CacheOutcome, cacheOf, cacheOutcome, valuesOf } from './caches.ts'
import { cleanUp } from './clean-up.ts'
import type { RunListener } from './events.ts'
import { keepForwards } from './port-forwards.ts'
import { type RunResult, runPlan } from './run.ts'
import { openState, readState } from './state.ts'
import { toolFolders } from './tools.ts'
import { findWorkloads } from './workloads.ts'

export { asksServer }

export interface UpResult {
  readonly kubeconfig: string
  readonly context: string
  /** What references of images that are built begin with: `localhost:5000`, `ghcr.io/org`. Undefined where nothing was built. */
  readonly registry: string | undefined
  /** Reference of each image that was built, by provider. */
  readonly images: Readonly<Record<string, string>>
  readonly providers: readonly DeployedProvider[]
  readonly observability: readonly DeployedTool[]
  readonly addOns: readonly DeployedAddOn[]
  readonly projects: readonly DeployedProject[]
  /** Path of a clusterctl.yaml with the repository of what is deployed. */
  readonly clusterctlConfig: string | undefined
  /** Path of that of the workload cluster, the first where there are several; undefined where none was wanted. */
  readonly workloadKubeconfig: string | undefined
  /** What later steps go on with; undefined where that is the kubeconfig of an administrator. */
  readonly serviceAccount?: Restricted | undefined
  /** Paths by the names of the workload clusters. */
  readonly workloadKubeconfigs: Readonly<Record<string, string>>
  /** Folders of the tools that are not on PATH yet. */
  readonly toolFolders: readonly string[]
  readonly caches?: CacheOutcome | undefined
}

/** What was made until a run stopped: of lists what is there, of the rest nothing where its task did not come to its end. */
export type Unfinished = { readonly [Part in keyof UpResult]?: UpResult[Part] | undefined } & {
  readonly certManager?: DeployedCertManager | undefined
  readonly built?: readonly BuiltImage[] | undefined
  readonly workloads?: readonly AvailableWorkload[] | undefined
}

/** How a run ended: with all that was wanted, or with `failure`. */
export type UpOutcome = { readonly made: UpResult } | { readonly made: Unfinished; readonly failure: unknown }

/**
 * What a run of these settings would do, or a part of it, once all that they say has been found to hold. Reads the repository and the record; asks nobody, and
 * makes nothing.
 */
export async function planOf(settings: Settings, signal: AbortSignal, targets?: readonly Target[]): Promise<MainPlan> {
  const plan = await prepare(settings, () => Promise.reject(new Error('a plan that is only shown records nothing')), signal, targets)
  const { failures } = await runPlan({ tasks: plan.tasks.filter(({ checks }) => checks) }, () => {}, signal)
  signal.throwIfAborted()
  if (failures.length > 0) throw failures[0]
  return plan
}

/** What the API server said; nothing of it where a task failed before. */
export interface Judgement {
  readonly plan: MainPlan | undefined
  readonly parts: readonly JudgedPart[]
}

/** Renders all that a run would apply and asks the API server about it. Never throws, as `up`: that an object would be refused is a failure too. */
export async function judge(
  settings: Settings,
  targets: readonly Target[] | undefined,
  { listener, signal }: Watchers,
): Promise<{ readonly made: Judgement; readonly failure?: unknown }> {
  let made: Judgement = { plan: undefined, parts: [] }
  try {
    requireThere(settings)
    const plan = await prepare(settings, () => Promise.reject(new Error('a dry run records nothing')), signal, targets)
    made = { plan, parts: [] }
    const result = await runPlan(plan, listener, signal)
    made = { plan, parts: (plan.judged && valuesOf(result).valueOf(plan.judged)) ?? [] }
    signal.throwIfAborted()
    if (result.failures.length > 0) throw result.failures[0]
    refuseRefused(made.parts.flatMap(({ judged }) => judged))
    return { made }
  } catch (failure) {
    return { made, failure }
  }
}

/** @throws Failure where there is no cluster that could be asked. */
function requireThere({ kubeconfig, kubeconfigFile, clusterName }: Settings): void {
  const file = kubeconfig ?? kubeconfigFile
  if (existsSync(file)) return
  throw new Failure({
    what: 'there is no cluster to ask',
    why:
      kubeconfig === undefined ? `no run of ours has left a kubeconfig of the kind cluster ${clusterName}` : 'its kubeconfig is not there',
    remedy: 'make the cluster first, set kubeconfig, or set dry-run to true, which asks nobody',
    where: file,
  })
}

/**
 * From the settings to a proven management cluster. Never throws: `failure` is the first of a task, or AbortError when `signal` fired. What was made until
 * then stays, recorded for `down`.
 */
export async function up(settings: Settings, listener: RunListener, signal: AbortSignal): Promise<UpOutcome> {
  const outcome = await bringUp(settings, undefined, { listener, signal })
  return 'failure' in outcome ? outcome : { made: whole(outcome.made) }
}

/** Those who watch a run of ours. */
export interface Watchers {
  readonly listener: RunListener
  readonly signal: AbortSignal
  /** Told what is about to be made on this machine, when that is recorded. */
  readonly recorded?: (made: Made) => void
}

/** A part of the chain, with what it needs (nothing said: all of it). Never throws, as `up`. */
export async function bringUp(
  settings: Settings,
  targets: readonly Target[] | undefined,
  { listener, signal, recorded = () => {} }: Watchers,
): Promise<{ readonly made: Unfinished } | { readonly made: Unfinished; readonly failure: unknown }> {
  // The record is opened with the first thing that is made: a run that fails before leaves nothing behind.
  let opened: Promise<Recorder> | undefined
  const record: Recorder = async made => {
    opened ??= openState(settings.stateDir, recorded)
    await (await opened)(inEngine(made))
  }
  let made: Unfinished = {}
  try {
    const plan = await prepare(settings, record, signal, targets)
    const result = await runPlan(plan, listener, signal)
    made = madeBy(plan, result)
    const complete = result.failures.length === 0 && !signal.aborted && (targets ?? allTargets).includes('providers')
    await keepForwards(settings.stateDir, made, complete, record)
    signal.throwIfAborted()
    if (result.failures.length > 0) throw result.failures[0]
    return { made }
  } catch (failure) {
    return { made, failure }
  }
}

/** Clean-up is another process: it is told where to look. */
const inEngine = (made: Made): Made =>
  engineName() === 'docker' || made.kind === 'context' || made.kind === 'objects' || made.kind === 'helm release' || made.kind === 'path'
    ? made
    : { ...made, engine: engineName() }

/** Takes back what `up` made, as recorded in the state folder, or `only` a part of it. @returns one sentence per thing removed. */
export const down = (settings: Pick<Settings, 'stateDir'>, work: Work, only?: readonly Made[]): Promise<readonly string[]> =>
  cleanUp(settings.stateDir, work, only)

async function prepare(
  settings: Settings,
  record: Recorder,
  signal: AbortSignal,
  targets: readonly Target[] | undefined,
): Promise<MainPlan> {
  const work: Work = { signal, log: () => {}, waiting: () => {} }
  const asked = targets ?? allTargets
  const deploys = asked.includes('providers')
  const hasProviders = needsRepository(asked) && !isNone(settings.providers)
  const [repositories, chartsToRender, made] = await Promise.all([
    hasProviders ? findRepositories(settings, work) : [],
    deploys && rendersCharts(settings),
    readState(settings.stateDir),
  ])
  const observability = deploys ? await findObservability(settings, [settings.repository, ...repositories.map(({ root }) => root)]) : []
  const providers = hasProviders ? resolveProviders(settings, repositories) : []
  const released = hasProviders ? releasedProviders(settings, repositories) : []
  const projects = deploys ? findProjects(settings) : []
  if (deploys) requireReach(settings, [...providers, ...projects])
  const startsRegistry =
    settings.registry === undefined && settings.imageDelivery === 'registry' && usesRegistry({ settings, providers, released, projects })
  const notices = hasProviders
    ? saidInVain(settings, {
        names: availableNames(settings, repositories),
        built: providers.map(({ name }) => name),
        released: released.map(({ name }) => name),
        registryPort: startsRegistry ? settings.registryPort : undefined,
      })
    : []
  const wanted: Wanted = {
    settings,
    repositories,
    providers,
    released,
    further: asked.includes('providers') ? furtherReleases(settings) : [],
    observability,
    projects,
    notices,
    rendersCharts: chartsToRender,
    workloads: asked.includes('workload') ? await findWorkloads(enabling(settings, providers), released, made) : [],
    clusterIsOurs: made.some(one => one.kind === 'kind cluster' && one.name === settings.clusterName),
    record,
    cache: cacheOf(settings),
  }
  return makePlan(wanted, targets)
}

/** Where nobody says providers, those of a provider's own repository are enabled: `template_dirs` may be theirs. */
const enabling = (settings: Settings, built: readonly { readonly name: string }[]): Settings =>
  settings.sources.providers.kind === 'default' && built.length > 0
    ? { ...settings, providers: [...new Set([...settings.providers, ...built.map(({ name }) => name)])] }
    : settings

/** @throws Failure for a cluster whose nodes don't reach the images that would be built. */
function requireReach(
  { kubeconfig, registry, images }: Settings,
  providers: readonly { readonly name: string; readonly build?: unknown }[],
): void {
  const built = providers.filter(({ name, build }) => build !== undefined && images[name] === undefined).map(({ name }) => name)
  if (kubeconfig === undefined || registry !== undefined || built.length === 0) return
  throw new Failure({
    what: `${built.join(', ')} cannot be deployed to the cluster of ${kubeconfig}`,
    why: 'the images would be built into the local registry, which its nodes cannot pull from',
    remedy:
      'set registry to one that they pull from, say in `images` where the images of these providers are, or use a kind cluster by its cluster-name',
  })
}

/** What the tasks that came to their end have made. */
export function madeBy(plan: Omit<MainPlan, 'tasks'>, { records }: Pick<RunResult, 'records'>): Unfinished {
  const ran = valuesOf({ records })
  const valueFor = ran.valueOf
  const cluster = valueFor(plan.cluster)
  const providers = plan.providers.flatMap(one => valueFor(one) ?? [])
  const kubeconfigs = plan.workloads.flatMap(({ name, kubeconfig }) => {
    const file = valueFor(kubeconfig)
    return file === undefined ? [] : [[name, file] as const]
  })
  return {
    kubeconfig: cluster?.kubeconfig,
    context: cluster?.context,
    registry: registryIn(valueFor(plan.registry)),
    images: Object.fromEntries(providers.filter(({ source }) => source === 'built').map(({ name, image }) => [name, image])),
    providers,
    observability: plan.observability.flatMap(one => valueFor(one) ?? []),
    addOns: plan.addOns.flatMap(one => valueFor(one) ?? []),
    projects: plan.projects.flatMap(one => valueFor(one) ?? []),
    clusterctlConfig: plan.clusterctlConfig && valueFor(plan.clusterctlConfig),
    workloadKubeconfig: kubeconfigs[0]?.[1],
    workloadKubeconfigs: Object.fromEntries(kubeconfigs),
    serviceAccount: plan.serviceAccount && valueFor(plan.serviceAccount),
    toolFolders: toolFolders(plan.tools.flatMap(one => valueFor(one) ?? [])),
    certManager: plan.certManager && valueFor(plan.certManager),
    built: plan.images.flatMap(one => valueFor(one) ?? []),
    workloads: plan.workloads.flatMap(({ available }) => valueFor(available) ?? []),
    caches: cacheOutcome(plan.caching, ran),
  }
}

/** Images that were loaded are in none. */
const registryIn = (registry: ImageRegistry | undefined): string | undefined =>
  registry?.local === undefined && registry?.reader === undefined ? undefined : registry.address

function whole({ kubeconfig, context, images = {}, providers = [], toolFolders = [], ...made }: Unfinished): UpResult {
  if (kubeconfig === undefined || context === undefined) throw new Error('a run that succeeded has no cluster')
  const {
    registry,
    observability = [],
    addOns = [],
    projects = [],
    clusterctlConfig,
    workloadKubeconfig,
    workloadKubeconfigs = {},
    serviceAccount,
    caches,
  } = made
  const beside = { observability, addOns, projects, clusterctlConfig, workloadKubeconfig, workloadKubeconfigs, serviceAccount }
  return { kubeconfig, context, registry, images, providers, ...beside, toolFolders, caches }
}
