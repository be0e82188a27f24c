/** An observability tool as the manifests of its chart: when it works, and how to reach it. */
import type { KubeObject } from '../manifests/object.ts'

/** What Tilt gives `kustomize build` for these and for additional kustomizations, beside helm's command (Cluster API's tilt-prepare). */
export const chartOptions = (helm: string | undefined): readonly string[] => [
  '--enable-helm',
  '--load-restrictor=LoadRestrictionsNone',
  ...(helm === undefined ? [] : ['--helm-command', helm]),
]

/** What each tool's pods wait for, where that is wanted too (Tiltfile: `resource_deps`). */
export const needsFirst: Readonly<Record<string, readonly string[]>> = { alloy: ['loki'], promtail: ['loki'] }

/** The workload and ports that Tilt forwards for a tool, and the page that it links to (Tiltfile, `deploy_observability`). */
const FORWARDED: Readonly<Record<string, { readonly workload: string; readonly ports: string; readonly page?: string }>> = {
  loki: { workload: 'loki', ports: '3100' },
  tempo: { workload: 'tempo', ports: '4317' },
  grafana: { workload: 'grafana', ports: '3000', page: 'http://localhost:3000/dashboards' },
  prometheus: { workload: 'prometheus-server', ports: '9090', page: 'http://localhost:9090' },
  parca: { workload: 'parca', ports: '7070', page: 'http://localhost:7070' },
  visualizer: { workload: 'capi-visualizer', ports: '8000:8081', page: 'http://localhost:8000' },
  headlamp: { workload: 'headlamp', ports: '4466', page: 'http://localhost:4466' },
}

export interface Reach {
  /** The command that makes it reachable from this machine. */
  readonly command: string
  /** What to open then, where it has pages. */
  readonly page: string | undefined
}

/** How a tool is reached from this machine; nothing for one that answers nobody, or whose chart has named its workload otherwise. */
export function reachOf(tool: string, objects: readonly KubeObject[]): Reach | undefined {
  const { workload, ports, page } = FORWARDED[tool] ?? {}
  const found = objects.find(({ kind, metadata }) => ['Deployment', 'StatefulSet'].includes(kind) && metadata.name === workload)
  if (found === undefined) return undefined
  const command = `kubectl --namespace ${found.metadata.namespace ?? 'default'} port-forward ${found.kind.toLowerCase()}/${workload} ${ports}`
  return { command, page }
}
