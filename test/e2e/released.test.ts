/** Released providers beside one that is built, on a real cluster, and object by object the same as real `clusterctl init` makes. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import semver from 'semver'
import { startTestbed, type Testbed, usesUpstream } from '../testbed/testbed.ts'
import { type Commands, objectsOf, run } from './clusterctl-init.ts'
import { type CommandRun, capiActions, demo, type Options } from './command.ts'
import { headOf } from './errors.ts'
import { lookAtMachine, type Machine } from './machine.ts'

const NAME = 'e2e-released'
const RELEASED = ['cluster-api', 'bootstrap-kubeadm', 'control-plane-kubeadm']
const NAMESPACES = ['capi-system', 'capi-kubeadm-bootstrap-system', 'capi-kubeadm-control-plane-system', 'capd-system']

let testbed: Testbed
let scratch: string
let options: Options
let earlier: Machine
let commands: Commands
const state = () => join(scratch, 'state')
const up = (more: Options = {}): Promise<CommandRun> => capiActions(testbed, 'up', { ...options, ...more })
const config = () => join(state(), 'clusterctl/clusterctl.yaml')
const kubectl = (...args: string[]) => run(commands.kubectl, args, commands.env)

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-released-'))
  const { clusterApi: version } = testbed.versions
  const series = version.split('.').slice(0, 2).join('.')
  options = {
    ...(await demo(testbed)),
    'cluster-name': NAME,
    'state-dir': state(),
    'registry-name': `${NAME}-registry`,
    'registry-port': '5085',
    providers: `core:${version} kubeadm-bootstrap:${series} kubeadm-control-plane:${series} docker`,
    'workload-template': 'in-memory',
    'workload-variables': 'WORKER_MACHINE_COUNT=1',
  }
  const env = { ...testbed.env, KUBECONFIG: join(state(), 'kubeconfig'), CLUSTER_TOPOLOGY: 'true', CLUSTERCTL_DISABLE_VERSIONCHECK: 'true' }
  commands = { kubectl: await testbed.tool('kubectl'), clusterctl: await testbed.tool('clusterctl'), env }
  earlier = await lookAtMachine()
})
after(() => rm(scratch, { recursive: true, force: true }))

/** Versions that the mirror has of Cluster API, newest first: with the extra `nightly` more than one. */
async function published(): Promise<readonly string[]> {
  const answer = await fetch(`${testbed.downloadMirrors['api.github.com']}/repos/kubernetes-sigs/cluster-api/releases`)
  const releases = (await answer.json()) as readonly { readonly tag_name: string }[]
  return releases.map(({ tag_name }) => tag_name).sort((a, b) => semver.rcompare(a, b))
}

const inMirror = { skip: usesUpstream() && 'the fault is in the mirror of the test environment' }

test('a file of a release that is not what was published is refused', inMirror, async () => {
  await testbed.faults.set([{ path: '/github.com/kubernetes-sigs/cluster-api/releases/download/**/core-components.yaml', checksum: true }])
  try {
    const failed = await up({ 'cache-dir': join(scratch, 'wrong'), 'workload-template': '' })
    const [what, why] = headOf(failed.stderr)
    assert.match(what ?? '', /^✖ provider core v[\d.]+: checksum of .*\/core-components\.yaml does not match$/)
    assert.match(why ?? '', /^published sha256 [0-9a-f]{64}, downloaded [0-9a-f]{64}/)
  } finally {
    await testbed.faults.clear()
    await capiActions(testbed, 'down', { 'state-dir': state() })
  }
})

test('a release that is not published is an error with the nearest', inMirror, async () => {
  const failed = await up({ providers: 'core:v1.99.0 docker:v1.13.4', 'workload-template': '' })
  const versions = await published()
  assert.deepEqual(headOf(failed.stderr), [
    '✖ provider core v1.99.0 is not published',
    `github.com/kubernetes-sigs/cluster-api has ${versions.join(', ')}`,
    `→ use ${versions[0]}, the nearest version`,
  ])
  await capiActions(testbed, 'down', { 'state-dir': state() })
})

test('released core and kubeadm providers with a docker provider from source end with the workload cluster Available', async () => {
  const { exitCode, stdout } = await up()
  assert.equal(exitCode, 0)
  const { clusterApi: version } = testbed.versions
  assert.ok(
    stdout.includes(
      `providers: core (released), docker (built), kubeadm-bootstrap (released), kubeadm-control-plane (released) ${version}`,
    ),
  )
  const log = await readFile(join(state(), 'report/run.log'), 'utf8')
  assert.match(log, new RegExp(`kubeadm-control-plane ${version.replaceAll('.', '\\.')} is deployed as released`))
  const images = await kubectl('get', 'deployments', '-A', '-o', 'jsonpath={range .items[*]}{.metadata.namespace} {..image}{"\\n"}{end}')
  assert.match(images, new RegExp(`^capi-system registry\\.k8s\\.io/cluster-api/cluster-api-controller:${version}$`, 'm'))
  assert.match(images, /^capd-system localhost:5085\/capd-manager:[0-9a-f]+$/m)
})

test('a second run finds the releases in the cache', async () => {
  assert.equal((await up()).exitCode, 0)
  const { tasks } = JSON.parse(await readFile(join(state(), 'report/timeline.json'), 'utf8')) as {
    tasks: { name: string; status: string }[]
  }
  const skipped = tasks.filter(({ status }) => status === 'skipped').map(({ name }) => name)
  for (const name of ['components core', 'components kubeadm-bootstrap', 'image docker']) assert.ok(skipped.includes(name), name)
})

test('clusterctl plans upgrades and generates clusters by the clusterctl.yaml that is left, of the provider that is built too', async () => {
  const { clusterctl, env } = commands
  const { clusterApi: version, kubernetes } = testbed.versions
  const plan = await run(clusterctl, ['upgrade', 'plan', '--config', config()], env)
  for (const name of ['cluster-api', 'bootstrap-kubeadm', 'control-plane-kubeadm', 'infrastructure-docker'])
    assert.match(plan, new RegExp(`^${name} .*${version.replaceAll('.', '\\.')}`, 'm'))
  const flavor = ['--infrastructure', 'docker', '--flavor', 'development', '--kubernetes-version', kubernetes]
  const generated = await run(clusterctl, ['generate', 'cluster', 'other', '--config', config(), ...flavor], env)
  assert.deepEqual(
    [...generated.matchAll(/^kind: (Cluster|ClusterClass)$/gm)].map(([, kind]) => kind),
    ['ClusterClass', 'Cluster'],
  )
})

test('clusterctl takes all four for its own and removes them, and makes the same objects of the same release', async () => {
  const { clusterctl, env } = commands
  const { clusterApi: version } = testbed.versions
  const ours = await objectsOf(commands, RELEASED)
  await kubectl('delete', 'cluster', 'demo', '--timeout=120s')
  await kubectl('delete', 'cluster-api', '--all', '--namespace=default', '--timeout=60s')
  // CRDs that go are listed for a while: clusterctl stumbles on them, and goes on where it stopped.
  await asOften(3, () => run(clusterctl, ['delete', '--all', '--include-crd', '--include-namespace'], env))
  await kubectl('wait', '--for=delete', ...NAMESPACES.map(name => `namespace/${name}`), '--timeout=120s')
  // Of what it installs itself, clusterctl leaves these.
  await kubectl('delete', 'clusterroles,clusterrolebindings', '--selector', 'clusterctl.cluster.x-k8s.io,cluster.x-k8s.io/provider')
  assert.deepEqual(await objectsOf(commands, RELEASED), {})

  const providers = ['--core', `cluster-api:${version}`, '--bootstrap', `kubeadm:${version}`, '--control-plane', `kubeadm:${version}`]
  await run(clusterctl, ['init', '--config', config(), ...providers], env)
  const theirs = await objectsOf(commands, RELEASED)
  assert.ok(Object.keys(theirs).length > 50, Object.keys(theirs).join('\n'))
  assert.deepEqual(Object.keys(ours), Object.keys(theirs))
  const different = Object.keys(theirs).filter(name => !isDeepStrictEqual(ours[name], theirs[name]))
  const those = (objects: Record<string, unknown>) => Object.fromEntries(different.map(name => [name, objects[name]]))
  assert.deepEqual(those(ours), those(theirs))
})

async function asOften<T>(times: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (times > 1) return asOften(times - 1, act)
    throw error
  }
}

test('down removes all of it', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': state() })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
