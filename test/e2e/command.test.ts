import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { conditionsOf } from '../../src/kube/checks.ts'
import { connect } from '../../src/kube/connect.ts'
import { conditionOf } from '../../src/kube/objects.ts'
import { get } from '../../src/kube/read.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type CommandRun, capiActions, demo, type Options } from './command.ts'
import { headOf } from './errors.ts'
import { lookAtMachine, type Machine } from './machine.ts'

const NAME = 'e2e-command'
let testbed: Testbed
let scratch: string
let options: Options
let earlier: Machine
const state = () => join(scratch, 'state')
const up = (more: Options = {}): Promise<CommandRun> => capiActions(testbed, 'up', { ...options, ...more })
const timeline = async () =>
  JSON.parse(await readFile(join(state(), 'report', 'timeline.json'), 'utf8')) as { tasks: { name: string; status: string }[] }
const cluster = async () => {
  const kube = await connect(join(state(), 'kubeconfig'))
  const reference = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', namespace: 'default', name: 'demo' }
  const found = await get(kube, reference, AbortSignal.timeout(10_000))
  return found && conditionOf(conditionsOf(found), 'Available')?.status
}

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-command-'))
  options = {
    ...(await demo(testbed)),
    'cluster-name': NAME,
    'state-dir': state(),
    'registry-name': `${NAME}-registry`,
    'registry-port': '5053',
    'workload-template': 'in-memory',
    'workload-variables': 'WORKER_MACHINE_COUNT=1',
  }
  earlier = await lookAtMachine()
})
after(() => rm(scratch, { recursive: true, force: true }))

test('up ends with the workload cluster Available and says how to use and remove what it made', async () => {
  const run = await up()
  assert.equal(run.exitCode, 0)
  assert.equal(await cluster(), 'True')
  assert.match(run.stdout, /✔ e2e-command is ready after/)
  assert.match(run.stdout, new RegExp(`export KUBECONFIG=${state()}/kubeconfig`))
  assert.match(run.stdout, /down .*--state-dir/)
})

for (const [when, interruptAt] of [
  ['kind has just been started', /✔ registry \(/],
  ['the control plane is starting', /✔ image core \(/],
] as const) {
  test(`up that is interrupted when ${when} removes what it had made until then`, async () => {
    const directory = join(scratch, 'interrupted')
    const other = { 'cluster-name': 'e2e-interrupted', 'registry-name': 'e2e-interrupted-registry', 'registry-port': '5056' }
    const before = await lookAtMachine()
    const run = await capiActions(testbed, 'up', { ...options, ...other, 'state-dir': directory }, { interruptAt })
    assert.equal(run.exitCode, 130)
    assert.match(run.stdout, /removed container e2e-interrupted-registry/)
    // A container that somebody still makes would come now.
    await sleep(3000)
    assert.deepEqual(await lookAtMachine(), before)
    await assert.rejects(stat(directory), { code: 'ENOENT' })
  })
}

test('up again finds everything in place and does almost nothing', async () => {
  const run = await up()
  assert.equal(run.exitCode, 0)
  const skipped = (await timeline()).tasks.filter(({ status }) => status === 'skipped').map(({ name }) => name)
  for (const name of ['tool kind', 'registry', 'cluster', 'image core', 'image docker', 'ready cert-manager'])
    assert.ok(skipped.includes(name), name)
  assert.equal(await cluster(), 'True')
})

test('a manager that crashes is shown with its last words and the event', async () => {
  const settings = join(scratch, 'tilt-settings.yaml')
  await writeFile(settings, 'extra_args:\n  docker: ["--no-such-flag"]\n')
  const run = await up({ 'tilt-settings': settings })
  assert.equal(run.exitCode, 1)
  const [what, why] = headOf(run.stderr)
  assert.match(what ?? '', /^✖ provider docker: Deployment capd-system\/capd-controller-manager is not Available/)
  assert.match(why ?? '', /^container manager exited 2, \d+ times: "unknown flag: --no-such-flag"$/)
  assert.match(run.stderr, /Back-?[oO]ff restarting failed container/)
})

test('a cluster of the same name that does not fit is left alone, with each difference named', async () => {
  const config = join(scratch, 'kind.yaml')
  await writeFile(config, 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n- role: worker\n')
  const run = await up({ 'kind-config': config })
  assert.equal(run.exitCode, 1)
  assert.deepEqual(headOf(run.stderr), [
    '✖ a kind cluster e2e-command is there, but it is not the one that is wanted',
    'it has 0 worker nodes, the configuration asks for 1',
    '→ remove it: kind delete cluster --name e2e-command, or set another cluster-name',
  ])
  assert.equal(await cluster(), 'True')
})

test('down removes exactly what up made', async () => {
  const run = await capiActions(testbed, 'down', { 'state-dir': state() })
  assert.equal(run.exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
  await assert.rejects(stat(state()), { code: 'ENOENT' })
})
