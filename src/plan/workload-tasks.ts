/** The workload cluster: its templates are filled before anything is made, and applied when every provider answers. */
import { join } from 'node:path'
import { clusterContainers } from '../cluster/cluster.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { Kube } from '../kube/connect.ts'
import type { Condition } from '../kube/objects.ts'
import { get } from '../kube/read.ts'
import type { KubeObject } from '../manifests/object.ts'
import { parseManifests } from '../manifests/yaml.ts'
import { workloadVariables } from '../settings/variables.ts'
import { awaitAvailable, type ClusterName, clusterReference } from '../workload/available.ts'
import { writeWorkloadKubeconfig } from '../workload/kubeconfig.ts'
import { fillTemplates } from '../workload/template.ts'
import { applyClasses, applyCluster, clusterOf } from '../workload/workload.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { check, type Task, task } from './task.ts'
import type { Wanted, WorkloadTexts } from './wanted.ts'

export interface FilledWorkload {
  readonly classes: readonly KubeObject[]
  readonly cluster: readonly KubeObject[]
  readonly namespace: string
  readonly name: ClusterName
}

/** Reads the templates with their variables: needs nothing but the texts, and is done first, for it finds what is missing. */
export function templateTask({ settings }: Wanted, texts: WorkloadTexts | Task<WorkloadTexts>): Task<FilledWorkload> {
  const docs = 'Fills the variables of the ClusterClass and the cluster template.'
  const name = `templates ${settings.workloadName}`
  const fill = ({ classes, template }: WorkloadTexts): FilledWorkload => {
    const filled = fillTemplates([...classes, template], workloadVariables(settings))
    const objects = filled.map(({ file, text }) => parseManifests(text, file))
    const cluster = objects.at(-1) ?? []
    const namespace = settings.workloadNamespace
    return { classes: objects.slice(0, -1).flat(), cluster, namespace, name: clusterOf(cluster, namespace, template.file) }
  }
  return 'template' in texts ? check(name, docs, async () => fill(texts)) : task(name, docs, [texts], async work => fill(work.of(texts)))
}

export interface AvailableWorkload extends ClusterName {
  readonly conditions: readonly Condition[]
}

export interface WorkloadTasks {
  readonly available: Task<AvailableWorkload>
  /** Its value is the path of the workload cluster's kubeconfig. */
  readonly kubeconfig: Task<string>
}

export function workloadTasks(
  { settings, workloadIsOurs, record }: Wanted,
  filled: Task<FilledWorkload>,
  { cluster, finished }: ClusterTasks,
  ready: readonly Task[],
): WorkloadTasks {
  const { workloadName: name, timeout, stateDir } = settings
  const classes = task(
    `clusterclass ${name}`,
    'Applies the ClusterClass and its templates.',
    [filled, cluster, finished, ...ready],
    async work => {
      await applyClasses(work.of(filled), work.of(cluster).kube, work)
    },
  )
  const applied = task(`cluster ${name}`, `Applies the workload cluster ${name}.`, [classes, filled, cluster], async work => {
    const { kube, kubeconfig, context } = work.of(cluster)
    const wanted = work.of(filled).name
    if (workloadIsOurs || !(await isThere(wanted, kube, work))) await record({ kind: 'workload cluster', ...wanted, kubeconfig, context })
    await applyCluster(work.of(filled), kube, work)
  })
  const available = task(`available ${name}`, `Waits until ${name} is Available.`, [applied, filled, cluster], async work => {
    const conditions = await awaitAvailable(work.of(filled).name, timeout, work.of(cluster).kube, work)
    return { ...work.of(filled).name, conditions }
  })
  const file = join(stateDir, `${name}.kubeconfig`)
  const written = task(`kubeconfig ${name}`, `Writes the kubeconfig of ${name}.`, [available, filled, cluster], async work => {
    await writeWorkloadKubeconfig(work.of(filled).name, file, work.of(cluster).kube, record, work)
    return file
  })
  return { available, kubeconfig: written }
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
