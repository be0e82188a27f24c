/** Machines that the docker provider makes in podman, through podman's socket in its node: Available, deleted by Cluster API, and removed by `down` while they run. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { list } from '../../src/kube/read.ts'
import { deleteCluster } from '../../src/workload/deletion.ts'
import { type CommandRun, capiActions, demo, type Options } from '../e2e/command.ts'
import { containersOf, lookInPodman } from '../e2e/in-podman.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { canHavePodman, type Podman, startPodman, startPodmanService } from '../testbed/podman.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-podman-docker'
const [FIRST, SECOND] = ['e2e-podman-first', 'e2e-podman-second']

describe('machines in podman', { skip: canHavePodman() ? false : 'podman is not there as root' }, () => {
  const work = { signal: new AbortController().signal, log: console.log, waiting: () => {} }
  let testbed: Testbed
  let podman: Podman
  let service: AsyncDisposable
  let scratch: string
  let earlier: readonly string[]
  let inDocker: Machine
  const state = () => join(scratch, 'state')
  const command = (name: string, more: Options = {}): Promise<CommandRun> =>
    capiActions(testbed, name, { ...more, 'state-dir': state() }, { environment: podman.env })
  const upWith = async (name: string): Promise<CommandRun> =>
    command('up', {
      ...(await demo(testbed)),
      'cluster-name': NAME,
      'registry-name': `${NAME}-registry`,
      'registry-port': '5322',
      engine: 'podman',
      'workload-clusters': JSON.stringify([
        { name, template: 'development', cni: join(import.meta.dirname, '../testbed/node/pod-network.yaml') },
      ]),
    })
  const readyNodes = async (cluster: string): Promise<number> => {
    const workload = await connect(join(state(), `${cluster}.kubeconfig`))
    const nodes = await list(workload, { apiVersion: 'v1', kind: 'Node' }, AbortSignal.timeout(20_000))
    workload.close()
    return nodes.filter(node => conditionOf(conditionsOf(node), 'Ready')?.status === 'True').length
  }

  before(async () => {
    testbed = await startTestbed()
    podman = await startPodman(work)
    service = await startPodmanService(podman, work)
    scratch = await mkdtemp(join(tmpdir(), 'capi-actions-podman-'))
    earlier = await lookInPodman(podman)
    inDocker = await lookAtMachine()
  })
  after(async () => {
    await service?.[Symbol.asyncDispose]()
    await rm(scratch, { recursive: true, force: true })
  })

  test('a workload cluster of machines in podman is Available, with its nodes Ready by the kubeconfig that was written', async () => {
    const run = await upWith(FIRST)
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, new RegExp(`workload cluster: default/${FIRST}, Available`))
    const machines = await containersOf(podman, FIRST)
    assert.equal(machines.length, 3, machines.join())
    assert.ok(machines.includes(`${FIRST}-lb`))
    assert.equal(await readyNodes(FIRST), 2)
    assert.deepEqual(await lookAtMachine(), inDocker, 'docker has nothing of it')
  })

  test('Cluster API deletes the machines, and none of their containers is left in podman', async () => {
    const management = await connect(join(state(), 'kubeconfig'))
    const within = { ...work, signal: AbortSignal.timeout(180_000) }
    assert.equal(await deleteCluster({ namespace: 'default', name: FIRST }, 170, management, within), true)
    management.close()
    assert.deepEqual(await containersOf(podman, FIRST), [])
  })

  test('down removes the machines of a workload cluster that runs, with their volumes', async () => {
    assert.equal((await upWith(SECOND)).exitCode, 0)
    assert.equal((await containersOf(podman, SECOND)).length, 3)
    const run = await command('down')
    assert.equal(run.exitCode, 0)
    assert.deepEqual(await containersOf(podman, SECOND), [])
    assert.deepEqual(await lookInPodman(podman), earlier)
  })
})
