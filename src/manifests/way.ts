/** From a port of this machine to one of the cluster: of a workload's pods, or of a Service's. Pure. */

export interface Way {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Service'
  readonly namespace: string
  readonly name: string
  /** Of this machine. */
  readonly local: number
  /** Of the pods; of the Service, where it leads to one. */
  readonly port: number
}

/** The command of kubectl that opens it, until the pod that it has found goes. */
export const kubectlCommand = ({ kind, namespace, name, local, port }: Way): string =>
  `kubectl --namespace ${namespace} port-forward ${kind.toLowerCase()}/${name} ${local === port ? port : `${local}:${port}`}`
