/** A workload cluster whose machines are containers, and one that is in memory, at the same time, on a kind cluster of three nodes; then all of it deleted. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect, type Kube } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { get, list } from '../../src/kube/read.ts'
import { deleteCluster } from '../../src/workload/deletion.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type CommandRun, capiActions, demo } from './command.ts'
import { lookAtMachine, type Machine } from './machine.ts'

const NAME = 'e2e-docker'
const [MACHINES, MEMORY] = ['e2e-docker-machines', 'e2e-docker-memory']
const NODES = [`${NAME}-control-plane`, `${NAME}-worker`, `${NAME}-worker2`]
let testbed: Testbed
let scratch: string
let earlier: Machine
let run: CommandRun
let management: Kube
const state = () => join(scratch, 'state')
const docker = async (...args: string[]): Promise<string> => (await promisify(execFile)('docker', args)).stdout
const containersOf = async (cluster: string): Promise<string[]> =>
  (await docker('ps', '-a', '--filter', `label=io.x-k8s.kind.cluster=${cluster}`, '--format', '{{.Names}}')).split('\n').filter(Boolean)
const soon = () => AbortSignal.timeout(20_000)
const isTrue = (object: Parameters<typeof conditionsOf>[0] | undefined, type: string) =>
  object !== undefined && conditionOf(conditionsOf(object), type)?.status === 'True'
const nodesOf = async (kube: Kube) => list(kube, { apiVersion: 'v1', kind: 'Node' }, soon())

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-docker-'))
  earlier = await lookAtMachine()
  const kindConfig = join(scratch, 'kind.yaml')
  const nodes = ['control-plane', 'worker', 'worker'].map(role => `- role: ${role}\n`).join('')
  await writeFile(kindConfig, `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n${nodes}`)
  const clusters = [
    { name: MACHINES, template: 'development', cni: join(import.meta.dirname, '../testbed/node/pod-network.yaml') },
    { name: MEMORY, template: 'in-memory' },
  ]
  run = await capiActions(testbed, 'up', {
    ...(await demo(testbed)),
    'cluster-name': NAME,
    'state-dir': state(),
    'kind-config': kindConfig,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5320',
    'workload-clusters': JSON.stringify(clusters),
  })
  management = await connect(join(state(), 'kubeconfig'))
})
after(() => rm(scratch, { recursive: true, force: true }))

test('up ends with both workload clusters Available', async () => {
  assert.equal(run.exitCode, 0)
  for (const name of [MACHINES, MEMORY]) {
    const cluster = await get(management, { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', namespace: 'default', name }, soon())
    assert.equal(isTrue(cluster, 'Available'), true, name)
    assert.match(run.stdout, new RegExp(`workload cluster: default/${name}, Available`))
  }
})

test('the kind config of the user has made three nodes, each with all images of providers and what it must know of registries', async () => {
  assert.deepEqual((await nodesOf(management)).map(({ metadata }) => metadata.name).toSorted(), NODES)
  for (const node of NODES) {
    const images = await docker('exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'ls', '--quiet')
    for (const image of ['cluster-api-controller', 'kubeadm-bootstrap-controller', 'kubeadm-control-plane-controller', 'capd-manager'])
      assert.match(images, new RegExp(`localhost:5320/${image}`), `${image} on ${node}`)
    const hosts = await docker('exec', node, 'cat', '/etc/containerd/certs.d/localhost:5320/hosts.toml')
    assert.match(hosts, new RegExp(`http://${NAME}-registry:5000`))
    assert.match(await docker('exec', node, 'ls', '/etc/containerd/certs.d'), /docker\.io/)
  }
})

test('the machines are containers, and their nodes Ready, as seen with the kubeconfig that was written', async () => {
  const containers = await containersOf(MACHINES)
  assert.equal(containers.length, 3, containers.join())
  assert.ok(containers.includes(`${MACHINES}-lb`))
  const workload = await connect(join(state(), `${MACHINES}.kubeconfig`))
  const nodes = await nodesOf(workload)
  assert.equal(nodes.length, 2)
  for (const node of nodes) assert.equal(isTrue(node, 'Ready'), true, node.metadata.name)
  workload.close()
})

test('Cluster API deletes the machines, and none of their containers is left', async () => {
  const work = { signal: AbortSignal.timeout(180_000), log: console.log, waiting: () => {} }
  assert.equal(await deleteCluster({ namespace: 'default', name: MACHINES }, 170, management, work), true)
  assert.deepEqual(await containersOf(MACHINES), [])
})

test('down removes the rest', async () => {
  management.close()
  const down = await capiActions(testbed, 'down', { 'state-dir': state() })
  assert.equal(down.exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
  await assert.rejects(readFile(join(state(), 'kubeconfig')), { code: 'ENOENT' })
})
