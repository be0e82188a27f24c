/** Workload clusters: applied when every provider answers, all at the same time, each until it is Available and its kubeconfig is written. */
import { join } from 'node:path'
import { clusterContainers } from '../cluster/cluster.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { Kube } from '../kube/connect.ts'
import type { Condition } from '../kube/objects.ts'
import { get } from '../kube/read.ts'
import { awaitAvailable, type ClusterName, clusterReference } from '../workload/available.ts'
import { classesOfAll } from '../workload/classes.ts'
import { isMadeHere, lacksPlugin } from '../workload/place.ts'
import { applyClasses, applyCluster } from '../workload/workload.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { type Task, task } from './task.ts'
import type { FilledWorkload } from './template-tasks.ts'
import type { Wanted, WantedWorkload } from './wanted.ts'
import { kubeconfigTask, networkTasks } from './workload-network-tasks.ts'

export interface AvailableWorkload extends ClusterName {
  readonly conditions: readonly Condition[]
}

export interface WorkloadTasks {
  readonly name: string
  readonly available: Task<AvailableWorkload>
  /** Its value is the path of the workload cluster's kubeconfig. */
  readonly kubeconfig: Task<string>
}

/** @param filled One per workload cluster that is wanted, in their order. */
export function workloadTasks(
  wanted: Wanted,
  filled: readonly Task<FilledWorkload>[],
  management: ClusterTasks,
  ready: readonly Task[],
): readonly WorkloadTasks[] {
  const { workloads } = wanted
  const [only] = workloads
  const name = only !== undefined && workloads.length === 1 ? `clusterclass ${only.workload.name}` : 'clusterclasses'
  const { cluster, finished } = management
  // Needs no cluster, so that two that want different ones are told before there is one.
  const agreed = task(`${name} read`, 'Joins the ClusterClasses of all workload clusters.', filled, async work =>
    classesOfAll(filled.map(work.of)),
  )
  const classes = task(name, 'Applies the ClusterClasses and their templates.', [agreed, cluster, finished, ...ready], async work => {
    for (const one of work.of(agreed)) await applyClasses(one, work.of(cluster).kube, work)
  })
  return workloads.flatMap((one, index) => {
    const of = filled[index]
    return of === undefined ? [] : [tasksOf(one, wanted, of, classes, management)]
  })
}

function tasksOf(
  { workload, ours }: WantedWorkload,
  { settings, record }: Wanted,
  filled: Task<FilledWorkload>,
  classes: Task,
  { cluster }: ClusterTasks,
): WorkloadTasks {
  const { name, cni } = workload
  const { timeout, stateDir } = settings
  const applied = task(`cluster ${name}`, `Applies the workload cluster ${name}.`, [classes, filled, cluster], async work => {
    const { kube, kubeconfig, context } = work.of(cluster)
    const wanted = work.of(filled)
    const objects = [...wanted.classes, ...wanted.cluster]
    if (cni.length === 0 && lacksPlugin(objects))
      work.log(`${name} has no network plugin: set workload-cni, unless something else brings one; its nodes wait for it`)
    if (ours || !(await isThere(wanted.name, kube, work)))
      await record({
        kind: 'workload cluster',
        ...wanted.name,
        kubeconfig,
        context,
        ...(isMadeHere(objects) ? {} : { elsewhere: true }),
      })
    await applyCluster(wanted, kube, work)
  })
  const available = task(`available ${name}`, `Waits until ${name} is Available.`, [applied, filled, cluster], async work => {
    const conditions = await awaitAvailable(work.of(filled).name, timeout, work.of(cluster).kube, work)
    return { ...work.of(filled).name, conditions }
  })
  const place = { file: join(stateDir, `${name}.kubeconfig`), filled, cluster, record, timeout }
  const networked = cni.length === 0 ? [] : networkTasks(workload, place, applied, available)
  return { name, available, kubeconfig: kubeconfigTask(workload, place, [available, ...networked]) }
}

/**
 * Whether the management cluster has this Cluster already: then it is the user's, is changed, and stays.
 * @throws Failure when containers of this name are there without it: its machines would get the same names, and clean-up could not tell them apart.
 */
async function isThere(cluster: ClusterName, kube: Kube, work: Work): Promise<boolean> {
  if (await get(kube, await clusterReference(kube, cluster, work.signal), work.signal)) {
    work.log(`Cluster ${cluster.namespace}/${cluster.name} is there already: clean-up will leave it`)
    return true
  }
  const containers = await clusterContainers(cluster.name, work)
  if (containers.length === 0) return false
  throw new Failure({
    what: `a kind cluster ${cluster.name} is on this machine already`,
    why: `the workload cluster is to have the same name, and these are there: ${containers.join(', ')}`,
    remedy: 'set another workload-name',
  })
}
