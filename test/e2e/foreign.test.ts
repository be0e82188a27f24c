/** Beside steps of others: their cluster, their image; what we make in it is taken back out of it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { connect } from '../../src/kube/connect.ts'
import { list } from '../../src/kube/read.ts'
import { startTestbed } from '../testbed/testbed.ts'
import { type ActRun, runElsewhere } from './act.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

let proof: string
let earlier: Machine
let run: ActRun
const parsed = async (file: string) => JSON.parse(await readFile(join(proof, file), 'utf8'))

before(async () => {
  const testbed = await startTestbed()
  proof = await mkdtemp(join(tmpdir(), 'capi-actions-foreign-'))
  await mkdir(join(proof, 'image'))
  earlier = await lookAtMachine()
  const environment = { ...jobEnvironment(testbed, 'CAPI_ACTIONS_'), PROOF: proof, QUAY_MIRROR: testbed.imageMirrors['quay.io'] ?? '' }
  run = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/foreign.yml', environment)
})
after(async () => {
  await promisify(execFile)('docker', ['rm', '--force', '--volumes', 'e2e-foreign-control-plane'])
  await rm(proof, { recursive: true, force: true })
})

/** Names of all objects of a kind, sorted. */
async function names(apiVersion: string, kind: string): Promise<string[]> {
  const kube = await connect(join(proof, 'kubeconfig'))
  const found = await list(kube, { apiVersion, kind }, AbortSignal.timeout(10_000))
  kube.close()
  return found.map(({ metadata }) => metadata.name).toSorted()
}

test('a provider is deployed to a cluster of somebody else with an image of somebody else', async () => {
  assert.equal(run.exitCode, 0)
  const { core } = await parsed('providers.json')
  assert.equal(`${core.namespace} ${core.image}`, 'capi-system example.org/team/core:v1')
  const { items } = await parsed('deployments.json')
  assert.equal(items.length, 1)
  assert.equal(items[0].spec.template.spec.containers[0].image, 'example.org/team/core:v1')
  assert.equal(items[0].status.availableReplicas, 1)
})

test('the cluster stays, and nothing that was made in it', async () => {
  assert.deepEqual(await names('v1', 'Namespace'), ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
    assert.deepEqual(await names('admissionregistration.k8s.io/v1', kind), [])
  assert.deepEqual(await names('apiextensions.k8s.io/v1', 'CustomResourceDefinition'), [])
  for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'])
    assert.deepEqual(
      (await names('rbac.authorization.k8s.io/v1', kind)).filter(name => /cert-manager|cap[ik]/.test(name)),
      [],
    )
  const { containers, ...others } = await lookAtMachine()
  assert.deepEqual(
    { ...others, containers: containers.filter(name => name !== 'e2e-foreign-control-plane') },
    // Their kind has made its network, where nobody had before.
    { ...earlier, volumes: others.volumes, networks: [...new Set([...earlier.networks, 'kind'])].toSorted() },
  )
})

test('each post step says what it has removed', () => {
  const removed = [...run.log.matchAll(/\| (removed \d+ objects .*)$/gm)].map(([, sentence]) => sentence?.trim().replace(/\d+/, 'N'))
  assert.deepEqual(removed, ['removed N objects in kind-e2e-foreign', 'removed N objects in kind-e2e-foreign'])
})
