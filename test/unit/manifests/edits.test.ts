import assert from 'node:assert/strict'
import test from 'node:test'
import {
  addArguments,
  addPullSecret,
  admitPrivilegedPods,
  containersOf,
  repositoryOf,
  setLabel,
  setPullPolicy,
  setReplicas,
} from '../../../src/manifests/edits.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { parseManifests } from '../../../src/manifests/yaml.ts'

test('pods are edited wherever a kind keeps them', () => {
  const spec = { containers: [{ name: 'a', image: 'x' }] }
  const inKind: Record<string, unknown> = {
    Pod: spec,
    DaemonSet: { template: { spec } },
    CronJob: { jobTemplate: { spec: { template: { spec } } } },
    ConfigMap: spec,
  }
  for (const [kind, spec] of Object.entries(inKind)) {
    const object = setPullPolicy({ apiVersion: 'v1', kind, metadata: { name: 'a' }, spec }, () => true, 'Never')
    assert.deepEqual(containersOf(object), kind === 'ConfigMap' ? [] : [{ name: 'a', image: 'x', imagePullPolicy: 'Never' }])
  }
})

test('arguments are added where there were none', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'a' }, { name: 'b' }] } }
  assert.deepEqual(addArguments(pod, container => container.name === 'b', ['--x']).spec, {
    containers: [{ name: 'a' }, { name: 'b', args: ['--x'] }],
  })
})

test('replicas are set where a kind has them', () => {
  const bare = (kind: string): KubeObject => ({ apiVersion: 'apps/v1', kind, metadata: { name: 'a' } })
  assert.deepEqual(setReplicas(bare('Deployment'), 1), { ...bare('Deployment'), spec: { replicas: 1 } })
  assert.deepEqual(setReplicas(bare('DaemonSet'), 1), bare('DaemonSet'))
})

test('labels are added beside others, and only labelled Namespaces admit privileged pods', () => {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: { x: 'y' } } }
  assert.deepEqual(setLabel(object, 'a', 'b').metadata.labels, { x: 'y', a: 'b' })
  assert.equal(admitPrivilegedPods(object), object)
})

test('integers beyond 2^53 survive edits', () => {
  const [object] = parseManifests('apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nx: 9007199254740993', 'x.yaml')
  assert.match(JSON.stringify(setLabel(object ?? assert.fail(), 'a', 'b')), /"x":9007199254740993/)
})

test('a pull secret is added to those that pods have, once, in every kind that has pods', () => {
  const image = 'ghcr.io/org/manager:1'
  const spec = {
    initContainers: [{ name: 'setup', image }],
    containers: [{ name: 'other', image: 'x' }],
    imagePullSecrets: [{ name: 'theirs' }],
  }
  const job = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'j' }, spec: { jobTemplate: { spec: { template: { spec } } } } }
  const { objects, namespaces } = addPullSecret([job], image, 'ours')
  const secrets = { imagePullSecrets: [{ name: 'theirs' }, { name: 'ours' }] }
  assert.deepEqual(objects[0]?.spec, { jobTemplate: { spec: { template: { spec: { ...spec, ...secrets } } } } })
  assert.deepEqual(namespaces, ['default'])
  assert.deepEqual(addPullSecret(objects, image, 'ours').objects, objects)
  assert.deepEqual(addPullSecret([job], 'another', 'ours'), { objects: [job], namespaces: [] })
})

const repositories: readonly (readonly [image: string, repository: string])[] = [
  ['controller', 'docker.io/library/controller'],
  ['controller:latest', 'docker.io/library/controller'],
  ['library/busybox@sha256:0123', 'docker.io/library/busybox'],
  ['docker.io/busybox:1', 'docker.io/library/busybox'],
  ['index.docker.io/me/x', 'docker.io/me/x'],
  ['me/x:v1@sha256:0123', 'docker.io/me/x'],
  ['localhost:5000/x', 'localhost:5000/x'],
  ['localhost/x:v1', 'localhost/x'],
  ['gcr.io/k8s-staging/a/b:v1', 'gcr.io/k8s-staging/a/b'],
]

for (const [image, repository] of repositories) {
  test(`the image ${image} is of the repository ${repository}`, () => assert.equal(repositoryOf(image), repository))
}
