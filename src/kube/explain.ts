/** Why a Deployment, StatefulSet or DaemonSet is not ready: its pods' containers, their last log lines, and the warnings of its namespace. */
import type { Kube } from './connect.ts'
import type { Deployment, KubeEvent, Pod, Reference } from './objects.ts'
import { conditionOf, oneLine, sayCondition } from './objects.ts'
import { type ContainerProblem, isHopeless, problemsOf, sayProblem } from './pods.ts'
import { get, list, readLog, warningsIn } from './read.ts'
import type { Explanation } from './wait.ts'

/** Read, to find the line that says why: a wrong flag is named before a page of usage. */
const LOG_LINES = 200
/** Shown. */
const LAST_LINES = 15
const EVENTS = 8

/** Everything worth telling about a Deployment, or another owner of pods, that is not ready. */
export async function explainWorkload(kube: Kube, workload: Reference, signal: AbortSignal): Promise<Explanation> {
  const deployment = await get<Deployment>(kube, workload, signal)
  if (!deployment) return { why: 'it is not there', details: [] }
  const { kind, name, namespace = 'default' } = workload
  const [pods, events] = await Promise.all([podsOf(kube, deployment, signal), warningsIn(kube, namespace, signal)])
  const problem = worstOf(pods)
  const log = problem ? await logOf(kube, namespace, problem, signal) : []
  const conditions = (deployment.status?.conditions ?? []).filter(({ status }) => status !== 'True')
  const about = events.filter(event => isAbout(event, name, problem?.pod))
  const last = about.at(-1)
  const event = last && oneLine(`${last.reason ?? ''}: ${last.message ?? ''}`)
  const why = problem
    ? sayProblem(problem.message === undefined && problem.kind === 'unready' ? { ...problem, message: event } : problem, lastTelling(log))
    : (event ?? conditions[0]?.message ?? (pods.length === 0 ? 'it has no pods' : undefined))
  return {
    why,
    remedy: problem && remedyFor(problem),
    details: [
      ...(log.length > 0
        ? [`last lines of container ${problem?.container} of pod ${problem?.pod}:`, ...log.slice(-LAST_LINES).map(line => `  ${line}`)]
        : []),
      ...eventLines(about),
      ...conditions.map(condition => `${kind}: ${sayCondition(condition)}`),
    ],
  }
}

/** An explanation where no amount of waiting will help: a crash loop, an image that is not there. */
export async function hopelessWorkload(
  kube: Kube,
  workload: Reference,
  seconds: number,
  signal: AbortSignal,
): Promise<Explanation | undefined> {
  const deployment = await get<Deployment>(kube, workload, signal)
  if (!deployment) return undefined
  const worst = worstOf(await podsOf(kube, deployment, signal))
  const overdue = conditionOf(deployment.status?.conditions, 'Progressing')?.reason === 'ProgressDeadlineExceeded'
  return overdue || (worst && isHopeless(worst, seconds)) ? explainWorkload(kube, workload, signal) : undefined
}

/** Its pods, newest first: those of an older rollout say less. */
export async function podsOf(kube: Kube, deployment: Deployment, signal: AbortSignal): Promise<readonly Pod[]> {
  const labels = deployment.spec.selector.matchLabels
  const pods = await list<Pod>(kube, { apiVersion: 'v1', kind: 'Pod', namespace: deployment.metadata.namespace, labels }, signal)
  const born = (pod: Pod) => String(pod.metadata.creationTimestamp ?? '')
  return pods.filter(pod => !pod.metadata.deletionTimestamp).toSorted((a, b) => born(b).localeCompare(born(a)))
}

const KINDS = ['crash', 'image', 'config', 'unscheduled', 'unready']

/** The most telling problem of all pods. */
const worstOf = (pods: readonly Pod[]): ContainerProblem | undefined =>
  pods.flatMap(problemsOf).toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))[0]

async function logOf(kube: Kube, namespace: string, problem: ContainerProblem, signal: AbortSignal): Promise<readonly string[]> {
  if (!problem.container || problem.kind === 'image' || problem.kind === 'config') return []
  const place = { namespace, name: problem.pod, container: problem.container, lines: LOG_LINES }
  const log = await readLog(kube, { ...place, previous: problem.previous }, signal)
  // A container's previous run may be cleared away already.
  return log.length === 0 && problem.previous ? readLog(kube, { ...place, previous: false }, signal) : log
}

const TELLING = [
  /^(panic:|fatal error:|error:)/i,
  /^[EF]\d{4} |level=(error|fatal)|"level":"(error|fatal)"|\berr(or)?=|"error":/,
  /denied|refused|unknown (shorthand )?flag|flag provided but not defined/,
]

/** The line that says why: the last one that speaks of an error, else the last one. Go panics and klog put traces after it. */
export function lastTelling(log: readonly string[]): string | undefined {
  const telling = log.findLast(line => TELLING.some(pattern => pattern.test(line.trim())))
  return (telling ?? log.at(-1))?.trim()
}

/** Events about the workload, its ReplicaSets and its pods, which carry its name; of pods, the one with the problem where there is one. */
const isAbout = ({ involvedObject: { kind, name } }: KubeEvent, deployment: string, pod: string | undefined): boolean =>
  kind === 'Pod' && pod !== undefined ? name === pod : name === deployment || name.startsWith(`${deployment}-`)

const eventLines = (events: readonly KubeEvent[]): string[] =>
  events.slice(-EVENTS).map(({ involvedObject, reason, message, count }) => {
    const times = count && count > 1 ? ` (${count} times)` : ''
    return `event: ${involvedObject.kind} ${involvedObject.name}: ${reason ?? ''}${times}: ${oneLine(message ?? '')}`
  })

function remedyFor(problem: ContainerProblem): string | undefined {
  switch (problem.kind) {
    case 'image':
      return "is the image pushed under this name, and can the cluster's nodes reach its registry?"
    case 'unscheduled':
      return 'give the cluster what the pod asks for: memory, CPU, a node that it may run on'
    default:
      return undefined
  }
}
