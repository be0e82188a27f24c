import assert from 'node:assert/strict'
import test from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { editProvider, type ProviderEdits } from '../../../src/manifests/edit-provider.ts'
import { containersOf } from '../../../src/manifests/edits.ts'
import { setImage } from '../../../src/manifests/manager-image.ts'
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
const edits: ProviderEdits = {
  name: 'docker',
  hints: { likely: [] },
  version: 'v1.13.4',
  image: 'example.test/capd-manager',
  extraArgs: ['--v=4'],
}
/** A provider of one Deployment, whose containers are written as JSON. */
const withContainers = (containers: string, label = '{cluster.x-k8s.io/provider: infrastructure-x}') =>
  parseManifests(
    `
apiVersion: v1
kind: Namespace
metadata: {name: x-system, labels: ${label}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: x, namespace: x-system, labels: ${label}}
spec: {template: {spec: {containers: ${containers}}}}
`,
    'x.yaml',
  )

test('a provider gets what tilt-prepare gives it, and keeps its security contexts and commands', () => {
  const edited = editProvider(objects(), edits).objects
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
  const edited = editProvider(before, edits).objects
  assert.deepEqual(named(edited, 'aso').spec, named(before, 'aso').spec)
})

test('edits leave the objects that they are given alone', () => {
  const before = objects()
  const copy = structuredClone(before)
  setImage(editProvider(before, edits).objects, 'example.test/capd-manager', 'new')
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

test('where no container names the image, it goes to the container manager, and that is said', () => {
  const { objects, notices, replaced } = editProvider(
    withContainers("[{name: proxy, image: 'a/proxy:v1'}, {name: manager, image: 'vultr/x:v0.4.0', args: [a]}]"),
    {
      ...edits,
      image: 'gcr.io/x/controller',
    },
  )
  assert.deepEqual(notices, [
    'no container uses the image gcr.io/x/controller: it goes to container manager of Deployment x-system/x, which has vultr/x:v0.4.0',
  ])
  assert.equal(replaced, 'vultr/x:v0.4.0')
  const images = setImage(objects, 'gcr.io/x/controller', 'localhost:5000/controller:1').flatMap(containersOf)
  assert.deepEqual(
    images.map(({ image, args }) => [image, args]),
    [
      ['a/proxy:v1', undefined],
      ['localhost:5000/controller:1', ['a', '--v=4']],
    ],
  )
})

test('where none is called manager, the only container that is no sidecar is it', () => {
  const { objects, notices } = editProvider(
    withContainers("[{name: kube-rbac-proxy, image: 'a/proxy:v1'}, {name: controller, image: 'b:v1'}]"),
    {
      ...edits,
      image: 'c',
    },
  )
  assert.match(notices[0] ?? '', /it goes to container controller of Deployment x-system\/x/)
  assert.deepEqual(
    setImage(objects, 'c', 'new')
      .flatMap(containersOf)
      .map(({ image }) => image),
    ['a/proxy:v1', 'new'],
  )
  assert.throws(
    () => editProvider(withContainers('[{name: one, image: a}, {name: two, image: b}]'), { ...edits, image: 'c' }),
    (error: unknown) => error instanceof Failure && error.what === 'no container uses the image c that was built',
  )
})

test('images are matched without tag, with or without docker.io, whatever their letters', () => {
  for (const [written, built] of [
    ['localhost:5000/x:dev', 'localhost:5000/x'],
    ['controller:latest', 'docker.io/library/controller'],
    ['ghcr.io/Me/x@sha256:abc', 'ghcr.io/me/x'],
  ] as const)
    assert.deepEqual(
      editProvider(withContainers(`[{name: one, image: '${written}'}, {name: two, image: other}]`), { ...edits, image: built }).notices,
      [],
    )
})

test('a manager of another name gets the arguments and the pull policy too', () => {
  const { objects } = editProvider(withContainers("[{name: controller, image: 'a/x:v1', imagePullPolicy: Always}]"), {
    ...edits,
    image: 'a/x',
    pullPolicy: 'Never',
  })
  assert.deepEqual(containersOf(named(objects, 'x')), [{ name: 'controller', image: 'a/x:v1', imagePullPolicy: 'Never', args: ['--v=4'] }])
})

test('a label without a type gets that of the provider that clusterctl knows by the name, on every object', () => {
  const { objects, identity, notices } = editProvider(withContainers('[{name: manager, image: a}]', '{cluster.x-k8s.io/provider: helm}'), {
    ...edits,
    image: 'a',
    hints: { likely: [], known: ['infrastructure-aws', 'addon-helm'] },
  })
  assert.equal(identity.label, 'addon-helm')
  assert.deepEqual(notices, ['provider docker is taken for addon-helm: its label is helm, without a type'])
  assert.deepEqual([...new Set(objects.map(({ metadata }) => metadata.labels?.['cluster.x-k8s.io/provider']))], ['addon-helm'])
  assert.equal(named(objects, 'addon-helm').kind, 'Provider')
})

test('what is no provider to clusterctl gets no entry in its inventory, and that is said', () => {
  const { objects, identity, notices } = editProvider(
    withContainers('[{name: manager, image: a}]', '{cluster.x-k8s.io/provider: capi-operator}'),
    {
      ...edits,
      image: 'a',
      hints: { likely: [], known: ['addon-helm'] },
    },
  )
  assert.equal(identity.type, undefined)
  assert.match(notices[0] ?? '', /^docker gets no entry in clusterctl's inventory: its label capi-operator says no type/)
  assert.ok(!objects.some(({ kind }) => kind === 'Provider'))
})
