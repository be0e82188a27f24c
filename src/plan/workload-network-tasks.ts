/** A workload cluster from within: how its API server is reached from here, its network plugin, and its nodes, which wait for one. */
import { apiAddressOnHost } from '../cluster/load-balancer.ts'
import type { Recorder } from '../host/work.ts'
import { applyAll } from '../kube/apply.ts'
import { apiServerAnswers, nodesReady } from '../kube/checks.ts'
import { connect } from '../kube/connect.ts'
import { waitFor } from '../kube/wait.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Workload } from '../settings/workloads.ts'
import { kubeconfigWritten, writeWorkloadKubeconfig } from '../workload/kubeconfig.ts'
import { networkReady } from '../workload/network.ts'
import type { ManagementCluster } from './cluster-tasks.ts'
import { check, type Task, type TaskWork, task } from './task.ts'
import type { FilledWorkload } from './template-tasks.ts'

export interface WorkloadPlace {
  /** Where its kubeconfig goes. */
  readonly file: string
  readonly filled: Task<FilledWorkload>
  readonly cluster: Task<ManagementCluster>
  readonly record: Recorder
  readonly timeout: number
}

export const kubeconfigTask = ({ name }: Workload, place: WorkloadPlace, first: readonly Task[]): Task<string> =>
  task(`kubeconfig ${name}`, `Writes the kubeconfig of ${name}.`, [...first, place.filled, place.cluster], async work => {
    await write(place, work)
    return place.file
  })

async function write({ file, filled, cluster, record }: WorkloadPlace, work: TaskWork): Promise<void> {
  const { name } = work.of(filled)
  await writeWorkloadKubeconfig(name, file, { kube: work.of(cluster).kube, record, onHost: () => apiAddressOnHost(name.name, work) }, work)
}

/** @returns the tasks after which its nodes have a network. */
export function networkTasks({ name, cni }: Workload, place: WorkloadPlace, applied: Task, available: Task): readonly Task[] {
  const { file, filled, cluster, timeout } = place
  const subject = `workload cluster ${name}`
  const manifests = check(`network plugin ${name}`, `Reads the network plugin of ${name}.`, async () =>
    cni.flatMap(({ text, file: from }) => parseManifests(text, from)),
  )
  const reached = task(
    `reach ${name}`,
    `Waits until the API server of ${name} answers from here.`,
    [applied, filled, cluster],
    async work => {
      await waitFor([kubeconfigWritten(work.of(filled).name)], work.of(cluster).kube, { timeout, subject }, work)
      await write(place, work)
      const kube = await connect(file)
      await waitFor([apiServerAnswers], kube, { timeout, subject }, work)
      return kube
    },
  )
  const networked = task(`network ${name}`, `Applies the network plugin to ${name}.`, [reached, manifests], async work => {
    await applyAll(work.of(reached), work.of(manifests), { crdTimeout: timeout }, work)
  })
  const needs = [networked, available, reached, manifests]
  return [
    task(`nodes ${name}`, `Waits until the nodes of ${name} are Ready, and its network plugin runs.`, needs, async work => {
      const checks = [nodesReady(), ...networkReady(work.of(manifests))]
      await waitFor(checks, work.of(reached), { timeout, subject }, work)
    }),
  ]
}
