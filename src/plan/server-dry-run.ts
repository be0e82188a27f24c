/** `server dry run`: all that would be applied, rendered as for a run, and the API server asked what it would make of it. */
import { installedCertManager } from '../components/cert-manager.ts'
import { inventoryCrd } from '../components/inventory.ts'
import { type Judged, judgeAll } from '../kube/dry-run.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { CertManagerTasks } from './cert-manager-tasks.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import type { RenderedObjects } from './provider-tasks.ts'
import { type Task, task } from './task.ts'
import type { FilledWorkload } from './template-tasks.ts'

/** What of an apply belongs together: `cert-manager`, a provider by its name, the workload cluster. */
export interface JudgedPart {
  readonly name: string
  readonly judged: readonly Judged[]
}

interface WouldBeApplied {
  readonly certManager: CertManagerTasks | undefined
  readonly providers: readonly RenderedObjects[]
  readonly workloads: readonly Task<FilledWorkload>[]
  /** After these all that is said is found right. */
  readonly checked: readonly Task[]
}

export function serverDryRunTask(
  { certManager, providers, workloads, checked }: WouldBeApplied,
  { cluster }: ClusterTasks,
): Task<readonly JudgedPart[]> {
  const docs = 'Asks the API server what it would make of all objects, and has it store nothing.'
  const needs = [cluster, ...checked, ...(certManager ? [certManager.objects] : []), ...providers.flatMap(one => one.needs), ...workloads]
  return task('server dry run', docs, needs, async work => {
    const { kube } = work.of(cluster)
    const installed = certManager && (await installedCertManager(kube, work))
    const parts: { name: string; objects: readonly KubeObject[] }[] = [
      ...(certManager && installed === undefined ? [{ name: 'cert-manager', objects: work.of(certManager.objects) }] : []),
      ...providers.map(({ name, objects }) => ({ name, objects: objects(work) })),
      ...workloads.map(work.of).map(one => ({ name: `workload cluster ${one.name.name}`, objects: objectsOf(one) })),
    ]
    const judged = await judgeAll(
      kube,
      parts.flatMap(({ objects }) => objects),
      work,
      [inventoryCrd],
    )
    const of = new Map(judged.map(one => [one.object, one]))
    return parts.map(({ name, objects }) => ({ name, judged: objects.flatMap(object => of.get(object) ?? []) }))
  })
}

/** In the namespace that they would be applied to. */
const objectsOf = ({ classes, cluster, namespace }: FilledWorkload): readonly KubeObject[] =>
  [...classes, ...cluster].map(object => ({
    ...object,
    metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
  }))
