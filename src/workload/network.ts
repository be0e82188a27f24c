/** The network plugin of a workload cluster: what of its manifests must run. Pure. */
import { deploymentAvailable, podsReady } from '../kube/checks.ts'
import type { Check } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'

/** All pods of its Deployments, StatefulSets and DaemonSets are ready. */
export const networkReady = (objects: readonly KubeObject[]): readonly Check[] =>
  objects.flatMap(({ kind, metadata: { name, namespace = 'default' } }) => {
    if (kind === 'Deployment') return [deploymentAvailable(namespace, name)]
    return kind === 'StatefulSet' || kind === 'DaemonSet' ? [podsReady(kind, namespace, name)] : []
  })
