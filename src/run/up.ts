/** The three verbs that all doors share: what would be done (`planOf`), doing it (`up`), and taking it back (`down`). */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Recorder, Work } from '../host/work.ts'
import { type MainPlan, makePlan } from '../plan/plan.ts'
import type { Task } from '../plan/task.ts'
import type { WorkloadTexts } from '../plan/wanted.ts'
import { readRepository } from '../providers/repository.ts'
import { resolveProviders } from '../providers/resolve.ts'
import { findWorkloadFiles } from '../providers/templates.ts'
import type { Settings } from '../settings/settings.ts'
import { cleanUp } from './clean-up.ts'
import type { RunListener } from './events.ts'
import { type RunResult, runPlan } from './run.ts'
import { openState, readState } from './state.ts'

export interface UpResult {
  readonly kubeconfig: string
  readonly context: string
  /** Host part of image references: `localhost:5000`. */
  readonly registry: string
  /** Image reference by provider. */
  readonly images: Readonly<Record<string, string>>
  readonly providers: readonly { readonly name: string; readonly version: string; readonly namespace: string }[]
  /** Path; undefined where no workload cluster was wanted. */
  readonly workloadKubeconfig: string | undefined
  /** Folders of the tools, for PATH. */
  readonly toolFolders: readonly string[]
}

/** What a run of these settings would do. Reads the repository and the record; makes nothing. */
export const planOf = (settings: Settings, signal: AbortSignal): Promise<MainPlan> =>
  prepare(settings, () => Promise.reject(new Error('a plan that is only shown records nothing')), signal)

/**
 * From the settings to a proven management cluster.
 * @throws the first Failure of a task; AbortError when `signal` fired. What was made until then stays, recorded for `down`.
 */
export async function up(settings: Settings, listener: RunListener, signal: AbortSignal): Promise<UpResult> {
  // The record is opened with the first thing that is made: a run that fails before leaves nothing behind.
  let opened: Promise<Recorder> | undefined
  const record: Recorder = async made => {
    opened ??= openState(settings.stateDir)
    await (await opened)(made)
  }
  const plan = await prepare(settings, record, signal)
  const result = await runPlan(plan, listener, signal)
  signal.throwIfAborted()
  if (result.failures.length > 0) throw result.failures[0]
  return resultOf(plan, result)
}

/** Takes back what `up` made, as recorded in the state folder. @returns one sentence per thing removed. */
export const down = (settings: Pick<Settings, 'stateDir'>, work: Work): Promise<readonly string[]> => cleanUp(settings.stateDir, work)

async function prepare(settings: Settings, record: Recorder, signal: AbortSignal): Promise<MainPlan> {
  const work: Work = { signal, log: () => {}, waiting: () => {} }
  const [repository, workload, made] = await Promise.all([
    readRepository(settings, work),
    readWorkload(settings),
    readState(settings.stateDir),
  ])
  return makePlan({
    settings,
    repository,
    providers: resolveProviders(settings, repository),
    workload,
    clusterIsOurs: made.some(one => one.kind === 'kind cluster' && one.name === settings.clusterName),
    record,
  })
}

async function readWorkload(settings: Settings): Promise<WorkloadTexts | undefined> {
  const files = await findWorkloadFiles(settings)
  if (files === undefined) return undefined
  const read = async (file: string) => ({ file, text: await readFile(file, 'utf8') })
  return { classes: await Promise.all(files.classes.map(read)), template: await read(files.template) }
}

function resultOf(plan: MainPlan, { records }: RunResult): UpResult {
  const outcomes = new Map(records.map(({ name, outcome }) => [name, outcome]))
  const resultFor = <T>(task: Task<T>): T => {
    const outcome = outcomes.get(task.name)
    if (outcome?.status === 'done' || outcome?.status === 'skipped') return outcome.value as T
    throw new Error(`task '${task.name}' has no value after a run that succeeded`)
  }
  const cluster = resultFor(plan.cluster)
  const providers = plan.providers.map(resultFor)
  return {
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    registry: resultFor(plan.registry).address,
    images: Object.fromEntries(providers.map(({ name, image }) => [name, image])),
    providers: providers.map(({ name, version, namespace }) => ({ name, version, namespace })),
    workloadKubeconfig: plan.workloadKubeconfig && resultFor(plan.workloadKubeconfig),
    toolFolders: [...new Set(plan.tools.map(tool => dirname(resultFor(tool).path)))],
  }
}
