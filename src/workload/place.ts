/** Where the machines of a workload cluster are: on this machine, where its containers can simply be removed, or where only its provider can take them down. Pure. */
import type { KubeObject } from '../manifests/object.ts'

const INFRASTRUCTURE = 'infrastructure.cluster.x-k8s.io/'

/** Kinds of Cluster API's own test provider: containers of this machine's engine, or nothing but memory. */
const HERE = /^(Docker|Dev|InMemory)/

/** What may bring a network plugin: Cluster API's own way, and that of its add-on provider. */
const BRINGS_ADDONS = ['ClusterResourceSet', 'HelmChartProxy']

/** True where machines are containers, whose nodes have no network plugin, and nothing among the objects brings one. */
export const lacksPlugin = (objects: readonly KubeObject[]): boolean =>
  objects.some(({ apiVersion, kind }) => apiVersion.startsWith(INFRASTRUCTURE) && kind.startsWith('DockerMachine')) &&
  !objects.some(({ kind }) => BRINGS_ADDONS.includes(kind))

/** True where every infrastructure object of the templates is of a kind whose machines are on this machine. */
export function isMadeHere(objects: readonly KubeObject[]): boolean {
  const infrastructure = objects.filter(({ apiVersion }) => apiVersion.startsWith(INFRASTRUCTURE))
  return infrastructure.length > 0 && infrastructure.every(({ kind }) => HERE.test(kind))
}
