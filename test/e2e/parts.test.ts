/** Each action by itself, one after another in a job of a repository that doesn't hold them, on a real cluster. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { KubeObject } from '../../src/manifests/object.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type ActRun, runElsewhere, standInsFor } from './act.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

type Outputs = Readonly<Record<string, string>>
interface Conditioned extends KubeObject {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
}

let testbed: Testbed
let proof: string
let earlier: Machine
let run: ActRun
let outputs: Readonly<Record<'tools' | 'cluster' | 'images' | 'certManager' | 'providers' | 'workload' | 'diagnostics', Outputs>>
const environment = () => ({ ...jobEnvironment(testbed, 'CAPI_ACTIONS_'), PROOF: proof })
const read = (file: string) => readFile(join(proof, file), 'utf8')
const parsed = (text: string | undefined) => JSON.parse(text ?? '')

before(async () => {
  testbed = await startTestbed()
  proof = await mkdtemp(join(tmpdir(), 'capi-actions-parts-'))
  earlier = await lookAtMachine()
  const standIns = await standInsFor('actions/collect-diagnostics/action.yml')
  run = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/parts.yml', environment(), standIns)
  outputs = parsed(await read('outputs.json').catch(() => '{}'))
})
after(() => rm(proof, { recursive: true, force: true }))

test('a workflow with one step for each part ends well', () => assert.equal(run.exitCode, 0))

test('setup-tools puts the wanted versions on PATH, and no other tool', () => {
  assert.equal(outputs.tools['kubectl-version'], testbed.versions.kubernetes)
  assert.equal(outputs.tools['clusterctl-version'], testbed.versions.clusterApi)
  assert.equal(outputs.tools['kustomize-path'], undefined)
})

test('create-cluster hands out kubeconfig, context, registry and node image, and sets KUBECONFIG', async () => {
  const { kubeconfig, context, registry, 'node-image': nodeImage } = outputs.cluster
  assert.equal(context, 'kind-e2e-parts')
  assert.equal(registry, 'localhost:5056')
  assert.equal(nodeImage, `kindest/node:${testbed.versions.kubernetes}`)
  assert.equal((await read('kubeconfig-variable')).trim(), kubeconfig)
})

test('build-images hands out each image with its digest', () => {
  const images = parsed(outputs.images.images) as Record<string, string>
  assert.deepEqual(Object.keys(images).toSorted(), ['core', 'docker', 'kubeadm-bootstrap', 'kubeadm-control-plane'])
  for (const image of Object.values(images)) assert.match(image, /^localhost:5056\/[a-z-]+:[0-9a-f]{16}@sha256:[0-9a-f]{64}$/)
  assert.equal(outputs.images.reused, '[]')
})

test('deploy-cert-manager says what it has deployed', () => {
  assert.equal(outputs.certManager.version, testbed.versions.certManager)
  assert.equal(outputs.certManager.present, 'false')
})

test('deploy-providers deploys the images that build-images has pushed, and all of them are Available', async () => {
  const images = parsed(outputs.images.images) as Record<string, string>
  const providers = parsed(outputs.providers.providers) as Record<string, { version: string; namespace: string; image: string }>
  assert.deepEqual(
    Object.fromEntries(Object.entries(providers).map(([name, { image }]) => [name, image])),
    Object.fromEntries(Object.entries(images).map(([name, image]) => [name, image.split('@')[0]])),
  )
  assert.equal(providers.docker?.namespace, 'capd-system')
  const { items } = parsed(await read('deployments.json')) as { items: Conditioned[] }
  const managers = items.filter(({ metadata }) => metadata.namespace?.startsWith('cap'))
  assert.equal(managers.length, 4)
  for (const { status } of managers) assert.equal(status.conditions.find(({ type }) => type === 'Available')?.status, 'True')
})

test('apply-template hands out the conditions of a cluster that is Available, and its kubeconfig', async () => {
  assert.equal(`${outputs.workload.namespace}/${outputs.workload.name}`, 'default/parts')
  const conditions = parsed(outputs.workload.conditions) as { type: string; status: string }[]
  assert.equal(conditions.find(({ type }) => type === 'Available')?.status, 'True')
  const cluster = parsed(await read('cluster.json')) as Conditioned
  assert.equal(cluster.status.conditions.find(({ type }) => type === 'Available')?.status, 'True')
})

test('collect-diagnostics uploads an index, objects and logs of all parts, and no Secret', async () => {
  assert.equal(outputs.diagnostics['artifact-id'], '1')
  const [artifact = ''] = await readdir(join(proof, 'artifacts'))
  assert.match(artifact, /^capi-diagnostics-parts-[0-9a-f]{8}$/)
  const folder = join(proof, 'artifacts', artifact)
  const files = (await readdir(folder, { recursive: true })).toSorted()
  assert.match(await readFile(join(folder, 'index.md'), 'utf8'), /parts/)
  for (const name of ['clusters', 'machines', 'certificates'])
    assert.ok(
      files.some(file => file.includes(name)),
      `${name} in ${files.join(' ')}`,
    )
  assert.ok(
    files.some(file => file.includes('capd-controller-manager') && file.endsWith('.log')),
    files.join(' '),
  )
  assert.deepEqual(
    files.filter(file => /(^|\/)secrets/.test(file)),
    [],
  )
})

test('each job of a matrix uploads its diagnostics under a name of its own', async () => {
  const folder = join(proof, 'matrix')
  const standIns = await standInsFor('actions/collect-diagnostics/action.yml')
  const matrix = await runElsewhere(
    await testbed.tool('act'),
    'test/e2e/workflows/diagnostics.yml',
    { ...environment(), PROOF: folder },
    standIns,
  )
  assert.equal(matrix.exitCode, 0)
  const names = await readdir(join(folder, 'artifacts'))
  assert.equal(names.length, 2, names.join(' '))
})

test('each post step removes what its step has made, the last step first, and nothing is left', async () => {
  const removed = [...run.log.matchAll(/\| (removed .*)$/gm)].map(([, sentence]) => sentence?.trim())
  const order = ['removed workload cluster parts', 'removed kind cluster e2e-parts', 'removed container e2e-parts-registry']
  assert.deepEqual(
    removed.filter(sentence => order.includes(sentence ?? '')),
    order,
  )
  assert.deepEqual(await lookAtMachine(), earlier)
})

test('step-by-step calls its siblings one after another, and hands out what they do', async () => {
  const steps = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/step-by-step.yml', environment())
  assert.equal(steps.exitCode, 0)
  const { kubeconfig, context, registry, images, providers, ...rest } = parsed(await read('steps.json'))
  assert.match(kubeconfig, /e2e-steps\/kubeconfig$/)
  assert.equal(`${context} ${registry}`, 'kind-e2e-steps localhost:5057')
  assert.deepEqual(Object.keys(parsed(images)), ['core'])
  assert.equal(parsed(providers).core.namespace, 'capi-system')
  assert.equal(rest['node-image'], `kindest/node:${testbed.versions.kubernetes}`)
  assert.equal(rest.reused, '[]')
  assert.equal(`${rest['cert-manager-version']} ${rest['cert-manager-present']}`, `${testbed.versions.certManager} false`)
  assert.match(rest['clusterctl-config'], /\.yaml$/)
  assert.deepEqual(await lookAtMachine(), earlier)
})

test('a step that fails says why, in the log and on the page of the job, the steps after it do nothing, and what the steps before it have made is removed', async () => {
  const source = await testbed.checkout(join(proof, 'broken'))
  await writeFile(join(source, 'broken.go'), 'package main\n\nfunc broken() int { return "text" }\n')
  const env = { ...environment(), SOURCE: source }
  const failed = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/step-by-step.yml', env)
  assert.notEqual(failed.exitCode, 0)
  assert.match(failed.log, /::error.*the manager of core does not compile/)
  assert.match(failed.log, /### capi-actions create-cluster: ✔ done[\s\S]*### capi-actions build-images: ✖ failed/)
  assert.match(failed.log, /Failure - Main capi-actions\/capi-actions\/actions\/build-images@v/)
  assert.doesNotMatch(failed.log, /Run Main capi-actions\/capi-actions\/actions\/deploy-/)
  assert.match(failed.log, /removed kind cluster e2e-steps/)
  assert.deepEqual(await lookAtMachine(), earlier)
})
