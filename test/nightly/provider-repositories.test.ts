/** Repositories of providers that nobody here wrote, unmodified: each by `provider-repos` and `providers` alone, from source, together on one real cluster beside released core. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../e2e/clusterctl-init.ts'
import { type CommandRun, capiActions, demo, type Options } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { extras } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { repositoryVersions } from '../testbed/versions.ts'

const NAME = 'e2e-repositories'

/** Of two clouds that nobody here has: their managers look at them when there is a machine to make. */
const KEYS = {
  GCP_B64ENCODED_CREDENTIALS: Buffer.from('{"type": "service_account"}').toString('base64'),
  VSPHERE_USERNAME: 'nobody',
  VSPHERE_PASSWORD: 'opens-nothing',
}

let testbed: Testbed
let scratch: string
let earlier: Machine
let outcome: CommandRun
const kubectl = async (...args: string[]) =>
  run(await testbed.tool('kubectl'), args, { ...testbed.env, KUBECONFIG: join(scratch, 'state/kubeconfig') })

before(async () => {
  testbed = await startTestbed({ extras: [extras['image-kube-rbac-proxy']] })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-repositories-'))
  earlier = await lookAtMachine()
  const clones = await Promise.all(
    (['operator', 'addon-helm', 'k3s', 'gcp', 'vsphere'] as const).map(name => testbed.repository(name, join(scratch, name))),
  )
  const { repository: _, 'capi-version': __, ...surroundings } = await demo(testbed)
  const options: Options = {
    ...surroundings,
    'provider-repos': clones.join(','),
    providers: `core:${testbed.versions.clusterApi} capi-operator helm k3s-bootstrap k3s-control-plane gcp vsphere`,
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5372',
    'state-dir': join(scratch, 'state'),
    'cache-dir': join(scratch, 'cache'),
    timeout: '5m',
  }
  outcome = await capiActions(testbed, 'up', options, { environment: KEYS })
})
after(async () => {
  await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })
  await rm(scratch, { recursive: true, force: true })
})

test('six providers of five repositories, two of large clouds among them, are built and Available beside released core', async () => {
  assert.equal(outcome.exitCode, 0)
  const columns = 'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Available")].status}{"\\n"}{end}'
  const deployments = (await kubectl('get', 'deployments', '-A', '-o', columns)).split('\n')
  for (const name of [
    'capi-controller-manager',
    'capi-operator-controller-manager',
    'caaph-controller-manager',
    'capi-k3s-bootstrap-controller-manager',
    'capi-k3s-control-plane-controller-manager',
    'capg-controller-manager',
    'capv-controller-manager',
  ])
    assert.ok(deployments.includes(`${name} True`), `${name} in\n${deployments.join('\n')}`)
})

test('two managers of one module run from two images', async () => {
  const images = await kubectl('get', 'pods', '-A', '-o', 'jsonpath={range .items[*]}{.spec.containers[*].image}{"\\n"}{end}')
  for (const name of ['bootstrap-controller', 'controlplane-controller'])
    assert.match(images, new RegExp(`^localhost:5372/${name}:[0-9a-f]+ `, 'm'))
})

test('a sidecar whose image is gone runs from where it is now, and the run says so', async () => {
  const images = await kubectl('get', 'pods', '-A', '-o', 'jsonpath={range .items[*]}{.spec.containers[*].image}{"\\n"}{end}')
  assert.match(images, / quay\.io\/brancz\/kube-rbac-proxy:v0\.16\.0$/m)
  assert.match(await readFile(join(scratch, 'state/report/run.log'), 'utf8'), /gcr\.io\/kubebuilder\/kube-rbac-proxy:v0\.16\.0 is gone/)
})

test('the inventory has what clusterctl knows of, under its own types, and the operator, which it does not know, is left out', async () => {
  const columns = 'jsonpath={range .items[*]}{.type} {.providerName} {.version}{"\\n"}{end}'
  assert.deepEqual((await kubectl('get', 'providers', '-A', '-o', columns)).trim().split('\n').toSorted(), [
    `AddonProvider helm ${repositoryVersions['addon-helm']}`,
    `BootstrapProvider k3s ${repositoryVersions.k3s}`,
    `ControlPlaneProvider k3s ${repositoryVersions.k3s}`,
    `CoreProvider cluster-api ${testbed.versions.clusterApi}`,
    `InfrastructureProvider gcp ${repositoryVersions.gcp}`,
    'InfrastructureProvider vsphere v1.16.99',
  ])
})

test('clusterctl plans upgrades by the clusterctl.yaml that is left', async () => {
  const env = { ...testbed.env, KUBECONFIG: join(scratch, 'state/kubeconfig'), CLUSTERCTL_DISABLE_VERSIONCHECK: 'true' }
  const config = join(scratch, 'state/clusterctl/clusterctl.yaml')
  const plan = await run(await testbed.tool('clusterctl'), ['upgrade', 'plan', '--config', config], env)
  for (const name of ['addon-helm', 'bootstrap-k3s', 'control-plane-k3s', 'cluster-api', 'infrastructure-gcp'])
    assert.match(plan, new RegExp(`^${name} `, 'm'))
})

const ASKED = `
apiVersion: operator.cluster.x-k8s.io/v1alpha2
kind: InfrastructureProvider
metadata: { name: docker, namespace: default }
spec: { version: v1.13.4 }
---
apiVersion: addons.cluster.x-k8s.io/v1alpha1
kind: HelmChartProxy
metadata: { name: nginx, namespace: default }
spec: { clusterSelector: { matchLabels: { none: none } }, chartName: nginx, repoURL: 'https://charts.test', namespace: default }
`

test('the operator and helm see what is asked of them: each says in what state it is', async () => {
  const file = join(scratch, 'asked.yaml')
  await writeFile(file, ASKED)
  await kubectl('apply', '--filename', file)
  for (const object of ['infrastructureprovider.operator.cluster.x-k8s.io/docker', 'helmchartproxy/nginx'])
    await kubectl('wait', '--namespace=default', object, '--for=jsonpath={.status.conditions[0].type}', '--timeout=60s')
})

test('down leaves nothing on the machine', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
