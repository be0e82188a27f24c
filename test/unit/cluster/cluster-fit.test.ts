import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences } from '../../../src/cluster/cluster-fit.ts'
import { type Container, readContainers } from '../../../src/cluster/engine.ts'
import { mergeKindConfig } from '../../../src/cluster/kind-config.ts'

const head = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n'
const wanted = (text: string) =>
  mergeKindConfig({
    name: 'c',
    nodeImage: 'kindest/node:v1',
    engineSocket: '/var/run/docker.sock',
    config: { text: head + text, file: 'kind.yaml' },
  }).nodes

const node = (name: string, role: string, change: Partial<Container> = {}): Container => ({
  name,
  running: true,
  status: 'running',
  image: 'kindest/node:v1',
  labels: { 'io.x-k8s.kind.role': role },
  mounts: [{ source: '/var/run/docker.sock', destination: '/run/docker.sock' }],
  ports: [],
  networks: ['kind'],
  addresses: {},
  ...change,
})

test('a cluster with the wanted nodes fits, whatever its load balancer is', () => {
  const found = [
    node('c-control-plane', 'control-plane'),
    node('c-control-plane2', 'control-plane'),
    node('c-worker', 'worker'),
    node('c-external-load-balancer', 'external-load-balancer', { image: 'kindest/haproxy' }),
  ]
  assert.deepEqual(differences(wanted('nodes: [{role: control-plane}, {role: worker}, {role: control-plane}]'), found), [])
})

test('a node image that came from a file has the wanted digest in its tag', () => {
  const digest = `sha256:3489c7674813${'0'.repeat(52)}`
  const nodes = mergeKindConfig({ name: 'c', nodeImage: `kindest/node:v1@${digest}`, engineSocket: undefined }).nodes
  const runs = (image: string) => differences(nodes, [node('c-control-plane', 'control-plane', { image })])
  assert.deepEqual(runs(`kindest/node:v1@${digest}`), [])
  assert.deepEqual(runs('kindest/node:v1-sha256-3489c7674813'), [])
  assert.equal(runs('kindest/node:v1').length, 1)
})

test('each difference is a sentence', () => {
  const found = [
    node('c-control-plane', 'control-plane', { image: 'kindest/node:v0', mounts: [] }),
    node('c-worker', 'worker', { ports: [{ container: 80, protocol: 'tcp', hostAddress: '', hostPort: 8081 }] }),
  ]
  const config =
    'nodes: [{role: control-plane}, {role: worker, extraPortMappings: [{containerPort: 80, hostPort: 8080}], extraMounts: [{hostPath: /a, containerPath: /b}]}]'
  assert.deepEqual(differences(wanted(config), found), [
    'c-control-plane runs kindest/node:v0, not kindest/node:v1',
    'c-control-plane has no Docker socket mounted',
    'c-worker has nothing mounted at /b',
    'c-worker does not publish port 80 on 8080',
  ])
})

test('another number of nodes is said by role', () => {
  assert.deepEqual(differences(wanted('nodes: [{role: control-plane}, {role: worker}]'), [node('c-control-plane', 'control-plane')]), [
    'it has 0 worker nodes, the configuration asks for 1',
  ])
})

test('any image fits when none is wanted', () => {
  const { nodes } = mergeKindConfig({ name: 'c' })
  assert.deepEqual(differences(nodes, [node('c-control-plane', 'control-plane', { image: 'kindest/node@sha256:abc' })]), [])
})

test('what docker inspect prints is read without the fields that may be missing', () => {
  const printed = [
    {
      Name: '/kind-registry',
      State: { Running: true, Status: 'running' },
      Config: { Image: 'registry:3', Labels: null },
      HostConfig: { PortBindings: { '5000/tcp': [{ HostIp: '127.0.0.1', HostPort: '5001' }], '53/udp': [{ HostIp: '', HostPort: '' }] } },
      Mounts: [],
      NetworkSettings: { Networks: { bridge: {}, kind: { IPAddress: '172.18.0.2' } } },
    },
  ]
  assert.deepEqual(readContainers(JSON.stringify(printed)), [
    {
      name: 'kind-registry',
      running: true,
      status: 'running',
      image: 'registry:3',
      labels: {},
      mounts: [],
      ports: [
        { container: 5000, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 5001 },
        { container: 53, protocol: 'udp', hostAddress: '', hostPort: 0 },
      ],
      networks: ['bridge', 'kind'],
      addresses: { bridge: '', kind: '172.18.0.2' },
    },
  ])
})
