/** Observability tools of the checkout, as Tilt deploys them: charts rendered by kustomize and helm, applied beside the providers, and waited for. */
import { podsOfAll } from '../components/add-on.ts'
import { chartOptions, needsFirst, type Reach, reachOf } from '../components/observability.ts'
import { applyAll } from '../kube/apply.ts'
import { waitFor } from '../kube/wait.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import { removeStaleCharts } from '../manifests/stale-charts.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { ObservabilityTool } from '../providers/observability.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { type Task, task } from './task.ts'
import type { ToolTasks } from './tool-tasks.ts'
import type { Wanted } from './wanted.ts'

export interface DeployedTool {
  readonly name: string
  /** For one that has a page or an API. */
  readonly reach: Reach | undefined
}

interface Needed {
  readonly tools: ToolTasks
  readonly management: ClusterTasks
}

/** Per tool the task after which it works. */
export function observabilityTasks(wanted: Wanted, needed: Needed): readonly Task<DeployedTool>[] {
  const ready = new Map<string, Task<DeployedTool>>()
  const add = (tool: ObservabilityTool): Task<DeployedTool> => {
    const first = wanted.observability.filter(({ name }) => needsFirst[tool.name]?.includes(name)).map(add)
    const one = ready.get(tool.name) ?? tasksOf(tool, first, wanted, needed)
    ready.set(tool.name, one)
    return one
  }
  return wanted.observability.map(add)
}

function tasksOf(
  { name, folder }: ObservabilityTool,
  first: readonly Task[],
  { settings: { timeout } }: Wanted,
  { tools, management: { cluster, services } }: Needed,
): Task<DeployedTool> {
  const helm = tools.helm
  if (helm === undefined) throw new Error('observability is wanted, and helm is not')
  const rendered = task(`render ${name}`, `Renders ${folder}, with its chart.`, [tools.kustomize, helm], async work => {
    for (const chart of await removeStaleCharts(folder)) work.log(`${chart} is not what is wanted: it is fetched anew`)
    const kustomize = { kustomize: work.of(tools.kustomize).path, directory: folder, options: chartOptions(work.of(helm).path) }
    // Tilt substitutes nothing in these.
    return parseManifests(await kustomizeBuild(kustomize, work), `${name} (kustomize build ${folder})`)
  })
  const deployed = task(`deploy ${name}`, `Applies ${name}.`, [rendered, cluster, services, ...first], async work => {
    await applyAll(work.of(cluster).kube, work.of(rendered), { crdTimeout: timeout, retryWebhooks: timeout }, work)
  })
  return task(`ready ${name}`, `Waits until all pods of ${name} are ready.`, [deployed, rendered, cluster], async work => {
    const objects = work.of(rendered)
    await waitFor(podsOfAll(objects), work.of(cluster).kube, { timeout, subject: name }, work)
    return { name, reach: reachOf(name, objects) }
  })
}
