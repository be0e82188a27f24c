import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseSame } from '../../../src/plan/together-task.ts'

const deployment = (name: string, namespace: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } })
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'capx-system' } }

test('variants of one provider, whose managers are one Deployment, are not deployed together', () => {
  const variants = ['cloud', 'cloud-supervisor'].map(name => ({ name, objects: [namespace, deployment('manager', 'capx-system')] }))
  assert.throws(() => refuseSame([...variants, { name: 'other', objects: [deployment('manager', 'other-system')] }]), {
    what: "providers cloud and cloud-supervisor can't be deployed together",
    why: 'each has Deployment capx-system/manager: they are variants of one provider',
  })
})

test('providers that share a Namespace alone are', () => {
  refuseSame([
    { name: 'one', objects: [namespace, deployment('one', 'capx-system')] },
    { name: 'other', objects: [namespace, deployment('other', 'capx-system')] },
  ])
})
