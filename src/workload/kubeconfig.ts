/** The workload cluster's kubeconfig, from the secret that its control plane provider writes, into a file of the user's. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import type { Kube } from '../kube/connect.ts'
import { get } from '../kube/read.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { ClusterName } from './available.ts'

interface Secret extends KubeObject {
  readonly data?: Record<string, string>
}

/** @throws Failure where the cluster has no kubeconfig (yet). */
export async function readWorkloadKubeconfig({ namespace, name }: ClusterName, kube: Kube, signal: AbortSignal): Promise<string> {
  const secret = await get<Secret>(kube, { apiVersion: 'v1', kind: 'Secret', namespace, name: `${name}-kubeconfig` }, signal)
  const value = secret?.data?.value
  if (value) return Buffer.from(value, 'base64').toString('utf8')
  throw new Failure({
    what: `workload cluster ${name} has no kubeconfig`,
    why: secret ? `Secret ${namespace}/${name}-kubeconfig has no key value` : `there is no Secret ${namespace}/${name}-kubeconfig`,
    remedy: 'its control plane provider writes it once the control plane endpoint is known: is the cluster Available?',
    where: `Cluster ${namespace}/${name}`,
  })
}

/** Writes it to `file`, readable by its owner only. */
export async function writeWorkloadKubeconfig(cluster: ClusterName, file: string, kube: Kube, record: Recorder, work: Work): Promise<void> {
  const text = await readWorkloadKubeconfig(cluster, kube, work.signal)
  await record({ kind: 'path', path: file })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text, { mode: 0o600, signal: work.signal })
  // The mode of writeFile counts for new files only.
  await chmod(file, 0o600)
}
