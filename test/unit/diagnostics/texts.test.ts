import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amissIn, unreadyPods } from '../../../src/diagnostics/conditions.ts'
import { loggedNamespaces } from '../../../src/diagnostics/logs.ts'
import { eventLines } from '../../../src/diagnostics/objects.ts'
import { describeCluster } from '../../../src/diagnostics/workloads.ts'

const object = (kind: string, name: string, ...conditions: { type: string; status: string; message?: string }[]) => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind,
  metadata: { name, namespace: 'work', labels: { 'cluster.x-k8s.io/cluster-name': 'demo' } },
  status: { conditions },
})

test('what is False comes first; conditions that are False while all is well are told when they are True', () => {
  const machine = object('Machine', 'm', { type: 'Deleting', status: 'True' }, { type: 'Ready', status: 'Unknown' })
  const cluster = object('Cluster', 'demo', { type: 'Available', status: 'False', message: 'no' }, { type: 'Paused', status: 'False' })
  assert.deepEqual(amissIn([machine, cluster]), [
    'Cluster work/demo: Available is False: no',
    'Machine work/m: Ready is Unknown',
    'Machine work/m: Deleting is True',
  ])
})

test('of conditions in two shapes the newer ones count', () => {
  const status = { conditions: [{ type: 'Ready', status: 'True' }], v1beta2: { conditions: [{ type: 'Available', status: 'False' }] } }
  assert.deepEqual(amissIn([{ ...object('Cluster', 'demo'), status }]), ['Cluster work/demo: Available is False'])
})

test('a pod that has done its work has no problem', () => {
  const state = { terminated: { exitCode: 0, reason: 'Completed' } }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } }
  const status = { phase: 'Succeeded', containerStatuses: [{ name: 'c', ready: false, restartCount: 0, image: 'i', state }] }
  assert.deepEqual(unreadyPods([{ ...pod, status }]), [])
})

test('a workload cluster is told with its control plane, MachineDeployments and Machines, and not those of others', () => {
  const cluster = { ...object('Cluster', 'demo'), spec: { controlPlaneRef: { kind: 'KubeadmControlPlane', name: 'cp' } } }
  const controlPlane = { ...object('KubeadmControlPlane', 'cp'), apiVersion: 'controlplane.cluster.x-k8s.io/v1beta2' }
  const foreign = {
    ...object('Machine', 'x'),
    metadata: { name: 'x', namespace: 'other', labels: { 'cluster.x-k8s.io/cluster-name': 'demo' } },
  }
  const others = [object('MachineSet', 'ms'), foreign, { ...object('KubeadmControlPlane', 'other'), apiVersion: controlPlane.apiVersion }]
  const objects = [...others, object('Machine', 'm'), object('MachineDeployment', 'md'), controlPlane, cluster]
  assert.equal(
    describeCluster(cluster, objects)
      .split('\n')
      .filter(line => /^\w/.test(line))
      .join(', '),
    'Cluster work/demo, KubeadmControlPlane work/cp, MachineDeployment work/md, Machine work/m',
  )
})

test('logs are read in namespaces of providers first, by the label of the namespace or of a Deployment in it', () => {
  const labels = { 'cluster.x-k8s.io/provider': 'x' }
  const namespaces = [{ name: 'b', labels }, { name: 'none' }].map(metadata => ({ apiVersion: 'v1', kind: 'Namespace', metadata }))
  const deployments = [
    { name: 'd', namespace: 'a', labels },
    { name: 'e', namespace: 'b', labels },
    { name: 'f', namespace: 'g' },
  ].map(metadata => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata }))
  assert.deepEqual(loggedNamespaces(namespaces, deployments), ['a', 'b', 'cert-manager', 'kube-system'])
})

test('events are in the order of time, whichever of its fields an event has', () => {
  const event = (name: string, more: object) => ({
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name, creationTimestamp: '4' }, involvedObject: { kind: 'Node', name: 'n' } },
    ...more,
  })
  const events = [
    event('a', {}),
    event('b', { eventTime: '3' }),
    event('c', { lastTimestamp: null, series: { count: 7, lastObservedTime: '2' } }),
    event('d', { type: 'Warning', lastTimestamp: '1', reason: 'R', message: 'one\ntwo' }),
  ]
  assert.deepEqual(eventLines(events).split('\n'), [
    '1 Warning Node n: R: one two',
    '2 Normal Node n:  (7 times): ',
    '3 Normal Node n: : ',
    '4 Normal Node n: : ',
    '',
  ])
})
