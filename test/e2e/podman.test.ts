/** The chain on podman: nodes and registry are containers of podman, and nothing of it is in docker. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { get } from '../../src/kube/read.ts'
import { canHavePodman, type Podman, startPodman } from '../testbed/podman.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type CommandRun, capiActions, demo, type Options } from './command.ts'
import { lookAtMachine } from './machine.ts'

const NAME = 'e2e-podman'
const REGISTRY = `${NAME}-registry`

describe('on podman', { skip: canHavePodman() ? false : 'podman is not there as root' }, () => {
  let testbed: Testbed
  let podman: Podman
  let scratch: string
  let options: Options
  let earlier: readonly string[]
  const state = () => join(scratch, 'state')
  const command = (name: string, more: Options = {}): Promise<CommandRun> =>
    capiActions(testbed, name, { ...more, 'state-dir': state() }, { environment: podman.env })
  const list = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await promisify(execFile)('podman', args, { env: { ...process.env, ...podman.env } })
    return stdout.split('\n').filter(Boolean).toSorted()
  }
  const inPodman = async () => [
    ...(await list('ps', '--all', '--format', '{{.Names}}')),
    ...(await list('network', 'ls', '--format', '{{.Name}}')),
    ...(await list('volume', 'ls', '--format', '{{.Name}}')),
  ]

  before(async () => {
    testbed = await startTestbed()
    podman = await startPodman({ signal: new AbortController().signal, log: console.log, waiting: console.log })
    scratch = await mkdtemp(join(tmpdir(), 'capi-actions-podman-'))
    options = {
      ...(await demo(testbed)),
      'cluster-name': NAME,
      'registry-name': REGISTRY,
      'registry-port': '5311',
      providers: 'core',
      engine: 'podman',
    }
    earlier = await inPodman()
  })
  after(() => rm(scratch, { recursive: true, force: true }))

  test('core is built from source, pushed to a registry of podman, and Available on a kind cluster of podman', async () => {
    const run = await command('up', options)
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /export KIND_EXPERIMENTAL_PROVIDER=podman/)
    const kube = await connect(join(state(), 'kubeconfig'))
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'capi-system', name: 'capi-controller-manager' }
    const found = await get(kube, deployment, AbortSignal.timeout(10_000))
    kube.close()
    assert.equal(found && conditionOf(conditionsOf(found), 'Available')?.status, 'True')
    assert.match(JSON.stringify(found), /"image":"localhost:5311\/cluster-api-controller:/)
    assert.deepEqual(await list('ps', '--format', '{{.Names}}', '--filter', 'network=kind'), [`${NAME}-control-plane`, REGISTRY])
    const { containers } = await lookAtMachine()
    assert.deepEqual(
      containers.filter(name => name.startsWith(NAME)),
      [],
      'docker has nothing of it',
    )
  })

  test('up again finds it in place', async () => {
    assert.equal((await command('up', options)).exitCode, 0)
    const { tasks } = JSON.parse(await readFile(join(state(), 'report', 'timeline.json'), 'utf8')) as {
      tasks: { name: string; status: string }[]
    }
    for (const name of ['cluster', 'image core'])
      assert.equal(tasks.find(one => one.name === name)?.status, 'skipped', `${name} has nothing to do`)
  })

  test('down removes all of it, and is told nowhere that it is in podman', async () => {
    const run = await command('down')
    assert.equal(run.exitCode, 0)
    assert.match(run.stdout, /removed kind cluster e2e-podman\n/)
    assert.deepEqual(await inPodman(), earlier)
  })
})
