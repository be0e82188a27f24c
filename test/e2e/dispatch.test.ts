/** The workflow that is started by hand, with inputs as `gh workflow run` sends them, and the same called from another repository; third-party actions have stand-ins. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { askInstead, chartRepository, visualizerChart } from '../chart-repository.ts'
import { extras } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { root } from '../workflow-files.ts'
import { runElsewhere, standInsFor } from './act.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

const WORKFLOW = '.github/workflows/provider-e2e.yml'

let testbed: Testbed
let proof: string
let earlier: Machine

before(async () => {
  testbed = await startTestbed({ extras: [extras['helm-archive']] })
  proof = await mkdtemp(join(tmpdir(), 'capi-actions-dispatch-'))
  earlier = await lookAtMachine()
})
after(() => rm(proof, { recursive: true, force: true }))

const environment = (cluster: string, port: number, source = testbed.source()) => ({
  ...jobEnvironment(testbed, 'CAPI_ACTIONS_'),
  SOURCE: source,
  PROOF: proof,
  CAPI_ACTIONS_CLUSTER_NAME: cluster,
  CAPI_ACTIONS_REGISTRY_NAME: `${cluster}-registry`,
  CAPI_ACTIONS_REGISTRY_PORT: String(port),
  CAPI_ACTIONS_CERT_MANAGER_VERSION: testbed.versions.certManager,
})

async function dispatched(inputs: Readonly<Record<string, string | number>>, env: Readonly<Record<string, string>>) {
  const event = join(proof, 'event.json')
  await writeFile(event, JSON.stringify({ inputs }))
  return runElsewhere(await testbed.tool('act'), WORKFLOW, env, ['--eventpath', event, ...(await standInsFor(WORKFLOW))])
}

test('inputs of a dispatched run reach the action, as text and lists', async () => {
  const source = await testbed.checkout(join(proof, 'observed'))
  await using charts = await chartRepository(await testbed.tool('helm'), visualizerChart(`registry.k8s.io/pause:${testbed.versions.pause}`))
  await askInstead(join(source, 'hack/observability/visualizer/kustomization.yaml'), charts)
  const inputs = {
    providers: 'kubeadm-bootstrap,kubeadm-control-plane,docker',
    'capi-version': testbed.versions.clusterApi,
    'kubernetes-version': testbed.versions.kubernetes,
    flavor: 'in-memory',
    variables: 'WORKER_MACHINE_COUNT=1',
    observability: 'visualizer',
  }
  const env = { ...environment('e2e-dispatch', 5058, source), CAPI_ACTIONS_HELM_VERSION: testbed.versions.helm }
  const run = await dispatched(inputs, env)
  assert.equal(run.exitCode, 0)
  for (const name of ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker']) assert.match(run.log, new RegExp(`✔ ready ${name}`))
  assert.match(run.log, /workload cluster: default\/demo, Available/)
  assert.match(run.log, /visualizer: kubectl --namespace observability port-forward deployment\/capi-visualizer 8000:8081/)
  assert.deepEqual(await lookAtMachine(), earlier)
})

test('a dispatched run that fails says why, uploads its report, keeps the cluster as long as wanted, and leaves nothing behind', async () => {
  const source = await testbed.checkout(join(proof, 'broken'))
  await writeFile(join(source, 'broken.go'), 'package main\n\nfunc broken() int { return "text" }\n')
  const inputs = {
    providers: 'core',
    'capi-version': testbed.versions.clusterApi,
    'kubernetes-version': testbed.versions.kubernetes,
    'keep-on-failure': 0.02,
  }
  const run = await dispatched(inputs, environment('e2e-dispatch', 5058, source))
  assert.notEqual(run.exitCode, 0)
  assert.match(run.log, /::error.*the manager of core does not compile/)
  assert.match(run.log, /The cluster stays for 0\.02 minutes on .*\. There: export KUBECONFIG=/)
  const [artifact = ''] = await readdir(join(proof, 'artifacts'))
  assert.match(await readFile(join(proof, 'artifacts', artifact, 'summary.md'), 'utf8'), /the manager of core does not compile/)
  assert.deepEqual(await lookAtMachine(), earlier)
})

test('another repository calls the workflow in five lines', async () => {
  const run = await runElsewhere(
    await testbed.tool('act'),
    'test/e2e/workflows/caller.yml',
    environment('e2e-called', 5059),
    await standInsFor(WORKFLOW),
  )
  assert.equal(run.exitCode, 0)
  assert.match(run.log, /✔ ready core/)
  assert.deepEqual(await lookAtMachine(), earlier)
})

const MATRIX = 'test/e2e/workflows/matrix.yml'

test('jobs are made of a planned matrix, one for each combination', async () => {
  const run = await runElsewhere(await testbed.tool('act'), MATRIX, { PROOF: proof })
  assert.equal(run.exitCode, 0)
  assert.deepEqual((await readFile(join(proof, 'cells.txt'), 'utf8')).trimEnd().split('\n').toSorted(), [
    'v1.13.4 v1.33.4, one of 4',
    'v1.13.4 v1.34.4, one of 4',
    'v1.14.2 v1.33.4, one of 4',
    'v1.14.2 v1.34.4, one of 4',
  ])
})

test('an action that is pinned to a commit is the same as by its tag', async () => {
  const commit = 'c0ffee'.padEnd(40, '0')
  const pinned = join(proof, 'pinned.yml')
  await writeFile(pinned, (await readFile(join(root, MATRIX), 'utf8')).replaceAll('@v1', `@${commit}`))
  await rm(join(proof, 'cells.txt'), { force: true })
  const run = await runElsewhere(await testbed.tool('act'), pinned, { PROOF: proof }, [], { refs: [commit] })
  assert.equal(run.exitCode, 0)
  assert.match(run.log, new RegExp(`capi-actions/capi-actions/actions/plan-matrix@${commit}`))
  assert.equal((await readFile(join(proof, 'cells.txt'), 'utf8')).trimEnd().split('\n').length, 4)
})
