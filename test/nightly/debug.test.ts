/** A manager under Delve, as `debug` of tilt-settings asks for it: built here, running in the cluster, reached by the command that is shown. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { run } from '../e2e/clusterctl-init.ts'
import { type CommandRun, capiActions, demo } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { writeTinyProvider } from '../e2e/tiny-provider.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-debug'
const PORT = 30345

let testbed: Testbed
let scratch: string
let earlier: Machine
let made: CommandRun
let environment: Readonly<Record<string, string>>
const state = () => join(scratch, 'state')

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-debug-'))
  const source = join(scratch, 'cluster-api-provider-tiny')
  await writeTinyProvider(source, testbed.versions.golangImage)
  const race = process.arch === 'x64' ? ', race_detector: true' : ''
  await writeFile(join(source, 'tilt-settings.yaml'), `debug: {tiny: {port: ${PORT}, profiler_port: 40345${race}}}\n`)
  earlier = await lookAtMachine()
  environment = { KUBECONFIG: join(state(), 'kubeconfig') }
  made = await capiActions(testbed, 'up', {
    ...(await demo(testbed)),
    repository: source,
    providers: 'tiny',
    'enable-core-provider': 'false',
    'cert-manager': 'false',
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5099',
    'state-dir': state(),
    'cache-dir': join(scratch, 'cache'),
  })
})
after(async () => {
  await capiActions(testbed, 'down', { 'state-dir': state() })
  await rm(scratch, { recursive: true, force: true })
})

/** One call of Delve's API, as editors make them. */
async function callDelve(method: string): Promise<Readonly<Record<string, unknown>>> {
  const socket = connect(PORT, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(JSON.stringify({ method: `RPCServer.${method}`, params: [{}], id: 1 }))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return JSON.parse(answer.toString()).result
}

test('the manager runs under Delve, which is reached by the command that is shown', async () => {
  assert.equal(made.exitCode, 0, made.stderr)
  const [, command = ''] = /debugger of tiny: (kubectl .*), then localhost:30345/.exec(made.stdout) ?? []
  const [, ...args] = command.split(' ')
  const forward = spawn(await testbed.tool('kubectl'), args, { env: { ...process.env, ...environment } })
  try {
    await once(forward.stdout, 'data')
    assert.match(String((await callDelve('GetVersion')).DelveVersion), /Version: 1\./)
  } finally {
    forward.kill()
  }
})

test('it runs, without leader election, and its profiler is asked for', async () => {
  const kubectl = await testbed.tool('kubectl')
  const said = await run(kubectl, ['-n', 'tiny-system', 'logs', 'deployment/tiny-controller-manager'], environment)
  assert.match(said, /built by go, extra "", arguments \["--leader-elect=false" "--profiler-address=:6060"\]/)
})

test('its executable is not optimised, and has the race detector', { skip: process.arch !== 'x64' }, async () => {
  const [folder = ''] = await readdir(join(scratch, 'cache/managers'))
  const { stdout } = await promisify(execFile)('go', ['version', '-m', join(scratch, 'cache/managers', folder, 'tiny')])
  assert.match(stdout, /-race=true/)
  assert.match(stdout, /all=-N -l/)
})

test('nothing is left on the machine', async () => {
  await capiActions(testbed, 'down', { 'state-dir': state() })
  assert.deepEqual(await lookAtMachine(), earlier)
})
