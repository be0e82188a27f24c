/** Deleting a workload cluster: asked of Cluster API, which takes down its machines, and waited for until nothing is left. */
import type { Work } from '../host/work.ts'
import { isGone } from '../kube/api-error.ts'
import { conditionsOf } from '../kube/checks.ts'
import type { Kube } from '../kube/connect.ts'
import { pathOf } from '../kube/discovery.ts'
import { conditionOf, nameOfReference, oneLine, type Reference, sayCondition } from '../kube/objects.ts'
import { get, remove } from '../kube/read.ts'
import { type Check, waitFor } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'
import { type ClusterName, clusterReference } from './available.ts'

/** @returns false where there was no such cluster. @throws Failure when it is not gone after `timeout` seconds. */
export async function deleteCluster(cluster: ClusterName, timeout: number, kube: Kube, work: Work): Promise<boolean> {
  const reference = await clusterReference(kube, cluster, work.signal)
  if (!(await remove(kube, reference, work.signal))) return false
  await waitFor([gone(reference)], kube, { timeout, subject: `workload cluster ${cluster.name}` }, work)
  return true
}

export function gone(reference: Reference): Check {
  const name = nameOfReference(reference)
  return {
    name: `deletion of ${name}`,
    unmet: `${name} is not gone`,
    async test(kube, signal) {
      const resource = await kube.discovery.get(reference.apiVersion, reference.kind, signal)
      try {
        const object = await kube.request<KubeObject>('GET', pathOf(resource, reference.namespace, reference.name), { signal })
        const deleting = conditionOf(conditionsOf(object), 'Deleting')
        return oneLine(deleting?.message || 'it is still there', 160)
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    },
    async explain(kube, signal) {
      const object = await get(kube, reference, signal)
      const finalizers = Array.isArray(object?.metadata.finalizers) ? object.metadata.finalizers.join(', ') : ''
      const deleting = object && conditionOf(conditionsOf(object), 'Deleting')
      return {
        why: deleting?.message ? oneLine(deleting.message) : undefined,
        remedy: 'look at the logs of its infrastructure provider: machines are deleted before the Cluster is',
        details: [...(deleting ? [sayCondition(deleting)] : []), ...(finalizers ? [`finalizers: ${finalizers}`] : [])],
      }
    },
  }
}
