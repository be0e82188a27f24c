/** Images in registries behind a login: pushed with it, pulled by a pull secret, and nothing of it to be read afterwards. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { PULL_SECRET } from '../../src/components/pull-secret.ts'
import { connect } from '../../src/kube/connect.ts'
import { list } from '../../src/kube/read.ts'
import type { KubeObject } from '../../src/manifests/object.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type ActRun, runElsewhere } from './act.ts'
import { type CommandRun, capiActions, demo } from './command.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'
import { PASSWORD, type PrivateRegistries, startRegistries, USER } from './private-registries.ts'

const NAME = 'e2e-registries'
const WRONG = 'Another-pa$$word-4711'
/** The passwords as they are, and as HTTP and pull secrets carry them. */
const SECRETS = [PASSWORD, WRONG].flatMap(one => [
  one,
  Buffer.from(`${USER}:${one}`).toString('base64'),
  Buffer.from(`"${one}"`).toString('base64'),
])

let testbed: Testbed
let registries: PrivateRegistries
let scratch: string
let earlier: Machine
let dockerConfig: string
let up: CommandRun
let pushes: ActRun
const commandLines = new Set<string>()
const state = () => join(scratch, 'state')
const readDockerConfig = () => readFile(join(homedir(), '.docker/config.json'), 'utf8').catch(() => 'none')

/** Reads the command lines of all processes, those in nodes too. */
async function lookAtProcesses(): Promise<void> {
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  for (const line of lines) commandLines.add(line.replaceAll('\0', ' '))
}

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-registries-test-'))
  dockerConfig = await readDockerConfig()
  registries = await startRegistries(NAME)
  earlier = await lookAtMachine()
  const options = {
    ...(await demo(testbed)),
    providers: 'core',
    'cluster-name': NAME,
    'state-dir': state(),
    registry: 'harbor.test:5090/project/sub',
    'registry-ca': registries.certificates.ca,
    'registry-username': USER,
  }
  const looking = setInterval(lookAtProcesses, 250)
  up = await capiActions(testbed, 'up', options, { environment: { ...registries.environment, CAPI_ACTIONS_REGISTRY_PASSWORD: PASSWORD } })
  const env = { ...jobEnvironment(testbed, 'CAPI_ACTIONS_'), ...registries.environment, PROOF: scratch, CA: registries.certificates.ca }
  pushes = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/registries.yml', { ...env, USER_NAME: USER }, [
    '--env-file',
    await secretFile(),
  ])
  clearInterval(looking)
})
after(async () => {
  await registries[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

/** act's command line would show them. */
async function secretFile(): Promise<string> {
  const file = join(scratch, '.passwords')
  await writeFile(file, `PASSWORD='${PASSWORD}'\nWRONG_PASSWORD='${WRONG}'\n`)
  return file
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

const found = (text: string): string[] => SECRETS.filter(secret => text.includes(secret))

test('a manager that was pushed with a password runs by the pull secret of its namespace', async () => {
  assert.equal(up.exitCode, 0)
  const kube = await connect(join(state(), 'kubeconfig'))
  const pods = await list<KubeObject & { spec: PodSpec; status: { phase: string } }>(
    kube,
    { apiVersion: 'v1', kind: 'Pod', namespace: 'capi-system' },
    AbortSignal.timeout(10_000),
  )
  assert.equal(pods.length, 1)
  assert.equal(pods[0]?.status.phase, 'Running')
  assert.match(pods[0]?.spec.containers[0]?.image ?? '', /^harbor\.test:5090\/project\/sub\/cluster-api-controller:[0-9a-f]{16}$/)
  assert.deepEqual(pods[0]?.spec.imagePullSecrets, [{ name: PULL_SECRET }])
  const secrets = await list<KubeObject>(kube, { apiVersion: 'v1', kind: 'Secret' }, AbortSignal.timeout(10_000))
  const pullSecrets = secrets.filter(secret => secret.type === 'kubernetes.io/dockerconfigjson')
  assert.deepEqual(
    pullSecrets.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`),
    [`capi-system/${PULL_SECRET}`],
  )
})

interface PodSpec {
  readonly containers: readonly { readonly image: string }[]
  readonly imagePullSecrets?: readonly { readonly name: string }[]
}

test('the registry gives nothing without the login, and the node pulled with it', async () => {
  const lines = (await registries.log('harbor.test')).split('\n')
  const pulled = lines.filter(line => line.includes('containerd/') && line.includes('"GET /v2/project/sub/cluster-api-controller/'))
  assert.ok(
    pulled.some(line => line.includes('" 401 ')),
    'a request without the login',
  )
  assert.ok(
    pulled.some(line => line.includes('" 200 ')),
    'a request with it',
  )
})

test('no local registry was started', async () => {
  assert.deepEqual(
    (await lookAtMachine()).containers.filter(name => !earlier.containers.includes(name)),
    [`${NAME}-control-plane`],
  )
})

test('a registry with a token service is pushed to with tokens for each repository', async () => {
  const outputs = JSON.parse(await readFile(join(scratch, 'outputs.json'), 'utf8')) as Record<string, string>
  assert.equal(outputs.registry, 'ghcr.test:5091/org/sub')
  const { core = '' } = JSON.parse(outputs.images ?? '') as Record<string, string>
  assert.match(core, /^ghcr\.test:5091\/org\/sub\/cluster-api-controller:[0-9a-f]{16}@sha256:[0-9a-f]{64}$/)
  assert.deepEqual(registries.tokens.slice(0, 2), [USER, `${USER} repository:org/sub/cluster-api-controller:pull,push`])
})

test('a wrong password, and a right that is missing, are one sentence each', async () => {
  assert.equal(pushes.exitCode, 0)
  assert.equal(await readFile(join(scratch, 'outcomes'), 'utf8'), 'failure success failure')
  const shown = [...pushes.log.matchAll(/::error::(.*)$/gm)].map(([, text = '']) => text.trim().split(/%0A\s*/))
  assert.deepEqual(shown, [
    [
      'registry harbor.test:5090 refuses the login of robot$ci',
      'harbor.test:5090 answers 401 UNAUTHORIZED, authentication required',
      '→ check registry-username and registry-password',
    ],
    [
      'robot$ci may not push to ghcr.test:5091/another/cluster-api-controller',
      'ghcr.test:5091 answers 401',
      '→ give this user, token or robot account the right to push there, or set another registry',
    ],
  ])
})

test('no log, report, record, node or command line has a password, and Docker has no new login', async () => {
  const texts = [up.stdout, up.stderr, pushes.log, ...commandLines]
  assert.deepEqual(texts.flatMap(found), [])
  const files = await filesBelow(state())
  assert.ok(files.some(file => file.endsWith('made.jsonl')) && files.some(file => file.endsWith('run.log')), files.join(' '))
  for (const file of files) assert.deepEqual(found(await readFile(file, 'utf8')), [], file)
  const { stdout } = await promisify(execFile)('docker', [
    'exec',
    `${NAME}-control-plane`,
    'sh',
    '-c',
    'cat $(find /etc/containerd /kind -type f) | base64 -w0',
  ])
  assert.deepEqual(found(Buffer.from(stdout, 'base64').toString('latin1')), [])
  assert.equal(await readDockerConfig(), dockerConfig)
})

test('down removes what was made, and leaves the registries as they are', async () => {
  const run = await capiActions(testbed, 'down', { 'state-dir': state() })
  assert.equal(run.exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
