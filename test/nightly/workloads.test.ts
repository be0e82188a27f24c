/** Machine pools of containers, and three more workload clusters in memory, all at the same time; `down` with all of them there, and an interruption in the midst. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { list } from '../../src/kube/read.ts'
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

test('a ClusterClass with machine pools, and three clusters more, reach Available at the same time', async () => {
  const clusters = [{ name: `${NAME}-docker`, template: 'development-mp', cni }, ...MEMORY.map(name => ({ name, template: 'in-memory' }))]
  const run = await capiActions(testbed, 'up', {
    ...(await options()),
    'workload-clusters': JSON.stringify(clusters),
  })
  assert.equal(run.exitCode, 0)
  const kube = await connect(join(state(), 'kubeconfig'))
  const find = (kind: string) => list(kube, { apiVersion: 'cluster.x-k8s.io/v1beta2', kind }, AbortSignal.timeout(20_000))
  const found = await find('Cluster')
  assert.deepEqual(found.map(({ metadata }) => metadata.name).toSorted(), clusters.map(({ name }) => name).toSorted())
  for (const one of found) assert.equal(conditionOf(conditionsOf(one), 'Available')?.status, 'True', one.metadata.name)
  assert.equal((await find('MachinePool')).length, 1)
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
