/** Machine pools of containers, three more workload clusters in memory, and two whose templates kustomize builds, all at the same time; `down` with all of them there, and an interruption in the midst. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect, type Kube } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { list } from '../../src/kube/read.ts'
import type { KubeObject } from '../../src/manifests/object.ts'
import { capiActions, demo } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-pools'
const MEMORY = ['one', 'two', 'three'].map(name => `e2e-pools-${name}`)
let testbed: Testbed
let scratch: string
let earlier: Machine
const state = () => join(scratch, 'state')
const options = async () => ({
  ...(await demo(testbed)),
  'cluster-name': NAME,
  'state-dir': state(),
  'registry-name': `${NAME}-registry`,
  'registry-port': '5321',
  substitutions: 'EXP_MACHINE_POOL=true',
})
const cni = join(import.meta.dirname, '../testbed/node/pod-network.yaml')

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-pools-'))
  earlier = await lookAtMachine()
})
after(() => rm(scratch, { recursive: true, force: true }))

/** Of Cluster API's own e2e tests, as it is: built from `bases`, with two patches, beside a ClusterClass of its own. */
const NO_WORKERS = 'test/e2e/data/infrastructure-docker/main/cluster-template-topology-no-workers'

/** Its class is another quick-start than that of the template development. */
const NAMESPACE = `${NAME}-tests`

/** What their configuration (test/e2e/config/docker.yaml) gives to it; its network plugin comes by a ClusterResourceSet of the template. */
const noWorkersVariables = async () => ({
  DOCKER_SERVICE_CIDRS: '10.128.0.0/12',
  DOCKER_POD_CIDRS: '192.168.0.0/16',
  DOCKER_SERVICE_DOMAIN: 'cluster.local',
  CNI_RESOURCES: JSON.stringify({ 'cni.yaml': await readFile(cni, 'utf8') }),
})

/** A user's own: Cluster API's template in memory and its ClusterClass, with a patch. */
async function writeOverlay(folder: string): Promise<string> {
  const templates = relative(folder, join(testbed.source(), 'test/infrastructure/docker/templates'))
  const patch = [
    { op: 'add', path: '/metadata/labels', value: { team: 'blue' } },
    { op: 'replace', path: '/spec/topology/workers/machineDeployments/0/replicas', value: 2 },
  ]
  const kustomization = {
    resources: [`${templates}/clusterclass-in-memory.yaml`, `${templates}/cluster-template-in-memory.yaml`],
    patches: [{ target: { kind: 'Cluster' }, patch: JSON.stringify(patch) }],
  }
  await mkdir(folder)
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
  return folder
}

interface Topology {
  readonly workers?: unknown
  readonly variables?: readonly { readonly name: string; readonly value: unknown }[]
}

const topologyOf = ({ spec }: KubeObject): Topology => (spec as { readonly topology: Topology }).topology
const find = (kube: Kube, kind: string) => list(kube, { apiVersion: 'cluster.x-k8s.io/v1beta2', kind }, AbortSignal.timeout(20_000))
let kube: Kube

test('a ClusterClass with machine pools, and clusters of five more templates, reach Available at the same time', async () => {
  const clusters = [
    { name: `${NAME}-docker`, template: 'development-mp', cni },
    ...MEMORY.map(name => ({ name, template: 'in-memory' })),
    { name: `${NAME}-built`, template: NO_WORKERS, namespace: NAMESPACE, variables: await noWorkersVariables() },
    { name: `${NAME}-overlay`, template: await writeOverlay(join(scratch, 'overlay')) },
  ]
  const run = await capiActions(testbed, 'up', {
    ...(await options()),
    'workload-clusters': JSON.stringify(clusters),
  })
  assert.equal(run.exitCode, 0)
  kube = await connect(join(state(), 'kubeconfig'))
  const found = await find(kube, 'Cluster')
  assert.deepEqual(found.map(({ metadata }) => metadata.name).toSorted(), clusters.map(({ name }) => name).toSorted())
  for (const one of found) assert.equal(conditionOf(conditionsOf(one), 'Available')?.status, 'True', one.metadata.name)
  assert.equal((await find(kube, 'MachinePool')).length, 1)
})

const clusterNamed = async (name: string) =>
  (await find(kube, 'Cluster')).find(({ metadata }) => metadata.name === name) ?? assert.fail(`no ${name}`)
const machinesOf = async (name: string) =>
  (await find(kube, 'Machine')).filter(({ metadata }) => metadata.labels?.['cluster.x-k8s.io/cluster-name'] === name)

test("a kustomization of Cluster API's own is built, and its patches are in the cluster", async () => {
  const { workers, variables } = topologyOf(await clusterNamed(`${NAME}-built`))
  assert.equal(workers, undefined)
  assert.equal(variables?.find(({ name }) => name === 'controlPlaneTaint')?.value, false)
  assert.equal((await machinesOf(`${NAME}-built`)).length, 1)
})

test("a kustomization of one's own over a template and its ClusterClass is built, and its patch is in the cluster", async () => {
  const { metadata } = await clusterNamed(`${NAME}-overlay`)
  assert.equal(metadata.labels?.team, 'blue')
  assert.equal((await machinesOf(`${NAME}-overlay`)).length, 3)
  kube.close()
})

test('down takes all of it back, containers of machine pools too', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': state() })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})

test('up that is interrupted while machines are made leaves none of them', async () => {
  const clusters = JSON.stringify([{ name: `${NAME}-docker`, template: 'development-mp', cni }])
  const interruptAt = /✔ reach e2e-pools-docker \(/
  const run = await capiActions(testbed, 'up', { ...(await options()), 'workload-clusters': clusters }, { interruptAt })
  assert.equal(run.exitCode, 130)
  assert.match(run.stdout, /removed workload cluster e2e-pools-docker/)
  assert.deepEqual(await lookAtMachine(), earlier)
})
