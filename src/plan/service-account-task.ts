/** `service account`: the kubeconfig that later steps go on with, last of all, so that its token is good for as long as it says. */
import { readFile } from 'node:fs/promises'
import { applyServiceAccount, requestToken, restrictedKubeconfig, type Token, writeRestricted } from '../components/service-account.ts'
import { serviceAccountFile } from '../settings/access.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

export interface Restricted extends Token {
  /** Path. */
  readonly kubeconfig: string
}

/** @param last After all of these. @returns nothing where none is wanted. */
export function serviceAccountTask(
  { settings, record }: Wanted,
  { cluster, finished }: ClusterTasks,
  last: readonly Task[],
): Task<Restricted> | undefined {
  const { serviceAccount: name, serviceAccountNamespace: namespace, serviceAccountRules: rules, serviceAccountExpiry: seconds } = settings
  if (name === undefined) return undefined
  const account = { name, namespace, rules }
  const file = serviceAccountFile(settings)
  const docs = `Makes the ServiceAccount ${namespace}/${name} and a kubeconfig for what it may do.`
  return task('service account', docs, [...last, cluster, finished], async work => {
    const { kube, kubeconfig, context } = work.of(cluster)
    await applyServiceAccount(account, kube, work)
    const token = await requestToken(account, seconds, kube, work.signal)
    await writeRestricted(file, await restrictedKubeconfig(await readFile(kubeconfig, 'utf8'), kubeconfig, context, account, token), record)
    work.log(`${namespace}/${name} may use ${file} until ${token.expires}`)
    return { ...token, kubeconfig: file }
  })
}
