/** The workload cluster's kubeconfig, from the secret that its control plane provider writes, into a file of the user's. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { isMap, isSeq, parseDocument } from 'yaml'
import { Failure } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import type { Kube } from '../kube/connect.ts'
import { get } from '../kube/read.ts'
import type { Check } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { ClusterName } from './available.ts'

interface Secret extends KubeObject {
  readonly data?: Record<string, string>
}

const secretOf = ({ namespace, name }: ClusterName, kube: Kube, signal: AbortSignal) =>
  get<Secret>(kube, { apiVersion: 'v1', kind: 'Secret', namespace, name: `${name}-kubeconfig` }, signal)

/** @throws Failure where the cluster has no kubeconfig (yet). */
export async function readWorkloadKubeconfig(cluster: ClusterName, kube: Kube, signal: AbortSignal): Promise<string> {
  const { namespace, name } = cluster
  const secret = await secretOf(cluster, kube, signal)
  const value = secret?.data?.value
  if (value) return Buffer.from(value, 'base64').toString('utf8')
  throw new Failure({
    what: `workload cluster ${name} has no kubeconfig`,
    why: secret ? `Secret ${namespace}/${name}-kubeconfig has no key value` : `there is no Secret ${namespace}/${name}-kubeconfig`,
    remedy: 'its control plane provider writes it once the control plane endpoint is known: is the cluster Available?',
    where: `Cluster ${namespace}/${name}`,
  })
}

/** Its control plane provider has written the kubeconfig. */
export const kubeconfigWritten = (cluster: ClusterName): Check => ({
  name: `the kubeconfig of ${cluster.name}`,
  unmet: `workload cluster ${cluster.name} has no kubeconfig`,
  test: async (kube, signal) => ((await secretOf(cluster, kube, signal))?.data?.value ? undefined : 'not written yet'),
})

export interface Place {
  readonly kube: Kube
  readonly record: Recorder
  /** `127.0.0.1:port` where its API server is published there. */
  readonly onHost: () => Promise<string | undefined>
}

/** Writes it to `file`, readable by its owner only; with an address that this machine reaches, where there is one. */
export async function writeWorkloadKubeconfig(cluster: ClusterName, file: string, place: Place, work: Work): Promise<void> {
  const own = await readWorkloadKubeconfig(cluster, place.kube, work.signal)
  const published = await place.onHost()
  const text = published === undefined || (await reaches(serverIn(own), work.signal)) ? own : withServer(own, `https://${published}`)
  await place.record({ kind: 'path', path: file })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text, { mode: 0o600, signal: work.signal })
  // The mode of writeFile counts for new files only.
  await chmod(file, 0o600)
}

const clustersIn = (text: string) => {
  const document = parseDocument(text, { schema: 'failsafe' })
  const clusters = document.get('clusters')
  return { document, clusters: isSeq(clusters) ? clusters.items.filter(isMap) : [] }
}

const serverIn = (text: string): string => String(clustersIn(text).clusters[0]?.getIn(['cluster', 'server']) ?? '')

/** The same kubeconfig with another address in all its clusters. */
export function withServer(text: string, server: string): string {
  const { document, clusters } = clustersIn(text)
  for (const cluster of clusters) cluster.setIn(['cluster', 'server'], server)
  return document.toString({ lineWidth: 0, indentSeq: false })
}

/** ms: a container of this machine answers at once, and one in a virtual machine never. */
const REACH_TIMEOUT = 1500

/** Whether something listens at the address of a URL. */
async function reaches(url: string, signal: AbortSignal): Promise<boolean> {
  const { hostname, port } = URL.parse(url) ?? {}
  if (!hostname) return false
  signal.throwIfAborted()
  const socket = connect({ host: hostname, port: Number(port || 443), timeout: REACH_TIMEOUT })
  try {
    return await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true))
      for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false))
    })
  } finally {
    socket.destroy()
  }
}
