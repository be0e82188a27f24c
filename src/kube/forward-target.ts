/** The pod that a port of this machine leads to: chosen anew for each connection, since pods come and go. */
import { Failure } from '../host/failure.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { Way } from '../manifests/way.ts'
import type { Kube } from './connect.ts'
import { conditionOf, type Pod } from './objects.ts'
import { get, list } from './read.ts'

export interface Target {
  readonly pod: string
  readonly port: number
}

interface Selecting extends KubeObject {
  readonly spec?: {
    /** A Service's is the labels themselves. */
    readonly selector?: Readonly<Record<string, string>> | { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[]
  }
}

interface PodWithPorts extends Pod {
  readonly spec?: {
    readonly containers?: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] }[]
  }
}

/**
 * Nothing while no pod runs.
 * @param before The pod of the last connection, which stays the one for as long as it can be.
 * @throws Failure where what the way leads to is not there, or leads to no pods.
 */
export async function targetOf(way: Way, before: string | undefined, kube: Kube, signal: AbortSignal): Promise<Target | undefined> {
  const { kind, namespace, name } = way
  const called = `${kind} ${namespace}/${name}`
  const object = await get<Selecting>(kube, { apiVersion: kind === 'Service' ? 'v1' : 'apps/v1', kind, namespace, name }, signal)
  if (object === undefined)
    throw new Failure({ what: `${called} is not there`, why: 'it was when it was deployed', remedy: 'run `up` again' })
  const labels = labelsOf(object.spec?.selector)
  if (Object.keys(labels).length === 0) throw new Failure({ what: `${called} leads to no pods`, why: 'it has no labels to find them by' })
  const pod = choosePod(await list<PodWithPorts>(kube, { apiVersion: 'v1', kind: 'Pod', namespace, labels }, signal), before)
  return pod && { pod: pod.metadata.name, port: portOf(way, object, pod) }
}

const labelsOf = (selector: NonNullable<Selecting['spec']>['selector'] = {}): Readonly<Record<string, string>> => {
  const { matchLabels } = selector
  return typeof matchLabels === 'object' ? matchLabels : (selector as Readonly<Record<string, string>>)
}

/** One that is ready rather than one that only runs, the newest of those. None that is about to go. */
export function choosePod<P extends Pod>(pods: readonly P[], before?: string): P | undefined {
  const running = pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running')
  const ready = running.filter(({ status }) => conditionOf(status?.conditions, 'Ready')?.status === 'True')
  const best = ready.length > 0 ? ready : running
  const age = ({ metadata }: Pod) => String(metadata.creationTimestamp ?? '')
  return best.find(({ metadata }) => metadata.name === before) ?? best.toSorted((a, b) => age(b).localeCompare(age(a)))[0]
}

/** A Service has a port of its own for one of its pods, which it may call by a name. */
function portOf({ kind, port }: Way, { spec }: Selecting, pod: PodWithPorts): number {
  if (kind !== 'Service') return port
  const { targetPort = port } = spec?.ports?.find(one => one.port === port) ?? {}
  if (typeof targetPort === 'number') return targetPort
  const ports = (pod.spec?.containers ?? []).flatMap(container => container.ports ?? [])
  return ports.find(({ name }) => name === targetPort)?.containerPort ?? port
}
