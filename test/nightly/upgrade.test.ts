/**
 * A management cluster of released providers, upgraded by `clusterctl upgrade apply` with the clusterctl.yaml that we hand out, while a workload cluster lives on it; and
 * before that what else later steps do with such a cluster: a ServiceAccount, a dry run that asks the server, `clusterctl describe`.
 */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../e2e/clusterctl-init.ts'
import { type CommandRun, capiActions, demo, type Options } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { extras } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-upgrade'
const OTHERS = ['kubeadm-bootstrap', 'kubeadm-control-plane', 'docker']
const NAMESPACES = ['capi-system', 'capi-kubeadm-bootstrap-system', 'capi-kubeadm-control-plane-system', 'capd-system']
const TEMPLATE = 'test/infrastructure/docker/templates/cluster-template-in-memory.yaml'

let testbed: Testbed
let scratch: string
let options: Options
let earlier: Machine
let env: Readonly<Record<string, string>>
let kubectlPath: string
const state = () => join(scratch, 'state')
const config = () => join(state(), 'clusterctl/clusterctl.yaml')
const restricted = () => join(state(), 'service-account.kubeconfig')
const up = (more: Options = {}): Promise<CommandRun> => capiActions(testbed, 'up', { ...options, ...more })
const kubectl = (...args: string[]) => run(kubectlPath, args, env)
/** Of the newer release, as it was installed for what comes after. */
const clusterctl = (...args: string[]) => {
  const version = testbed.second.clusterApi.slice(1)
  return run(join(scratch, 'cache/clusterctl', version, arch(), 'clusterctl'), [...args, '--config', config()], env)
}

before(async () => {
  testbed = await startTestbed({ extras: [extras.nightly] })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-upgrade-'))
  const { clusterApi: older } = testbed.versions
  const { clusterApi: newer } = testbed.second
  const { repository: _, 'capi-version': __, ...said } = await demo(testbed)
  options = {
    ...said,
    'cluster-name': NAME,
    'state-dir': state(),
    'cache-dir': join(scratch, 'cache'),
    providers: [`core:${older}`, ...OTHERS].join(' '),
    'clusterctl-version': newer,
    'clusterctl-releases': [`core:${newer}`, ...OTHERS].join(' '),
    'workload-template': join(testbed.source(), TEMPLATE),
    'workload-variables': 'WORKER_MACHINE_COUNT=1',
    'feature-gates': 'KubeadmBootstrapFormatIgnition=true',
    'service-account': 'tests',
    'service-account-rules': 'get,list clusters.cluster.x-k8s.io,machines.cluster.x-k8s.io',
    'service-account-expiry': '10m',
  }
  env = { ...testbed.env, KUBECONFIG: join(state(), 'kubeconfig'), CLUSTER_TOPOLOGY: 'true', CLUSTERCTL_DISABLE_VERSIONCHECK: 'true' }
  kubectlPath = await testbed.tool('kubectl')
  earlier = await lookAtMachine()
})
after(() => rm(scratch, { recursive: true, force: true }))

const identities = async (): Promise<readonly string[]> =>
  (await kubectl('get', 'machines', '-A', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{"\\n"}{end}'))
    .split('\n')
    .filter(Boolean)
    .toSorted()

const imagesOf = (namespace: string) => kubectl('get', 'deployments', '-n', namespace, '-o', 'jsonpath={..image}')

test('a server can not be asked before there is one', async () => {
  const { exitCode, stderr } = await up({ 'dry-run': 'server' })
  assert.equal(exitCode, 1)
  assert.match(stderr, /✖ there is no cluster to ask/)
})

test('released providers end with a workload cluster that is Available', async () => {
  const { exitCode, stdout } = await up()
  assert.equal(exitCode, 0)
  assert.match(stdout, /^ {2}ServiceAccount: default\/tests, until \d{4}-/m)
})

test('a feature gate goes to those whose manager knows it', async () => {
  const argsOf = (namespace: string) => kubectl('get', 'deployments', '-n', namespace, '-o', 'jsonpath={..args}')
  assert.match(await argsOf('capi-kubeadm-bootstrap-system'), /KubeadmBootstrapFormatIgnition=true/)
  assert.match(await argsOf('capi-kubeadm-control-plane-system'), /KubeadmBootstrapFormatIgnition=true/)
  assert.doesNotMatch(await argsOf('capi-system'), /KubeadmBootstrapFormatIgnition/)
})

test('a gate that no manager knows stops a run before a manager is deployed', async () => {
  const { exitCode, stderr } = await up({ 'feature-gates': 'ClusterTopolgy=true' })
  assert.equal(exitCode, 1)
  assert.match(stderr, /✖ no manager knows the feature gate ClusterTopolgy/)
  assert.match(stderr, /did you mean ClusterTopology\?/)
})

test('the ServiceAccount may do what its rules say, in its namespace, and nothing else', async () => {
  assert.equal((await stat(restricted())).mode & 0o777, 0o600)
  const asAccount = (...args: string[]) => run(kubectlPath, ['--kubeconfig', restricted(), ...args], testbed.env)
  assert.match(await asAccount('get', 'machines.cluster.x-k8s.io', '-o', 'name'), /^machine\.cluster\.x-k8s\.io\/demo-/m)
  for (const denied of [
    ['get', 'secrets'],
    ['get', 'machines.cluster.x-k8s.io', '-A'],
    ['delete', 'cluster', 'demo'],
    ['get', 'nodes'],
  ])
    await assert.rejects(asAccount(...denied), /Forbidden|forbidden/, denied.join(' '))
  const { users } = JSON.parse(await readFile(restricted(), 'utf8')) as { users: { user: { token: string } }[] }
  const log = await readFile(join(state(), 'report/run.log'), 'utf8')
  assert.equal(users.length, 1)
  assert.equal(log.includes(users[0]?.user.token ?? ''), false)
})

test('asked what a run would apply, the server says that all is as it is; nothing is changed by asking', async () => {
  const versions = () =>
    kubectl('get', 'deployments,crds,clusters,validatingwebhookconfigurations', '-A', '-o', 'jsonpath={..metadata.generation}')
  const before = await versions()
  const { exitCode, stdout } = await up({ 'dry-run': 'server' })
  assert.equal(exitCode, 0)
  assert.match(stdout, /^core: \d+ as they are$/m)
  assert.match(stdout, /^docker: \d+ as they are$/m)
  assert.equal(await versions(), before)
  const changed = await up({ 'dry-run': 'server', 'feature-gates': 'MachinePool=false', 'workload-variables': 'WORKER_MACHINE_COUNT=2' })
  assert.match(changed.stdout, /^ {2}~ Deployment capi-system\/capi-controller-manager: spec\.template\.spec\.containers\[0\]\.args/m)
  assert.match(changed.stdout, /^ {2}~ Cluster default\/demo: spec\.topology\.workers\.machineDeployments\[0\]\.replicas$/m)
  assert.equal(await versions(), before)
})

test('clusterctl describes the workload cluster', async () => {
  assert.match(await clusterctl('describe', 'cluster', 'demo'), /^Cluster default\/demo.* True +Available /m)
})

test('clusterctl upgrades the management cluster; machines are the same, and the cluster is Available again within a minute', async () => {
  const { clusterApi: newer } = testbed.second
  const before = await identities()
  assert.equal(before.length, 2)
  const plan = await clusterctl('upgrade', 'plan')
  for (const name of ['cluster-api', 'bootstrap-kubeadm', 'control-plane-kubeadm', 'infrastructure-docker'])
    assert.match(plan, new RegExp(`^${name} .*${newer.replaceAll('.', '\\.')}`, 'm'))
  await clusterctl('upgrade', 'apply', '--contract', 'v1beta2', '--wait-providers')
  await kubectl('wait', 'cluster', 'demo', '--for=condition=Available', '--timeout=60s')
  assert.deepEqual(await identities(), before)
  for (const namespace of NAMESPACES) assert.match(await imagesOf(namespace), new RegExp(`:${newer.replaceAll('.', '\\.')}$`), namespace)
})

test('clusterctl finds all that a move of the workload cluster takes along', async () => {
  const folder = join(scratch, 'moved')
  await mkdir(folder)
  await clusterctl('move', '--to-directory', folder)
  const kinds = new Set((await readdir(folder)).map(name => name.split('_')[0]))
  for (const kind of ['Cluster', 'ClusterClass', 'DevCluster', 'KubeadmControlPlane', 'MachineDeployment', 'Machine'])
    assert.ok(kinds.has(kind), `${kind} in ${[...kinds].join()}`)
})

test('down removes all of it', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': state() })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
