/** Helm charts of the user: one task each, as helm does the waiting and the hooks by itself. */
import { crdsOfChart, installRelease, isInstalled, type Release } from '../components/helm.ts'
import type { Work } from '../host/work.ts'
import { applyAll } from '../kube/apply.ts'
import { isThere } from '../kube/read.ts'
import type { HelmChart, Order } from '../settings/add-ons.ts'
import type { AddOnNeeds, DeployedAddOn } from './add-on-tasks.ts'
import type { ManagementCluster } from './cluster-tasks.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** Per chart of this order the task after which it is installed. Charts that are said one after another are installed so. */
export function chartTasks(wanted: Wanted, order: Order, needed: AddOnNeeds): readonly Task<DeployedAddOn>[] {
  const tasks: Task<DeployedAddOn>[] = []
  for (const one of wanted.settings.helmCharts) if (one.order === order) tasks.push(chartTask(one, tasks.slice(-1), wanted, needed))
  return tasks
}

function chartTask(
  chart: HelmChart,
  before: readonly Task[],
  wanted: Wanted,
  { tools, management: { cluster, services }, first }: AddOnNeeds,
): Task<DeployedAddOn> {
  const { name, namespace } = chart
  const { helm } = tools
  if (helm === undefined) throw new Error('a chart is wanted, and helm is not')
  const docs = `Has helm install ${chart.chart} in ${namespace}${chart.wait ? ', and wait until it is ready' : ''}.`
  return task(`chart ${name}`, docs, [helm, cluster, services, ...before, ...first], async work => {
    const { kube, kubeconfig, context } = work.of(cluster)
    const release: Release = { ...chart, helm: work.of(helm).path, kubeconfig, context, timeout: wanted.settings.timeout }
    await prepare(release, work.of(cluster), wanted, work)
    await installRelease(release, kube, work)
    return { name, kind: 'chart' }
  })
}

/** In a cluster that stays, all that helm is about to make is recorded, but what is there already. */
async function prepare(release: Release, { kube }: ManagementCluster, { record }: Wanted, work: Work): Promise<void> {
  const { helm, name, namespace, kubeconfig, context } = release
  await applyAll(kube, namespace === 'default' ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }], {}, work)
  if (kube.noteNew === undefined) return
  if (await isInstalled(release, work)) return work.log(`release ${namespace}/${name} is there already: clean-up will leave it`)
  const crds = await crdsOfChart(release, work)
  const references = crds.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name }))
  const there = await Promise.all(references.map(one => isThere(kube, one, work.signal)))
  const absent = references.filter((_, index) => !there[index])
  if (absent.length > 0) await kube.noteNew(absent)
  await record({ kind: 'helm release', helm, name, namespace, kubeconfig, context })
}
