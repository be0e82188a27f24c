/** A provider's repository that nobody here wrote: unmodified, in a workflow of its own; then beside a built core, with a file of one of the two changed. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { KubeObject } from '../../src/manifests/object.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type ActRun, runElsewhere } from './act.ts'
import { capiActions, demo, type Options } from './command.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

const NAME = 'e2e-provider'
const PORT = '5371'

let testbed: Testbed
let scratch: string
let earlier: Machine
let run: ActRun

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-provider-'))
  earlier = await lookAtMachine()
  const env = {
    ...jobEnvironment(testbed, 'CAPI_ACTIONS_'),
    PROOF: scratch,
    CAPI_ACTIONS_CLUSTER_NAME: NAME,
    CAPI_ACTIONS_REGISTRY_NAME: `${NAME}-registry`,
    CAPI_ACTIONS_REGISTRY_PORT: PORT,
    CAPI_ACTIONS_KUBERNETES_VERSION: testbed.versions.kubernetes,
    CAPI_ACTIONS_CERT_MANAGER_VERSION: testbed.versions.certManager,
  }
  const holds = await testbed.repository('ipam-in-cluster', join(scratch, 'clone'))
  run = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/provider-repository.yml', env, [], { holds })
})
after(() => rm(scratch, { recursive: true, force: true }))

const read = (file: string) => readFile(join(scratch, file), 'utf8')

interface Manager extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } }
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

test('a repository that knows nothing of us is built and deployed in its own workflow, by provider-repos and providers alone', async () => {
  assert.equal(run.exitCode, 0)
  const { items } = JSON.parse(await read('deployments.json')) as { items: Manager[] }
  const manager = items.find(({ metadata }) => metadata.name === 'capi-ipam-in-cluster-controller-manager') ?? assert.fail('no manager')
  assert.equal(manager.status.conditions.find(({ type }) => type === 'Available')?.status, 'True')
  assert.match(manager.spec.template.spec.containers[0]?.image ?? '', /^localhost:5371\/cluster-api-ipam-in-cluster-controller:[0-9a-f]+$/)
})

test('it gives an address from a pool, so its webhooks, its conversion and core work with it', async () => {
  assert.equal(await read('address.txt'), '10.0.0.7')
})

test('the inventory has its type and version, and clusterctl reads it', async () => {
  const { items } = JSON.parse(await read('inventory.json')) as {
    items: { type: string; providerName: string; version: string }[]
  }
  assert.deepEqual(items.map(({ type, providerName, version }) => `${type} ${providerName} ${version}`).toSorted(), [
    `CoreProvider cluster-api ${testbed.versions.clusterApi}`,
    'IPAMProvider in-cluster v1.0.3',
  ])
  assert.match(await read('plan.txt'), /^ipam-in-cluster /m)
})

test('nothing of its checkout was changed, and after the job nothing is left', async () => {
  assert.equal(await read('changes.txt'), '')
  assert.deepEqual(await lookAtMachine(), earlier)
})

/** Statuses of tasks by name, of the last run. */
async function statuses(): Promise<Record<string, string>> {
  const { tasks } = JSON.parse(await read('state/report/timeline.json')) as { tasks: { name: string; status: string }[] }
  return Object.fromEntries(tasks.map(({ name, status }) => [name, status]))
}

/** Names of the managers' pods, which change when a Deployment is rolled out; without those that are about to go. */
async function pods(): Promise<Record<string, string>> {
  const columns = 'custom-columns=:metadata.namespace,:metadata.name,:metadata.deletionTimestamp'
  const args = ['--kubeconfig', join(scratch, 'state/kubeconfig'), 'get', 'pods', '-A', '-l', 'cluster.x-k8s.io/provider', '-o', columns]
  const { stdout } = await promisify(execFile)(await testbed.tool('kubectl'), [...args, '--no-headers'])
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map(line => line.split(/\s+/))
      .flatMap(([namespace = '', name = '', leaves]) => (leaves === '<none>' ? [[namespace, name]] : [])),
  )
}

test('a change in one file of a provider rebuilds and redeploys that provider alone', async () => {
  const clone = join(scratch, 'clone')
  const options: Options = {
    ...(await demo(testbed)),
    'provider-repos': clone,
    providers: 'core ipam-in-cluster',
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': PORT,
    'state-dir': join(scratch, 'state'),
    'cache-dir': join(scratch, 'cache'),
  }
  const up = async () => assert.equal((await capiActions(testbed, 'up', options)).exitCode, 0)
  try {
    await up()
    const before = await pods()
    await up()
    const unchanged = await statuses()
    for (const name of ['core', 'ipam-in-cluster'])
      for (const step of ['compile', 'image']) assert.equal(unchanged[`${step} ${name}`], 'skipped', `${step} ${name}`)
    assert.deepEqual(await pods(), before)

    await appendFile(join(clone, 'main.go'), '\nfunc init() { println("changed") }\n')
    await up()
    const changed = await statuses()
    for (const step of ['compile', 'image']) {
      assert.equal(changed[`${step} core`], 'skipped', `${step} core`)
      assert.equal(changed[`${step} ipam-in-cluster`], 'done', `${step} ipam-in-cluster`)
    }
    const now = await pods()
    assert.equal(now['capi-system'], before['capi-system'])
    assert.notEqual(now['capi-ipam-in-cluster-system'], before['capi-ipam-in-cluster-system'])
  } finally {
    await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  }
  assert.deepEqual(await lookAtMachine(), earlier)
})
