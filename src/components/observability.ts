/** An observability tool as the manifests of its chart: when it works, and how to reach it. */
import { deploymentAvailable, podsReady } from '../kube/checks.ts'
import type { Check } from '../kube/wait.ts'
import type { KubeObject } from '../manifests/object.ts'

/** What Tilt gives `kustomize build` for these, beside helm's command (Cluster API's tilt-prepare). */
export const chartOptions = (helm: string): readonly string[] => [
  '--enable-helm',
  '--load-restrictor=LoadRestrictionsNone',
  '--helm-command',
  helm,
]

/** What each tool's pods wait for, where that is wanted too (Tiltfile: `resource_deps`). */
export const needsFirst: Readonly<Record<string, readonly string[]>> = { alloy: ['loki'], promtail: ['loki'] }

/** All pods of what was rendered are ready. */
export const observabilityReady = (objects: readonly KubeObject[]): readonly Check[] =>
  objects.flatMap(({ kind, metadata: { name, namespace = 'default' } }) => {
    if (kind === 'Deployment') return [deploymentAvailable(namespace, name)]
    return kind === 'StatefulSet' || kind === 'DaemonSet' ? [podsReady(kind, namespace, name)] : []
  })

/** The workload and ports that Tilt forwards for a tool (Tiltfile, `deploy_observability`). */
const FORWARDED: Readonly<Record<string, { readonly workload: string; readonly ports: string }>> = {
  loki: { workload: 'loki', ports: '3100' },
  tempo: { workload: 'tempo', ports: '4317' },
  grafana: { workload: 'grafana', ports: '3000' },
  prometheus: { workload: 'prometheus-server', ports: '9090' },
  parca: { workload: 'parca', ports: '7070' },
  visualizer: { workload: 'capi-visualizer', ports: '8000:8081' },
  headlamp: { workload: 'headlamp', ports: '4466' },
}

/** The command that makes a tool reachable from this machine; nothing for one that has no page. */
export function portForward(tool: string, objects: readonly KubeObject[]): string | undefined {
  const { workload, ports } = FORWARDED[tool] ?? {}
  const found = objects.find(({ kind, metadata }) => ['Deployment', 'StatefulSet'].includes(kind) && metadata.name === workload)
  if (found === undefined) return undefined
  return `kubectl --namespace ${found.metadata.namespace ?? 'default'} port-forward ${found.kind.toLowerCase()}/${workload} ${ports}`
}
