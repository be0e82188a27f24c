/** An observability tool as the manifests of its chart: when it works, and how to reach it. */
import type { KubeObject } from '../manifests/object.ts'
import { kubectlCommand, type Way } from '../manifests/way.ts'

/** What Tilt gives `kustomize build` for these and for additional kustomizations, beside helm's command (Cluster API's tilt-prepare). */
export const chartOptions = (helm: string | undefined): readonly string[] => [
  '--enable-helm',
  '--load-restrictor=LoadRestrictionsNone',
  ...(helm === undefined ? [] : ['--helm-command', helm]),
]

/** What each tool's pods wait for, where that is wanted too (Tiltfile: `resource_deps`). */
export const needsFirst: Readonly<Record<string, readonly string[]>> = { alloy: ['loki'], promtail: ['loki'] }

/** The workload and port that Tilt forwards for a tool, and the page that it links to (Tiltfile, `deploy_observability`). `local`: where that is another port here. */
const FORWARDED: Readonly<
  Record<string, { readonly workload: string; readonly port: number; readonly local?: number; readonly page?: string }>
> = {
  loki: { workload: 'loki', port: 3100 },
  tempo: { workload: 'tempo', port: 4317 },
  grafana: { workload: 'grafana', port: 3000, page: 'http://localhost:3000/dashboards' },
  prometheus: { workload: 'prometheus-server', port: 9090, page: 'http://localhost:9090' },
  parca: { workload: 'parca', port: 7070, page: 'http://localhost:7070' },
  visualizer: { workload: 'capi-visualizer', port: 8081, local: 8000, page: 'http://localhost:8000' },
  headlamp: { workload: 'headlamp', port: 4466, page: 'http://localhost:4466' },
}

export interface Reach {
  readonly way: Way
  /** The command that makes it reachable from this machine. */
  readonly command: string
  /** What to open then, where it has pages. */
  readonly page: string | undefined
}

/** How a tool is reached from this machine; nothing for one that answers nobody, or whose chart has named its workload otherwise. */
export function reachOf(tool: string, objects: readonly KubeObject[]): Reach | undefined {
  const forwarded = FORWARDED[tool]
  if (forwarded === undefined) return undefined
  const { workload, port, local = port, page } = forwarded
  const [way] = objects.flatMap(({ kind, metadata: { name, namespace = 'default' } }): Way[] =>
    (kind === 'Deployment' || kind === 'StatefulSet') && name === workload ? [{ kind, namespace, name, local, port }] : [],
  )
  return way && { way, command: kubectlCommand(way), page }
}
