/** The whole chain on podman: nodes and registry are containers of podman, and nothing of it is in docker. Machines in podman: test/nightly/podman.test.ts. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { get } from '../../src/kube/read.ts'
import { canHavePodman, type Podman, startPodman, startPodmanService } from '../testbed/podman.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type CommandRun, capiActions, demo, type Options } from './command.ts'
import { headOf } from './errors.ts'
import { lookInPodman, podmanLines } from './in-podman.ts'
import { lookAtMachine, type Machine } from './machine.ts'

const NAME = 'e2e-podman'
const REGISTRY = `${NAME}-registry`
const MANAGERS = {
  'capi-system/capi-controller-manager': 'cluster-api-controller',
  'capi-kubeadm-bootstrap-system/capi-kubeadm-bootstrap-controller-manager': 'kubeadm-bootstrap-controller',
  'capi-kubeadm-control-plane-system/capi-kubeadm-control-plane-controller-manager': 'kubeadm-control-plane-controller',
  'capd-system/capd-controller-manager': 'capd-manager',
}

describe('on podman', { skip: canHavePodman() ? false : 'podman is not there as root' }, () => {
  const work = { signal: new AbortController().signal, log: console.log, waiting: console.log }
  let testbed: Testbed
  let podman: Podman
  let service: AsyncDisposable | undefined
  let scratch: string
  let options: Options
  let earlier: readonly string[]
  let inDocker: Machine
  const state = () => join(scratch, 'state')
  const command = (name: string, more: Options = {}): Promise<CommandRun> =>
    capiActions(testbed, name, { ...more, 'state-dir': state() }, { environment: podman.env })

  before(async () => {
    testbed = await startTestbed()
    podman = await startPodman(work)
    scratch = await mkdtemp(join(tmpdir(), 'capi-actions-podman-'))
    options = {
      ...(await demo(testbed)),
      'cluster-name': NAME,
      'registry-name': REGISTRY,
      'registry-port': '5311',
      'workload-template': 'in-memory',
      engine: 'podman',
    }
    earlier = await lookInPodman(podman)
    inDocker = await lookAtMachine()
  })
  after(async () => {
    await service?.[Symbol.asyncDispose]()
    await rm(scratch, { recursive: true, force: true })
  })

  test('the docker provider is refused where no service of podman runs, with the command that starts it', async () => {
    const run = await command('up', options)
    assert.equal(run.exitCode, 1)
    assert.deepEqual(headOf(run.stderr), [
      '✖ podman has no service at /run/podman/podman.sock',
      'the docker provider makes its machines through it',
      '→ start it: sudo systemctl start podman.socket, or podman system service --time=0',
    ])
    assert.equal((await command('down')).exitCode, 0)
    assert.deepEqual(await lookInPodman(podman), earlier)
  })

  test('core, kubeadm and docker providers are built from source and end with a workload cluster Available on a kind cluster of podman', async () => {
    service = await startPodmanService(podman, work)
    const run = await command('up', options)
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /export KIND_EXPERIMENTAL_PROVIDER=podman/)
    const kube = await connect(join(state(), 'kubeconfig'))
    const find = async (apiVersion: string, kind: string, namespace: string, name: string, type: string) => {
      const found = await get(kube, { apiVersion, kind, namespace, name }, AbortSignal.timeout(10_000))
      assert.equal(found && conditionOf(conditionsOf(found), type)?.status, 'True', name)
      return JSON.stringify(found)
    }
    for (const [manager, image] of Object.entries(MANAGERS)) {
      const [namespace = '', name = ''] = manager.split('/')
      assert.match(await find('apps/v1', 'Deployment', namespace, name, 'Available'), new RegExp(`"image":"localhost:5311/${image}:`))
    }
    for (const name of ['cert-manager', 'cert-manager-webhook']) await find('apps/v1', 'Deployment', 'cert-manager', name, 'Available')
    await find('cluster.x-k8s.io/v1beta2', 'Cluster', 'default', 'demo', 'Available')
    kube.close()
    assert.deepEqual(await podmanLines(podman, 'ps', '--format', '{{.Names}}', '--filter', 'network=kind'), [
      `${NAME}-control-plane`,
      REGISTRY,
    ])
    assert.deepEqual(await lookAtMachine(), inDocker, 'docker has nothing of it')
  })

  test("the node has the socket of podman's service, where the docker provider looks for that of docker", async () => {
    const mounts = '{{range .Mounts}}{{.Source}}:{{.Destination}}{{"\\n"}}{{end}}'
    const found = await podmanLines(podman, 'container', 'inspect', '--format', mounts, `${NAME}-control-plane`)
    assert.ok(found.includes('/run/podman/podman.sock:/var/run/docker.sock'), found.join())
  })

  test('up again finds it in place', async () => {
    assert.equal((await command('up', options)).exitCode, 0)
    const { tasks } = JSON.parse(await readFile(join(state(), 'report', 'timeline.json'), 'utf8')) as {
      tasks: { name: string; status: string }[]
    }
    for (const name of ['cluster', 'image core', 'image docker'])
      assert.equal(tasks.find(one => one.name === name)?.status, 'skipped', `${name} has nothing to do`)
  })

  test('a cluster that holds the socket of an earlier service is told, as its docker provider would wait for good', async () => {
    await service?.[Symbol.asyncDispose]()
    service = await startPodmanService(podman, work)
    const run = await command('up', options)
    assert.equal(run.exitCode, 1)
    assert.match(headOf(run.stderr)[1] ?? '', /^the socket in e2e-podman-control-plane is of an engine that was started again$/)
  })

  test('down removes all of it, and is told nowhere that it is in podman', async () => {
    const run = await command('down')
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /removed kind cluster e2e-podman\n/)
    assert.deepEqual(await lookInPodman(podman), earlier)
  })
})
