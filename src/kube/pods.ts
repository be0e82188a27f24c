/** What is wrong with a pod, as its status tells it, in the words a user can act on. */
import type { ContainerStatus, Pod } from './objects.ts'
import { oneLine } from './objects.ts'

export interface ContainerProblem {
  readonly kind: 'crash' | 'image' | 'config' | 'unready' | 'unscheduled'
  readonly pod: string
  /** Empty where it is the pod's problem. */
  readonly container: string
  /** A clause: `exited 1, 4 times`, `cannot be started: ErrImagePull`. */
  readonly clause: string
  /** The kubelet's or container's own words. */
  readonly message?: string | undefined
  readonly restarts: number
  /** The container's last run is over and a new one has begun or will: the log to read is the previous one. */
  readonly previous: boolean
}

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
])
const CONFIG_REASONS = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'StartError'])

/** What keeps a pod from being ready; the most telling problem first. None for one that is ready. */
export function problemsOf(pod: Pod): readonly ContainerProblem[] {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = pod.status ?? {}
  const containers = [...initContainerStatuses, ...containerStatuses].flatMap(status => problemOf(pod, status) ?? [])
  const order = ['crash', 'image', 'config', 'unscheduled', 'unready']
  if (containers.length > 0) return containers.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status !== 'False') return []
  const message = scheduled.message && oneLine(scheduled.message)
  return [
    { kind: 'unscheduled', pod: pod.metadata.name, container: '', clause: 'cannot be scheduled', message, restarts: 0, previous: false },
  ]
}

function problemOf(pod: Pod, status: ContainerStatus): ContainerProblem | undefined {
  const { state = {}, lastState = {}, restartCount, name, ready } = status
  const base = { pod: pod.metadata.name, container: name, restarts: restartCount }
  const reason = state.waiting?.reason ?? ''
  const message = state.waiting?.message && oneLine(state.waiting.message, 600)
  if (IMAGE_REASONS.has(reason)) {
    const said = message && withoutPullStory(message)
    return { ...base, kind: 'image', clause: `image ${status.image} cannot be pulled (${reason})`, message: said, previous: false }
  }
  const ended = state.terminated ?? lastState.terminated
  if (ended && !ready && !(ended.exitCode === 0 && state.terminated)) {
    const times = restartCount > 1 ? `, ${restartCount} times` : ''
    const why = ended.reason && !['Error', 'Completed'].includes(ended.reason) ? ` (${ended.reason})` : ''
    const said = ended.message && oneLine(ended.message)
    return {
      ...base,
      kind: 'crash',
      clause: `exited ${ended.exitCode}${why}${times}`,
      message: said,
      previous: state.terminated === undefined,
    }
  }
  if (CONFIG_REASONS.has(reason)) return { ...base, kind: 'config', clause: `cannot be started (${reason})`, message, previous: false }
  if (ready || state.terminated) return undefined
  return { ...base, kind: 'unready', clause: reason ? `is waiting (${reason})` : 'runs but is not ready', message, previous: false }
}

/** What the registry or network said, without containerd's account of the steps that led to it. */
const withoutPullStory = (message: string): string =>
  message
    .replace(/^Back-off pulling image "[^"]*": /, '')
    .replace(
      /^(ErrImagePull: )?(failed to pull and unpack image "[^"]*": )?(failed to resolve reference "[^"]*": )?(failed to do request: )?/,
      '',
    )

/** Restarts after which a crashing container is taken to be broken: it has been given over a minute of the kubelet's back-off by then. */
const RESTARTS = 3
/** Seconds of patience with an image that cannot be pulled; a registry may still be coming up. */
const IMAGE_PATIENCE = 45

/** True where waiting longer is in vain. `seconds` is how long the pod has been waited for. */
export function isHopeless(problem: ContainerProblem, seconds: number): boolean {
  if (problem.kind === 'crash') return problem.restarts >= RESTARTS
  if (problem.kind !== 'image') return false
  return /InvalidImageName|ErrImageNeverPull/.test(problem.clause) || seconds > IMAGE_PATIENCE
}

/** `container manager exited 1, 4 times: "permission denied …"` */
export function sayProblem(problem: ContainerProblem, lastLogLine?: string): string {
  const subject = problem.container ? `container ${problem.container}` : `pod ${problem.pod}`
  const words = problem.kind === 'crash' ? (lastLogLine ?? problem.message) : problem.message
  if (!words) return `${subject} ${problem.clause}`
  const quoted = problem.kind === 'crash' ? JSON.stringify(oneLine(words)) : words
  const clause = problem.kind === 'image' ? problem.clause : `${subject} ${problem.clause}`
  return `${clause}: ${quoted}`
}
