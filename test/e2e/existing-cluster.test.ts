/** The recipe for a cluster that is there, run as its page says: its shell commands make the service account, its workflow deploys with that and takes it back. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { bringUp, down } from '../../src/run/up.ts'
import { loadSettings } from '../../src/settings/load.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { root } from '../workflow-files.ts'
import { type ActRun, runElsewhere, standInsFor } from './act.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment, lines } from './mirrors.ts'

const RECIPE = 'docs/recipes/existing-cluster.yml'
const CLUSTER = 'e2e-recipe-existing'
const PORT = 5073

let testbed: Testbed
let proof: string
let settings: Settings
let machine: Machine
let namespaces: readonly string[]
let run: ActRun

const work = { signal: new AbortController().signal, log: console.log, waiting: () => {} }
const kubectl = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(await testbed.tool('kubectl'), ['--kubeconfig', settings.kubeconfigFile, ...args])
  return stdout
}
const namespacesThere = async () => (await kubectl('get', 'namespaces', '--output', 'name')).trimEnd().split('\n')
const read = (file: string) => readFile(join(root, file), 'utf8')

before(async () => {
  testbed = await startTestbed()
  proof = await mkdtemp(join(tmpdir(), 'capi-actions-existing-'))
  settings = await someonesCluster()
  const kubeconfig = await serviceAccount()
  namespaces = await namespacesThere()
  machine = await lookAtMachine()
  run = await runRecipe(kubeconfig)
})
after(async () => {
  await down(settings, work)
  await rm(proof, { recursive: true, force: true })
})

/** A kind cluster with a registry that its nodes pull from: what a cloud would have. */
async function someonesCluster(): Promise<Settings> {
  const loaded = await loadSettings({
    given: {
      'cluster-name': CLUSTER,
      'registry-name': `${CLUSTER}-registry`,
      'registry-port': String(PORT),
      'kubernetes-version': testbed.versions.kubernetes,
      'download-mirrors': lines(testbed.downloadMirrors),
      'image-mirrors': lines(testbed.imageMirrors),
      'state-dir': join(proof, 'state'),
    },
    env: { ...process.env, ...testbed.env },
    cwd: proof,
  })
  const outcome = await bringUp(loaded, ['cluster'], { listener: () => {}, signal: work.signal })
  if ('failure' in outcome) throw outcome.failure
  return loaded
}

/** The kubeconfig that the page's commands hand to `gh secret set`. */
async function serviceAccount(): Promise<string> {
  const commands = join(proof, 'bin')
  await mkdir(commands)
  await writeFile(join(commands, 'gh'), '#!/bin/sh\necho "gh $*" >> "$PROOF/gh.txt"; cat > "$PROOF/secret"\n')
  await chmod(join(commands, 'gh'), 0o755)
  const blocks = [...(await read(RECIPE.replace(/yml$/, 'md'))).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, script]) => script)
  assert.equal(blocks.length, 2)
  const path = [commands, dirname(await testbed.tool('kubectl')), process.env.PATH].join(':')
  await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', blocks.join('\n')], {
    cwd: commands,
    env: { PATH: path, HOME: proof, PROOF: proof, KUBECONFIG: settings.kubeconfigFile },
  })
  assert.equal(await readFile(join(proof, 'gh.txt'), 'utf8'), 'gh secret set MANAGEMENT_KUBECONFIG --env management-cluster\n')
  return await readFile(join(proof, 'secret'), 'utf8')
}

/** With the registry that these nodes can reach in the place of GHCR. */
async function runRecipe(kubeconfig: string): Promise<ActRun> {
  const workflow = join(proof, 'existing-cluster.yml')
  const registry = /registry: (ghcr\.io\/.*)$/m.exec(await read(RECIPE))?.[1] ?? assert.fail('the recipe names no registry')
  await writeFile(workflow, (await read(RECIPE)).replace(registry, `localhost:${PORT}/someone`))
  const env = {
    ...jobEnvironment(testbed, 'CAPI_ACTIONS_'),
    CAPI_ACTIONS_CAPI_VERSION: testbed.versions.clusterApi,
    CAPI_ACTIONS_CERT_MANAGER_VERSION: testbed.versions.certManager,
  }
  const secrets = ['--secret', `MANAGEMENT_KUBECONFIG=${kubeconfig}`, '--secret', 'GITHUB_TOKEN=nobody-asks-for-it']
  return runElsewhere(await testbed.tool('act'), workflow, env, [...secrets, ...(await standInsFor(RECIPE))], {
    holds: testbed.source(),
    commands: dirname(await testbed.tool('kubectl')),
  })
}

test('the core provider is deployed to the cluster with the rights of the service account', () => {
  assert.equal(run.exitCode, 0)
  assert.match(run.log, /✔ ready core/)
  assert.match(run.log, /capi-controller-manager +1\/1/)
})

test('the post step takes back what it made; the cluster and what was in it before stay', async () => {
  assert.match(run.log, /removed \d+ objects in management/)
  assert.deepEqual(await namespacesThere(), namespaces)
  assert.equal((await kubectl('get', 'customresourcedefinitions', '--output', 'name')).trim(), '')
  assert.match(await kubectl('get', 'clusterrole', 'capi-actions'), /capi-actions/)
  assert.deepEqual(await lookAtMachine(), machine)
})

test('the kubeconfig stands in a file that nobody else can read, and its token is in no log', async () => {
  const { jobs } = parse(await read(RECIPE)) as { jobs: { core: { steps: { name?: string; run?: string }[] } } }
  const script = jobs.core.steps.find(({ name }) => name === 'Write the kubeconfig')?.run ?? assert.fail('no such step')
  const temp = await mkdtemp(join(proof, 'runner-'))
  await promisify(execFile)('bash', ['-e', '-c', script], { env: { PATH: process.env.PATH, RUNNER_TEMP: temp, TEXT: 'text' } })
  assert.equal((await stat(join(temp, 'management.kubeconfig'))).mode & 0o777, 0o600)
  const token = /token: (\S+)/.exec(await readFile(join(proof, 'secret'), 'utf8'))?.[1] ?? assert.fail('no token')
  assert.ok(!run.log.includes(token))
})
