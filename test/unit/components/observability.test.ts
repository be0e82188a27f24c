import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observabilityReady, portForward } from '../../../src/components/observability.ts'

const object = (kind: string, name: string, namespace?: string) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
})

test('what has pods is waited for', () =>
  assert.deepEqual(
    observabilityReady([
      object('ConfigMap', 'c', 'observability'),
      object('Deployment', 'd', 'observability'),
      object('StatefulSet', 's', 'observability'),
      object('DaemonSet', 'n'),
    ]).map(({ name }) => name),
    ['Deployment observability/d', 'StatefulSet observability/s', 'DaemonSet default/n'],
  ))

test('a tool is reached by the workload and port that Tilt forwards', () => {
  assert.equal(
    portForward('prometheus', [object('Deployment', 'prometheus-server', 'observability')]),
    'kubectl --namespace observability port-forward deployment/prometheus-server 9090',
  )
  assert.equal(portForward('parca', [object('StatefulSet', 'parca')]), 'kubectl --namespace default port-forward statefulset/parca 7070')
})

test('a tool without a page, or whose chart has named its workload otherwise, has no such command', () => {
  assert.equal(portForward('kube-state-metrics', [object('Deployment', 'kube-state-metrics')]), undefined)
  assert.equal(portForward('grafana', [object('Service', 'grafana')]), undefined)
})
