import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { Container } from '../../../src/cluster/engine.ts'
import { isPortFree } from '../../../src/cluster/port-in-use.ts'
import { registryHosting, registryMisfit } from '../../../src/cluster/registry.ts'
import { configPath, hostsFiles, trustedFiles } from '../../../src/cluster/registry-hosts.ts'
import { Failure } from '../../../src/host/failure.ts'

const wanted = { name: 'kind-registry', port: 5000, image: 'registry:3', cluster: 'capi-test' }
const found = (ports: Container['ports']): Container => ({
  name: 'kind-registry',
  running: true,
  status: 'running',
  image: 'nginx',
  labels: {},
  mounts: [],
  ports,
  networks: [],
  addresses: {},
})

test('a container fits as registry when it publishes port 5000 where it is wanted', () => {
  assert.equal(registryMisfit(found([{ container: 5000, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 5000 }]), wanted), undefined)
})

test('a registry on another port is refused with that port', () => {
  assert.deepEqual(registryMisfit(found([{ container: 5000, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 5001 }]), wanted), {
    why: 'it is published on port 5001, not on 5000',
    remedy: 'set registry-port to 5001, or remove it: docker rm -f kind-registry',
  })
})

test('a container that is something else is refused', () => {
  assert.deepEqual(registryMisfit(found([]), wanted), {
    why: 'it runs nginx and publishes no port 5000, so it is no registry of ours',
    remedy: 'set registry-name to another name, or remove it: docker rm -f kind-registry',
  })
})

const registry = { address: 'localhost:5000', container: 'kind-registry', inCluster: 'http://kind-registry:5000', made: true }

test('nodes reach the registry by its container name and ask nobody else', () => {
  assert.deepEqual(
    [...hostsFiles(registry, {}, undefined)],
    [
      [
        'localhost:5000/hosts.toml',
        'server = "http://kind-registry:5000"\n[host."http://kind-registry:5000"]\n  capabilities = ["pull", "resolve"]\n',
      ],
    ],
  )
})

test('a mirror on this machine is reached at the address that nodes know it by, before the upstream registry', () => {
  const files = hostsFiles(registry, { 'docker.io': 'http://localhost:5100/', 'quay.io': 'http://127.0.0.1:5200' }, '172.18.0.1')
  assert.equal(
    files.get('docker.io/hosts.toml'),
    'server = "https://registry-1.docker.io"\n[host."http://172.18.0.1:5100"]\n  capabilities = ["pull", "resolve"]\n',
  )
  assert.equal(
    files.get('quay.io/hosts.toml'),
    'server = "https://quay.io"\n[host."http://172.18.0.1:5200"]\n  capabilities = ["pull", "resolve"]\n',
  )
})

test('a mirror whose URL has the root of the API in it is taken as it stands', () => {
  const file = hostsFiles(registry, { 'ghcr.io': 'https://harbor.example/v2/ghcr' }, undefined).get('ghcr.io/hosts.toml')
  assert.equal(
    file,
    'server = "https://ghcr.io"\n[host."https://harbor.example/v2/ghcr"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n',
  )
})

test('nodes trust a remote registry by its certificates, and ask a mirror of it first', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----'
  const own = '[host."https://harbor.test:8443"]\n  capabilities = ["pull", "resolve"]\n  ca = "ca.crt"\n'
  assert.deepEqual(
    [...trustedFiles({ host: 'harbor.test:8443', ca }, {}, undefined)],
    [
      ['harbor.test:8443/hosts.toml', `server = "https://harbor.test:8443"\n${own}`],
      ['harbor.test:8443/ca.crt', `${ca}\n`],
    ],
  )
  const mirrored = trustedFiles({ host: 'harbor.test:8443', ca }, { 'harbor.test:8443': 'http://localhost:5100' }, '172.18.0.1')
  assert.equal(
    mirrored.get('harbor.test:8443/hosts.toml'),
    `server = "https://harbor.test:8443"\n[host."http://172.18.0.1:5100"]\n  capabilities = ["pull", "resolve"]\n${own}`,
  )
})

test('nodes are told nothing of a remote registry that everybody trusts', () => {
  assert.deepEqual([...trustedFiles({ host: 'ghcr.io' }, {}, undefined)], [])
  assert.deepEqual([...trustedFiles({ host: 'ghcr.io' }, { 'docker.io': 'http://m' }, undefined).keys()], ['docker.io/hosts.toml'])
})

test('a mirror that is no URL, or for something that is no host, is refused', () => {
  const refusal = (what: string) => (error: unknown) => error instanceof Failure && error.what === what
  assert.throws(() => hostsFiles(registry, { 'docker.io': 'mirror.example' }, undefined), refusal('image mirror mirror.example is no URL'))
  assert.throws(() => hostsFiles(registry, { '../etc': 'http://m' }, undefined), refusal('../etc is no registry host'))
})

const dump1 =
  'version = 2\n[plugins]\n  [plugins."io.containerd.grpc.v1.cri"]\n    [plugins."io.containerd.grpc.v1.cri".registry]\n      config_path = "PATH"\n      [plugins."io.containerd.grpc.v1.cri".registry.auths]\n  [plugins."io.containerd.cri.v1.images".registry]\n    config_path = "/not/read"\n'
const dump2 =
  "version = 3\n[plugins]\n  [plugins.'io.containerd.cri.v1.images'.registry]\n    config_path = 'PATH'\n  [plugins.'io.containerd.grpc.v1.cri'.registry]\n    config_path = '/not/read'\n"

for (const [title, dump] of [['1.x', dump1] as const, ['2.x', dump2] as const]) {
  test(`the directory for registry hosts is found in the configuration of containerd ${title}`, () => {
    assert.equal(configPath(dump.replace('PATH', '/etc/containerd/certs.d')), '/etc/containerd/certs.d')
    assert.equal(configPath(dump.replace('PATH', '/etc/containerd/certs.d:/etc/docker/certs.d')), '/etc/containerd/certs.d')
    assert.equal(configPath(dump.replace('PATH', '')), undefined)
  })
}

test('the registry is announced as KEP-1755 has it', () => {
  const { metadata, data } = registryHosting(registry)
  assert.deepEqual([metadata.namespace, metadata.name], ['kube-public', 'local-registry-hosting'])
  assert.deepEqual(data, {
    'localRegistryHosting.v1': 'host: "localhost:5000"\nhelp: "https://kind.sigs.k8s.io/docs/user/local-registry/"\n',
  })
})

test('a port is free until something listens on it', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  assert.equal(await isPortFree('127.0.0.1', port), false)
  await new Promise(resolve => server.close(resolve))
  assert.equal(await isPortFree('127.0.0.1', port), true)
})
