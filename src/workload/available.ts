/** A workload cluster's way to Available: which condition is still false, and what its control plane and machines say when it never comes. */
import type { Work } from '../host/work.ts'
import { conditionsOf } from '../kube/checks.ts'
import type { Kube } from '../kube/connect.ts'
import { type Condition, conditionOf, nameOfReference, oneLine, type Reference, sayCondition } from '../kube/objects.ts'
import { get, list } from '../kube/read.ts'
import { type Check, type Explanation, waitFor } from '../kube/wait.ts'
import { type KubeObject, nameOf } from '../manifests/object.ts'

export interface ClusterName {
  readonly namespace: string
  readonly name: string
}

export const CLUSTER_GROUP = 'cluster.x-k8s.io'

/** The Cluster, in the version of the API that the server prefers: the template's may be an older one, whose conditions differ. */
export async function clusterReference(kube: Kube, { namespace, name }: ClusterName, signal: AbortSignal): Promise<Reference> {
  const apiVersion = (await kube.discovery.preferred(CLUSTER_GROUP, signal)) ?? `${CLUSTER_GROUP}/v1beta2`
  return { apiVersion, kind: 'Cluster', namespace, name }
}

/** Waits until the Cluster's Available condition is True (Ready, where its CAPI is older than that condition). @returns its conditions then. */
export async function awaitAvailable(cluster: ClusterName, timeout: number, kube: Kube, work: Work): Promise<readonly Condition[]> {
  const reference = await clusterReference(kube, cluster, work.signal)
  await waitFor([clusterAvailable(reference)], kube, { timeout, subject: `workload cluster ${cluster.name}` }, work)
  const found = await get(kube, reference, work.signal)
  return found ? conditionsOf(found) : []
}

export function clusterAvailable(reference: Reference): Check {
  const name = nameOfReference(reference)
  return {
    name: `Available of ${name}`,
    unmet: `${name} is not Available`,
    async test(kube, signal) {
      const cluster = await get(kube, reference, signal)
      return cluster ? whatIsFalse(cluster) : 'not there yet'
    },
    async hopeless(kube, _seconds, signal) {
      const cluster = await get(kube, reference, signal)
      const terminal = cluster && terminalFailure(cluster)
      return terminal ? { ...(await explainCluster(kube, reference, signal)), why: terminal } : undefined
    },
    explain: (kube, signal) => explainCluster(kube, reference, signal),
  }
}

/** The conditions that Available sums up, in the order in which they come true (Cluster API, api/core/v1beta2/cluster_types.go). */
const SUMMED = [
  'TopologyReconciled',
  'InfrastructureReady',
  'ControlPlaneInitialized',
  'ControlPlaneAvailable',
  'RemoteConnectionProbe',
  'WorkersAvailable',
]

/** Conditions that are well when False. */
const NEGATIVE = new Set(['Deleting', 'Paused', 'RollingOut', 'ScalingUp', 'ScalingDown', 'Remediating', 'Stale', 'CertificatesExpired'])

/** Undefined for an Available Cluster, else the condition that is still false, with its message: `ControlPlaneAvailable: …`. */
export function whatIsFalse(cluster: KubeObject): string | undefined {
  const conditions = conditionsOf(cluster)
  const available = conditionOf(conditions, 'Available') ?? conditionOf(conditions, 'Ready')
  if (available?.status === 'True') return undefined
  if (conditionOf(conditions, 'Deleting')?.status === 'True') return 'it is being deleted'
  if (conditionOf(conditions, 'Paused')?.status === 'True') return 'it is paused'
  const open = SUMMED.map(type => conditionOf(conditions, type)).find(condition => condition && condition.status !== 'True') ?? available
  return open ? sayOpen(open) : 'no conditions yet'
}

const sayOpen = ({ type, reason, message }: Condition): string => {
  const words = message || reason
  // Messages of summaries are lists: "* Machine x:\n  * y".
  return words ? `${type}: ${oneLine(words.replace(/^\s*\*\s*/gm, ''), 160)}` : type
}

/** `status.failureMessage` of v1beta1, which nothing takes back. */
export function terminalFailure(cluster: KubeObject): string | undefined {
  const status = field(cluster, 'status')
  const holder = field(field(status, 'deprecated'), 'v1beta1') ?? status
  const message = field(holder, 'failureMessage')
  return typeof message === 'string' && message !== '' ? oneLine(message) : undefined
}

const field = (value: unknown, key: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined)

/** The conditions of the Cluster, its control plane, its infrastructure and its machines that are not as they should be. */
async function explainCluster(kube: Kube, reference: Reference, signal: AbortSignal): Promise<Explanation> {
  const cluster = await get(kube, reference, signal)
  if (!cluster) return { why: 'it is not there', details: [] }
  const labels = { 'cluster.x-k8s.io/cluster-name': reference.name }
  const { apiVersion, namespace } = reference
  const [machines, ...parts] = await Promise.all([
    list(kube, { apiVersion, kind: 'Machine', namespace, labels }, signal),
    ...['controlPlaneRef', 'infrastructureRef'].map(ref => part(kube, cluster, ref, signal)),
  ])
  // Items of a list carry no kind.
  const owned = [...parts.flatMap(object => object ?? []), ...machines.map(machine => ({ ...machine, apiVersion, kind: 'Machine' }))]
  const details = [cluster, ...owned].flatMap(openConditions)
  return { why: whatIsFalse(cluster), details, remedy: lacksNetwork(details) ? NETWORK : undefined }
}

const NETWORK = 'its nodes wait for a network plugin: set workload-cni to the manifests of one, or use a template that brings one'

/** What the kubelet says of a node without one (pkg/kubelet/runtime.go), in containerd's words. */
const lacksNetwork = (lines: readonly string[]): boolean =>
  lines.some(line => /cni plugin not initialized|NetworkPluginNotReady|cni config uninitialized/.test(line))

const openConditions = (object: KubeObject): string[] =>
  conditionsOf(object)
    .filter(({ type, status }) => (NEGATIVE.has(type) ? status === 'True' : status !== 'True'))
    .map(condition => `${nameOf(object)}: ${sayCondition(condition)}`)

/** What the Cluster refers to: by apiGroup in v1beta2, by apiVersion before. */
async function part(kube: Kube, cluster: KubeObject, key: string, signal: AbortSignal): Promise<KubeObject | undefined> {
  const ref = field(field(cluster, 'spec'), key)
  const [kind, name, group, version] = ['kind', 'name', 'apiGroup', 'apiVersion'].map(key => field(ref, key))
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined
  const apiVersion = typeof group === 'string' ? await kube.discovery.preferred(group, signal) : version
  if (typeof apiVersion !== 'string') return undefined
  return get(kube, { apiVersion, kind, name, namespace: cluster.metadata.namespace }, signal)
}
