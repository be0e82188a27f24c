/** The objects of a workload cluster, and their way to the API server: what a ClusterClass needs first, the Cluster last. */
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Applied, applyAll } from '../kube/apply.ts'
import type { Kube } from '../kube/connect.ts'
import { get } from '../kube/read.ts'
import { type KubeObject, nameOf } from '../manifests/object.ts'
import { CLUSTER_GROUP, type ClusterName } from './available.ts'

export interface Workload {
  /** ClusterClasses with their templates. */
  readonly classes: readonly KubeObject[]
  /** The Cluster and what goes with it. */
  readonly cluster: readonly KubeObject[]
  /** For objects that name none. */
  readonly namespace: string
  readonly sourceOf?: (object: KubeObject) => string | undefined
}

/** Seconds for which objects are offered again while a provider's webhook can't be called. */
const RETRY_WEBHOOKS = 60

const isCluster = ({ kind, apiVersion }: KubeObject): boolean => kind === 'Cluster' && apiVersion.startsWith(`${CLUSTER_GROUP}/`)

/** The one Cluster among the objects of a cluster template. @throws Failure where there is none, or more than one. */
export function clusterOf(objects: readonly KubeObject[], namespace: string, file: string): ClusterName {
  const [cluster, ...others] = objects.filter(isCluster)
  if (!cluster || others.length > 0) {
    throw new Failure({
      what: `cluster template ${file} has ${cluster ? 'more than one Cluster' : 'no Cluster'}`,
      why: cluster ? [cluster, ...others].map(nameOf).join(', ') : `no object of kind Cluster in group ${CLUSTER_GROUP}`,
      remedy: 'name a template that makes one Cluster: a template of each is wanted for several',
      where: file,
    })
  }
  return { namespace: cluster.metadata.namespace ?? namespace, name: cluster.metadata.name }
}

/** Makes the namespace where it is missing; one that is there is left as it is. */
async function ensureNamespace(name: string, kube: Kube, work: Work): Promise<void> {
  if (await get(kube, { apiVersion: 'v1', kind: 'Namespace', name }, work.signal)) return
  await applyAll(kube, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }], {}, work)
}

/** Applies ClusterClasses and their templates, into a namespace that is made where it is missing. */
export async function applyClasses({ classes, ...workload }: Workload, kube: Kube, work: Work): Promise<readonly Applied[]> {
  await ensureNamespace(workload.namespace, kube, work)
  return applyAll(kube, classes, options(workload), work)
}

/** Applies the Cluster after all else of its template: a Cluster without topology refers to the others. */
export async function applyCluster({ cluster, ...workload }: Workload, kube: Kube, work: Work): Promise<readonly Applied[]> {
  const parts = await applyAll(
    kube,
    cluster.filter(object => !isCluster(object)),
    options(workload),
    work,
  )
  return [...parts, ...(await applyAll(kube, cluster.filter(isCluster), options(workload), work))]
}

const options = ({ namespace, sourceOf }: Pick<Workload, 'namespace' | 'sourceOf'>) => ({
  namespace,
  retryWebhooks: RETRY_WEBHOOKS,
  ...(sourceOf ? { sourceOf } : {}),
})
