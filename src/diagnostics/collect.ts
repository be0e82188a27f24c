/** What is collected, and in which order: all that is read of the cluster and of this machine, each thing by itself, and an index of it. */
import { ApiError } from '../kube/api-error.ts'
import { connect, type Kube } from '../kube/connect.ts'
import type { KubeEvent, Pod } from '../kube/objects.ts'
import type { KubeObject } from '../manifests/object.ts'
import { type Collection, type Limits, type Missing, startCollection } from './collection.ts'
import { amissIn, unreadyPods } from './conditions.ts'
import { indexPage } from './index-page.ts'
import { collectLogs, loggedNamespaces } from './logs.ts'
import { collectFromMachine } from './machine.ts'
import { customKinds, eventLines, type Kind, kinds, type Listed, listKind, resourceName, yamlOf } from './objects.ts'
import { describeCluster, isCluster } from './workloads.ts'

export interface Wanted {
  /** Is there. */
  readonly folder: string
  readonly kubeconfig: string
  /** The current context where none is given. */
  readonly context: string | undefined
  /** Name of the registry's container. */
  readonly registry: string
  /** Takes secrets out of every text. */
  readonly redact: (text: string) => string
  readonly limits?: Limits
}

export interface Diagnostics {
  /** Number of files beside the index. */
  readonly files: number
  /** Lines on what is not as it should be. */
  readonly amiss: readonly string[]
  readonly missing: readonly Missing[]
}

/** Two minutes, less what writing the index takes. */
const LIMITS: Limits = { each: 20_000, all: 110_000 }

/** Never fails for what can't be had: only when `signal` fires. */
export async function collectDiagnostics(wanted: Wanted, signal: AbortSignal): Promise<Diagnostics> {
  const collection = startCollection(wanted.folder, wanted.redact, wanted.limits ?? LIMITS, signal)
  const [cluster] = await Promise.all([collectFromCluster(wanted, collection), collectFromMachine(wanted.registry, collection)])
  signal.throwIfAborted()
  const from = [`Collected at ${new Date().toISOString()}. ${cluster.from}`]
  const { files, missing } = collection
  const page = indexPage({ ...cluster, from, missing, files })
  const count = files.size
  await collection.write(['index.md'], 'this page', page)
  return { files: count, amiss: [...cluster.conditions, ...cluster.pods], missing }
}

interface FromCluster {
  /** A sentence. */
  readonly from: string
  readonly conditions: readonly string[]
  readonly pods: readonly string[]
}

async function collectFromCluster({ kubeconfig, context }: Wanted, collection: Collection): Promise<FromCluster> {
  const kube = await collection.attempt('the cluster', () => connect(kubeconfig, context))
  const version = kube && (await collection.attempt(`the cluster of context ${kube.context}`, signal => versionOf(kube, signal)))
  if (kube === undefined || version === undefined) return { from: 'The cluster could not be asked.', conditions: [], pods: [] }
  try {
    const from = `Context ${kube.context}, ${kube.server}, Kubernetes ${version}.`
    return { from, ...(await collectObjects(kube, collection)) }
  } finally {
    kube.close()
  }
}

/** An API server that refuses to say it may answer other questions: one that doesn't answer is asked nothing else. */
async function versionOf(kube: Kube, signal: AbortSignal): Promise<string> {
  try {
    return (await kube.request<{ gitVersion: string }>('GET', '/version', { signal })).gitVersion
  } catch (error) {
    if (error instanceof ApiError) return `of an unknown version (${error.message})`
    throw error
  }
}

async function collectObjects(kube: Kube, collection: Collection): Promise<Omit<FromCluster, 'from'>> {
  const keep = <T extends KubeObject>(kind: Kind, path: readonly string[], text: (objects: readonly T[]) => string) =>
    keepKind<T>(kube, kind, path, text, collection)
  const [nodes, pods, deployments, namespaces, custom] = await Promise.all([
    keep(kinds.nodes, ['nodes.yaml'], yamlOf),
    keep<Pod>(kinds.pods, ['pods.yaml'], yamlOf),
    keep(kinds.deployments, ['deployments.yaml'], yamlOf),
    collection.attempt('the list of namespaces', signal => listKind(kube, kinds.namespaces, signal)),
    customKinds(kube, collection).then(found =>
      Promise.all(found.map(kind => keep(kind, ['objects', `${resourceName(kind)}.yaml`], yamlOf))),
    ),
    keep<KubeEvent>(kinds.events, ['events.txt'], eventLines),
  ])
  const objects = custom.flat()
  await Promise.all([
    collectLogs(kube, loggedNamespaces(namespaces?.objects ?? [], deployments), pods, collection),
    ...objects.filter(isCluster).map(cluster => {
      const { namespace = '', name } = cluster.metadata
      const holds = `workload cluster ${namespace}/${name}: conditions of the Cluster, its control plane, MachineDeployments and Machines`
      return collection.write(['workload-clusters', namespace, `${name}.txt`], holds, describeCluster(cluster, objects))
    }),
  ])
  return { conditions: amissIn([...nodes, ...deployments, ...objects]), pods: unreadyPods(pods) }
}

/** A file with all objects of a kind, unless there are none. */
async function keepKind<T extends KubeObject>(
  kube: Kube,
  kind: Kind,
  path: readonly string[],
  text: (objects: readonly T[]) => string,
  collection: Collection,
): Promise<readonly T[]> {
  const name = resourceName(kind)
  const found: Listed<T> | undefined = await collection.attempt(name, signal => listKind<T>(kube, kind, signal))
  if (found === undefined) return []
  const { objects, more } = found
  if (objects.length === 0) collection.leaveOut(name, 'there are none')
  else {
    const holds = `${objects.length} ${objects.length === 1 ? kind.kind : `objects of kind ${kind.kind}`}${more ? ', the first of more' : ''}`
    await collection.write(path, holds, text(objects))
  }
  return objects
}
