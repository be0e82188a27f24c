import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { KubeObject } from '../../src/manifests/object.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type ActRun, runWorkflow } from './act.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

interface Conditioned extends KubeObject {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

let testbed: Testbed
let proof: string
let earlier: Machine
let run: ActRun
const environment = () => jobEnvironment(testbed, '')
const read = (file: string) => readFile(join(proof, file), 'utf8')
const conditionOf = (object: Conditioned, type: string) => object.status.conditions.find(condition => condition.type === type)?.status

before(async () => {
  testbed = await startTestbed()
  proof = await mkdtemp(join(tmpdir(), 'capi-actions-proof-'))
  earlier = await lookAtMachine()
  run = await runWorkflow(await testbed.tool('act'), 'test/e2e/workflows/main-job.yml', { ...environment(), PROOF: proof })
})
after(() => rm(proof, { recursive: true, force: true }))

test('a workflow with uses: ./ ends well', () => {
  assert.equal(run.exitCode, 0)
})

test('the workload cluster is Available', async () => {
  assert.equal(conditionOf(JSON.parse(await read('cluster.json')), 'Available'), 'True')
})

test('all four providers run from images that were built from source', async () => {
  const { items } = JSON.parse(await read('deployments.json')) as {
    items: (Conditioned & { spec: { template: { spec: { containers: { image: string }[] } } } })[]
  }
  const managers = items.filter(({ metadata }) => metadata.namespace?.startsWith('cap'))
  assert.deepEqual(managers.map(({ metadata }) => metadata.name).toSorted(), [
    'capd-controller-manager',
    'capi-controller-manager',
    'capi-kubeadm-bootstrap-controller-manager',
    'capi-kubeadm-control-plane-controller-manager',
  ])
  for (const manager of managers) {
    assert.equal(conditionOf(manager, 'Available'), 'True')
    assert.match(manager.spec.template.spec.containers[0]?.image ?? '', /^localhost:5051\//)
  }
})

test('the inventory is what clusterctl reads', async () => {
  const { items } = JSON.parse(await read('providers.json')) as {
    items: (KubeObject & { type: string; providerName: string; version: string })[]
  }
  assert.deepEqual(items.map(({ type, providerName, version }) => `${type} ${providerName} ${version}`).toSorted(), [
    `BootstrapProvider kubeadm ${testbed.versions.clusterApi}`,
    `ControlPlaneProvider kubeadm ${testbed.versions.clusterApi}`,
    `CoreProvider cluster-api ${testbed.versions.clusterApi}`,
    `InfrastructureProvider docker ${testbed.versions.clusterApi}`,
  ])
  assert.match(await read('describe.txt'), /Cluster\/demo/)
})

test('all outputs are set and point at what is there', async () => {
  const outputs = JSON.parse(await read('outputs.json')) as Record<string, string>
  assert.deepEqual(Object.keys(outputs).toSorted(), [
    'clusterctl-config',
    'context',
    'images',
    'kubeconfig',
    'port-forwards',
    'providers',
    'registry',
    'report',
    'workload-kubeconfig',
    'workload-kubeconfigs',
  ])
  assert.equal(outputs.context, 'kind-e2e-action')
  assert.equal(outputs.registry, 'localhost:5051')
  assert.deepEqual(Object.keys(JSON.parse(outputs.images ?? '')).toSorted(), [
    'core',
    'docker',
    'kubeadm-bootstrap',
    'kubeadm-control-plane',
  ])
  assert.equal(JSON.parse(outputs.providers ?? '').length, 4)
  assert.match(await read('workload-kubeconfig'), /kind: Config/)
  assert.match(await readFile(join(proof, 'report', 'summary.md'), 'utf8'), /available demo/)
})

test('the containers were there during the job', async () => {
  const containers = (await read('containers.txt')).split('\n')
  assert.ok(containers.includes('e2e-action-control-plane'))
  assert.ok(containers.includes('e2e-action-registry'))
})

test('a later step reaches a project by the command that the action leaves on PATH', async () => {
  assert.match(await read('hello.txt'), /^hello from Kubernetes from hello-/)
  assert.match(run.log, /hello {2}http:\/\/localhost:18051 → service hello in default, port 80/)
  assert.match(run.log, /all ports at once, in a later step: capi-actions port-forward &/)
})

test('after the post step no container, network, volume or file of ours is left', async () => {
  assert.deepEqual(await lookAtMachine(), earlier)
  const temp = (await read('runner-temp')).trim()
  await assert.rejects(stat(join(temp, 'capi-actions')), { code: 'ENOENT' })
})

test('a job that fails in the middle says why in one sentence, and leaves nothing behind either', async () => {
  const source = await testbed.checkout(join(proof, 'broken'))
  await writeFile(join(source, 'broken.go'), 'package main\n\nfunc broken() int { return "text" }\n')
  const failed = await runWorkflow(await testbed.tool('act'), 'test/e2e/workflows/failing-job.yml', { ...environment(), SOURCE: source })
  assert.notEqual(failed.exitCode, 0)
  assert.match(failed.log, /::error.*the manager of core does not compile/)
  assert.match(failed.log, /removed container e2e-failing-registry/)
  assert.deepEqual(await lookAtMachine(), earlier)
})
