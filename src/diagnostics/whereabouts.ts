/** Which cluster is looked at. Pure. */
import { delimiter } from 'node:path'
import { serviceAccountFile } from '../settings/access.ts'
import type { Settings } from '../settings/settings.ts'

export interface Whereabouts {
  readonly kubeconfig: string
  /** The current context where none is given. */
  readonly context: string | undefined
}

type Said = Pick<Settings, 'kubeconfig' | 'context' | 'kubeconfigFile' | 'clusterName' | 'environment' | 'stateDir'>

/** What the user names, else what kubectl would take, else what a run of ours has written, which may have several clusters. */
export function whereaboutsOf({ kubeconfig, context, kubeconfigFile, clusterName, environment, stateDir }: Said): Whereabouts {
  // That of a ServiceAccount of ours sees little; beside it stands the one that it was made with.
  const given = (environment.KUBECONFIG ?? '').split(delimiter).filter(path => path !== '')
  const [first] = given.filter(path => path !== serviceAccountFile({ stateDir }))
  const file = kubeconfig ?? first ?? kubeconfigFile
  return { kubeconfig: file, context: context ?? (kubeconfig === undefined && file === kubeconfigFile ? `kind-${clusterName}` : undefined) }
}
