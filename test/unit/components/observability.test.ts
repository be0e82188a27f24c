import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reachOf } from '../../../src/components/observability.ts'

const object = (kind: string, name: string, namespace?: string) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
})

test('a tool is reached by the workload and port that Tilt forwards, and by its page where it has one', () => {
  assert.deepEqual(reachOf('prometheus', [object('Deployment', 'prometheus-server', 'observability')]), {
    way: { kind: 'Deployment', namespace: 'observability', name: 'prometheus-server', local: 9090, port: 9090 },
    command: 'kubectl --namespace observability port-forward deployment/prometheus-server 9090',
    page: 'http://localhost:9090',
  })
  assert.deepEqual(reachOf('loki', [object('StatefulSet', 'loki', 'observability')]), {
    way: { kind: 'StatefulSet', namespace: 'observability', name: 'loki', local: 3100, port: 3100 },
    command: 'kubectl --namespace observability port-forward statefulset/loki 3100',
    page: undefined,
  })
})

test('dashboards of grafana are behind its page, and parca, whose chart names no namespace, is in the default one', () => {
  assert.equal(reachOf('grafana', [object('Deployment', 'grafana', 'observability')])?.page, 'http://localhost:3000/dashboards')
  assert.match(
    reachOf('parca', [object('Deployment', 'parca')])?.command ?? '',
    /^kubectl --namespace default port-forward deployment\/parca 7070$/,
  )
})

test('a tool without a page, or whose chart has named its workload otherwise, has no such command', () => {
  assert.equal(reachOf('kube-state-metrics', [object('Deployment', 'kube-state-metrics')]), undefined)
  assert.equal(reachOf('grafana', [object('Service', 'grafana')]), undefined)
})
