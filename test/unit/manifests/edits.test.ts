import assert from 'node:assert/strict'
import test from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import {
  addArguments,
  addPullSecret,
  admitPrivilegedPods,
  containersOf,
  editProvider,
  repositoryOf,
  setImage,
  setLabel,
  setPullPolicy,
  setReplicas,
} from '../../../src/manifests/edits.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { parseManifests } from '../../../src/manifests/yaml.ts'

const rendered = `
apiVersion: v1
kind: Namespace
metadata:
  name: capd-system
  labels: {cluster.x-k8s.io/provider: infrastructure-docker}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: capd-controller-manager
  namespace: capd-system
  labels: {cluster.x-k8s.io/provider: infrastructure-docker}
spec:
  replicas: 3
  template:
    spec:
      securityContext: {runAsNonRoot: true}
      initContainers:
        - {name: prepare, image: 'example.test/capd-manager:old'}
      containers:
        - {name: proxy, image: 'example.test/proxy:v1', imagePullPolicy: Always}
        - name: manager
          image: example.test/capd-manager:dev
          imagePullPolicy: Always
          command: [/manager]
          args: [--leader-elect]
          securityContext: {privileged: true}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: aso, namespace: capd-system}
spec:
  replicas: 2
  template: {spec: {containers: [{name: manager, image: 'example.test/aso:v2'}]}}
`
const objects = () => parseManifests(rendered, 'provider.yaml')
const named = (all: readonly KubeObject[], name: string): KubeObject =>
  all.find(object => object.metadata.name === name) ?? assert.fail(`no ${name}`)

test('a provider gets what tilt-prepare gives it, and keeps its security contexts and commands', () => {
  const edited = editProvider(objects(), { version: 'v1.13.4', extraArgs: ['--v=4'] })
  assert.deepEqual(
    edited.map(object => object.metadata.labels),
    [
      {
        'cluster.x-k8s.io/provider': 'infrastructure-docker',
        'clusterctl.cluster.x-k8s.io': '',
        'pod-security.kubernetes.io/enforce': 'privileged',
      },
      { 'clusterctl.cluster.x-k8s.io': '' },
      { 'cluster.x-k8s.io/provider': 'infrastructure-docker', 'clusterctl.cluster.x-k8s.io': '' },
      { 'clusterctl.cluster.x-k8s.io': '' },
      {
        'cluster.x-k8s.io/provider': 'infrastructure-docker',
        'clusterctl.cluster.x-k8s.io': '',
        'clusterctl.cluster.x-k8s.io/core': 'inventory',
      },
    ],
  )
  assert.deepEqual(named(edited, 'capd-controller-manager').spec, {
    replicas: 1,
    template: {
      spec: {
        securityContext: { runAsNonRoot: true },
        initContainers: [{ name: 'prepare', image: 'example.test/capd-manager:old' }],
        containers: [
          { name: 'proxy', image: 'example.test/proxy:v1', imagePullPolicy: 'Always' },
          {
            name: 'manager',
            image: 'example.test/capd-manager:dev',
            imagePullPolicy: 'IfNotPresent',
            command: ['/manager'],
            args: ['--leader-elect', '--v=4'],
            securityContext: { privileged: true },
          },
        ],
      },
    },
  })
  assert.equal(named(edited, 'infrastructure-docker').kind, 'Provider')
})

test('a Deployment without provider label only gets the label of clusterctl', () => {
  const before = objects()
  const edited = editProvider(before, { version: 'v1.13.4', extraArgs: ['--v=4'] })
  assert.deepEqual(named(edited, 'aso').spec, named(before, 'aso').spec)
})

test('edits leave the objects that they are given alone', () => {
  const before = objects()
  const copy = structuredClone(before)
  setImage(editProvider(before, { version: 'v1', extraArgs: ['x'] }), 'example.test/capd-manager', 'new')
  assert.deepEqual(before, copy)
})

test('the image that was built replaces every image of its repository, in init containers too, and no other', () => {
  const images = setImage(objects(), 'example.test/capd-manager', 'localhost:5000/capd-manager:abc').flatMap(containersOf)
  assert.deepEqual(
    images.map(container => container.image),
    ['localhost:5000/capd-manager:abc', 'example.test/proxy:v1', 'localhost:5000/capd-manager:abc', 'example.test/aso:v2'],
  )
})

test('an image that no container uses is an error that names those in use', () => {
  assert.throws(
    () => setImage(objects(), 'example.test/capi-manager', 'new'),
    (error: unknown) => {
      assert.ok(error instanceof Failure)
      assert.equal(
        error.message,
        'no container uses the image example.test/capi-manager that was built: the manifests use example.test/capd-manager:old, ' +
          'example.test/proxy:v1, example.test/capd-manager:dev, example.test/aso:v2',
      )
      return true
    },
  )
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
