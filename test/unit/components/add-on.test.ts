import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podsOfAll } from '../../../src/components/add-on.ts'

const object = (kind: string, name: string, namespace?: string) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
})

test('what has pods is waited for, and Jobs until they are done', () =>
  assert.deepEqual(
    podsOfAll([
      object('ConfigMap', 'c', 'observability'),
      object('Deployment', 'd', 'observability'),
      object('StatefulSet', 's', 'observability'),
      object('DaemonSet', 'n'),
      object('Job', 'j'),
    ]).map(({ name }) => name),
    ['Deployment observability/d', 'StatefulSet observability/s', 'DaemonSet default/n', 'Complete of Job default/j'],
  ))
