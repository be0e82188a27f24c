/** A workload cluster as its objects in the management cluster tell it: conditions of the Cluster, its control plane, its MachineDeployments and Machines. Pure. */
import { conditionsOf } from '../kube/checks.ts'
import { sayCondition } from '../kube/objects.ts'
import { type KubeObject, nameOf } from '../manifests/object.ts'
import { isAmiss } from './conditions.ts'

interface CapiObject extends KubeObject {
  readonly status?: { readonly phase?: string; readonly conditions?: unknown }
}

export interface Cluster extends CapiObject {
  readonly spec?: { readonly controlPlaneRef?: { readonly kind: string; readonly name: string } }
}

const GROUP = 'cluster.x-k8s.io/'
const CLUSTER_NAME = 'cluster.x-k8s.io/cluster-name'

export const isCluster = ({ apiVersion, kind }: KubeObject): boolean => kind === 'Cluster' && apiVersion.startsWith(GROUP)

/** @param objects Everything of Cluster API in the management cluster. */
export function describeCluster(cluster: Cluster, objects: readonly CapiObject[]): string {
  const { name, namespace } = cluster.metadata
  const near = objects.filter(({ metadata }) => metadata.namespace === namespace)
  const controlPlane = cluster.spec?.controlPlaneRef
  const owned = (wanted: string) =>
    near.filter(
      ({ apiVersion, kind, metadata }) => kind === wanted && apiVersion.startsWith(GROUP) && metadata.labels?.[CLUSTER_NAME] === name,
    )
  const related = [
    ...near.filter(({ kind, metadata }) => kind === controlPlane?.kind && metadata.name === controlPlane.name),
    ...owned('MachineDeployment'),
    ...owned('Machine'),
  ]
  return [cluster, ...related].map(describe).join('\n')
}

function describe(object: CapiObject): string {
  const phase = object.status?.phase
  const conditions = conditionsOf(object).map(condition => `  ${isAmiss(condition) ? '✖' : '✔'} ${sayCondition(condition)}`)
  const lines = [`${nameOf(object)}${phase ? `, ${phase}` : ''}`, ...(conditions.length > 0 ? conditions : ['  it has no conditions'])]
  return lines.map(line => `${line}\n`).join('')
}
