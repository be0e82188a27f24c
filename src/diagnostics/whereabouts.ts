/** Which cluster is looked at. Pure. */
import { delimiter } from 'node:path'
import type { Settings } from '../settings/settings.ts'

export interface Whereabouts {
  readonly kubeconfig: string
  /** The current context where none is given. */
  readonly context: string | undefined
}

type Said = Pick<Settings, 'kubeconfig' | 'context' | 'kubeconfigFile' | 'clusterName' | 'environment'>

/** What the user names, else what kubectl would take, else what a run of ours has written, which may have several clusters. */
export function whereaboutsOf({ kubeconfig, context, kubeconfigFile, clusterName, environment }: Said): Whereabouts {
  const [first] = (environment.KUBECONFIG ?? '').split(delimiter).filter(path => path !== '')
  const file = kubeconfig ?? first ?? kubeconfigFile
  return { kubeconfig: file, context: context ?? (kubeconfig === undefined && file === kubeconfigFile ? `kind-${clusterName}` : undefined) }
}
