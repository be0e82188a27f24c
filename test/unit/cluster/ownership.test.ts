/** What is ours of containers, networks and contexts, asked of a stand-in for docker. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasContext, removeConnection, removeContainer } from '../../../src/cluster/clean-up.ts'
import { ensureCluster } from '../../../src/cluster/cluster.ts'
import { ensureRegistry, RUN_LABEL } from '../../../src/cluster/registry.ts'
import { connectRegistry } from '../../../src/cluster/registry-hosts.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { Made } from '../../../src/host/work.ts'
import { fakeDocker, inspected, networkOf, printed } from './fake-docker.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const recording = () => {
  const made: Made[] = []
  return { made, record: async (one: Made) => void made.push(one) }
}
const failing = (what: RegExp) => (error: unknown) => error instanceof Failure && what.test(error.what)

test('a recorded container goes when it has our label, and stays when something else has made it since', async () => {
  await using docker = await fakeDocker({
    'container inspect': [printed(inspected('kind-registry')), printed(inspected('kind-registry', { [RUN_LABEL]: 'capi-test' }))],
    'container rm': [{}],
  })
  assert.equal(await removeContainer('kind-registry', work), false)
  assert.equal(await removeContainer('kind-registry', work), true)
  assert.deepEqual((await docker.calls()).slice(1), ['container inspect kind-registry', 'container rm --force --volumes kind-registry'])
})

test("a registry of the user's leaves the network when nothing else is in it", async () => {
  await using docker = await fakeDocker({
    'network inspect kind': [networkOf('kind-registry', 'other-control-plane'), networkOf('kind-registry')],
    'container inspect': [printed(inspected('kind-registry', {}, { networks: ['bridge', 'kind'] }))],
    'network disconnect': [{}],
  })
  assert.equal(await removeConnection('kind', 'kind-registry', work), false)
  assert.equal(await removeConnection('kind', 'kind-registry', work), true)
  assert.equal((await docker.calls()).filter(call => call === 'network disconnect kind kind-registry').length, 1)
})

test('there is no connection to take back of a container, or to a network, that is gone', async () => {
  await using docker = await fakeDocker({})
  assert.equal(await removeConnection('kind', 'kind-registry', work), false)
  assert.equal((await docker.calls()).length, 2)
})

for (const made of [true, false])
  test(`the connection of a registry that ${made ? 'we made' : 'was there before'} is ${made ? 'not ' : ''}recorded`, async () => {
    await using _docker = await fakeDocker({ 'container inspect': [printed(inspected('reg'))], 'network connect': [{}] })
    const { made: recorded, record } = recording()
    await connectRegistry(
      { nodes: [] },
      { address: 'localhost:5000', container: 'reg', inCluster: 'http://reg:5000', made },
      {},
      record,
      work,
    )
    assert.deepEqual(recorded, made ? [] : [{ kind: 'connection', network: 'kind', container: 'reg' }])
  })

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

test("the container of another process that took the registry's name meanwhile is not removed", async () => {
  await using docker = await fakeDocker({
    'image inspect': [{}],
    'container create': [
      { exitCode: 1, stderr: 'Error response from daemon: Conflict. The container name "/reg" is already in use by container "abc".\n' },
    ],
  })
  const wanted = { name: 'reg', port: await freePort(), image: 'registry:3', cluster: 'capi-test' }
  await assert.rejects(ensureRegistry(wanted, recording().record, work), failing(/^registry reg could not be made$/))
  assert.deepEqual(
    (await docker.calls()).filter(call => call.startsWith('container rm')),
    [],
  )
})

const START_REFUSED = `Error response from daemon: driver failed: Bind for 127.0.0.1:5000 failed: port is already allocated
Error: failed to start containers: f00d
`

test('a registry container that does not start is removed by its id', async () => {
  await using docker = await fakeDocker({
    'image inspect': [{}],
    'container create': [{ stdout: 'f00d\n' }],
    'container start': [{ exitCode: 1, stderr: START_REFUSED }],
    'container rm': [{}],
  })
  const wanted = { name: 'reg', port: await freePort(), image: 'registry:3', cluster: 'capi-test' }
  await assert.rejects(ensureRegistry(wanted, recording().record, work), failing(/is in use/))
  assert.ok((await docker.calls()).includes('container rm --force --volumes f00d'))
})

const NODE = 'demo-control-plane'
const node = (running: boolean) =>
  printed({ ...inspected(NODE, { 'io.x-k8s.kind.cluster': 'demo', 'io.x-k8s.kind.role': 'control-plane' }, { running }) })
const cluster = {
  info: [{ stdout: '{"ServerVersion":"29.0.0","OperatingSystem":"Debian"}' }],
  'container ls': [{ stdout: 'n1\n' }],
  [`exec ${NODE} kubectl`]: [{ stdout: `node/${NODE}\n` }],
  [`exec ${NODE} containerd`]: [
    { stdout: `version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = '/etc/containerd/certs.d'\n` },
  ],
  [`exec ${NODE} touch`]: [{}],
  'container start': [{}],
  'container rm': [{}],
  'kind create': [{}],
  'kind export': [{}],
}
const request = (directory: string, ours: boolean) => ({
  kind: join(directory, 'kind'),
  name: 'demo',
  mountEngineSocket: false,
  kubeconfig: join(directory, 'kubeconfig'),
  ours,
})

test('a stopped cluster of ours that kind had finished is started, not thrown away', async () => {
  await using docker = await fakeDocker({ ...cluster, 'container inspect': [node(false), node(true)], 'container cp': [{}] })
  await writeFile(join(docker.directory, 'kubeconfig'), 'contexts: [{name: kind-demo}]\n')
  const { made, record } = recording()
  assert.equal((await ensureCluster(request(docker.directory, true), record, work)).made, false)
  const calls = await docker.calls()
  assert.ok(calls.includes(`container start ${NODE}`))
  assert.equal(calls.filter(call => /^(container rm|kind create)/.test(call)).length, 0)
  assert.deepEqual(made, [])
})

test('a cluster of ours that kind never finished is thrown away and made again', async () => {
  await using docker = await fakeDocker({
    ...cluster,
    'container inspect': [node(false), node(false), node(true)],
    'container cp': [{ exitCode: 1, stderr: 'Error response from daemon: Could not find the file /kind/f in container n1\n' }],
  })
  await writeFile(join(docker.directory, 'kubeconfig'), '')
  assert.equal((await ensureCluster(request(docker.directory, true), recording().record, work)).made, true)
  const calls = await docker.calls()
  const removal = calls.indexOf(`container rm --force --volumes ${NODE}`)
  assert.ok(removal > 0 && removal < calls.findIndex(call => call.startsWith('kind create')))
})

test('whether kind had finished is not guessed when the engine does not say', async () => {
  await using docker = await fakeDocker({
    ...cluster,
    'container inspect': [node(true)],
    'container cp': [{ exitCode: 1, stderr: 'error during connect: EOF\n' }],
  })
  await assert.rejects(ensureCluster(request(docker.directory, true), recording().record, work), failing(/^docker cannot read/))
})

test("a stopped cluster of the user's is neither started nor thrown away", async () => {
  await using docker = await fakeDocker({ ...cluster, 'container inspect': [node(false)] })
  await assert.rejects(ensureCluster(request(docker.directory, false), recording().record, work), failing(/it does not work$/))
  assert.equal((await docker.calls()).filter(call => /^container (rm|start)/.test(call)).length, 0)
})

test("the context of a cluster of the user's is recorded when the kubeconfig has none yet", async () => {
  await using docker = await fakeDocker({ ...cluster, 'container inspect': [node(true)] })
  const kubeconfig = join(docker.directory, 'kubeconfig')
  await writeFile(kubeconfig, 'contexts: [{name: prod}]\n')
  const { made, record } = recording()
  await ensureCluster(request(docker.directory, false), record, work)
  assert.deepEqual(made, [{ kind: 'context', kubeconfig, name: 'kind-demo' }])
})

test('a kubeconfig has the contexts that are written in it, and none when it is not there', async () => {
  await using docker = await fakeDocker({})
  const file = join(docker.directory, 'kubeconfig')
  assert.equal(await hasContext(file, 'prod'), false)
  await writeFile(file, 'contexts: [{name: prod}]\n')
  assert.equal(await hasContext(file, 'prod'), true)
  assert.equal(await hasContext(file, 'kind-demo'), false)
  assert.equal(await readFile(file, 'utf8'), 'contexts: [{name: prod}]\n')
})

test('a cluster whose name another one begins with is another cluster: kind is asked to make it', async () => {
  await using docker = await fakeDocker({
    ...cluster,
    'container ls --all --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=demo-2': [{ stdout: 'n2\n' }],
    'container ls': [{}, { stdout: 'n1\n' }],
    'container inspect': [node(true)],
    'container cp': [{}],
  })
  await writeFile(join(docker.directory, 'kubeconfig'), 'contexts: [{name: kind-demo}]\n')
  const { record } = recording()
  assert.equal((await ensureCluster(request(docker.directory, false), record, work)).made, true)
  const calls = await docker.calls()
  assert.ok(calls.includes('container ls --all --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=demo'))
  assert.ok(calls.some(call => call.startsWith('kind create cluster')))
  assert.ok(!calls.some(call => call.includes('demo-2')))
})
