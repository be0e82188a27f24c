/** A manager under Delve, as `debug` of tilt-settings asks for it: built here, running in the cluster, reached by port-forward. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { run } from '../e2e/clusterctl-init.ts'
import { type CommandRun, capiActions, demo } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { portForward } from '../e2e/port-forward.ts'
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
const source = () => join(scratch, 'cluster-api-provider-tiny')

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-debug-'))
  await writeTinyProvider(source(), testbed.versions.golangImage)
  const race = process.arch === 'x64' ? ', race_detector: true' : ''
  await writeFile(join(source(), 'tilt-settings.yaml'), `debug: {tiny: {port: ${PORT}, profiler_port: 40345${race}}}\n`)
  earlier = await lookAtMachine()
  environment = { KUBECONFIG: join(state(), 'kubeconfig') }
  made = await up()
})
const up = async () =>
  capiActions(testbed, 'up', {
    ...(await demo(testbed)),
    repository: source(),
    providers: 'tiny',
    'enable-core-provider': 'false',
    'cert-manager': 'false',
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5099',
    'state-dir': state(),
    'cache-dir': join(scratch, 'cache'),
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
  const ended = once(socket, 'close').then(() => assert.fail('Delve does not answer'))
  ended.catch(() => {})
  const [answer] = (await Promise.race([once(socket, 'data'), ended])) as [Buffer]
  socket.destroy()
  return JSON.parse(answer.toString()).result
}

async function callUntilAnswered(method: string): Promise<Readonly<Record<string, unknown>>> {
  for (let tries = 0; ; tries++) {
    try {
      return await callDelve(method)
    } catch (error) {
      if (tries === 20) throw error
      await sleep(500)
    }
  }
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

test('port-forward opens all its ports; when its pod goes an editor attaches anew at the same one', async () => {
  const forwarding = await portForward(['--state-dir', state()])
  const kubectl = await testbed.tool('kubectl')
  const pods = ['-n', 'tiny-system', 'get', 'pods', '--selector=app=tiny', '--output=jsonpath={.items[*].metadata.name}']
  try {
    const first = await run(kubectl, pods, environment)
    assert.match(String((await callDelve('GetVersion')).DelveVersion), /Version: 1\./)
    await run(kubectl, ['-n', 'tiny-system', 'delete', 'pod', first], environment)
    assert.match(String((await callUntilAnswered('GetVersion')).DelveVersion), /Version: 1\./)
    await callDelve('GetVersion')
    const second = await run(kubectl, pods, environment)
    // There may have been no pod for a moment, and Delve may not have listened yet, which is said too.
    const said = forwarding.said().split('\n')
    assert.deepEqual(
      said.filter(line => !/nothing listens|connections wait for one/.test(line)),
      [
        `tiny debugger  ${`localhost:${PORT}`.padEnd(34)} → deployment tiny-controller-manager in tiny-system, port 30000`,
        'tiny profiler  http://localhost:40345/debug/pprof → deployment tiny-controller-manager in tiny-system, port 6060',
        `tiny debugger: pod ${first} is gone, connected to ${second}`,
        '',
      ],
    )
  } finally {
    assert.equal(await forwarding.end('SIGTERM'), 0)
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

test('an entry without a port runs the manager under Delve too, as Tilt has it, and optimised', async () => {
  await writeFile(join(source(), 'tilt-settings.yaml'), 'debug: {tiny: {}}\n')
  const again = await up()
  assert.equal(again.exitCode, 0, again.stderr)
  assert.doesNotMatch(again.stdout, /debugger of tiny/)
  const kubectl = await testbed.tool('kubectl')
  const command = ['-n', 'tiny-system', 'get', 'deployment', 'tiny-controller-manager', '--output=jsonpath={..containers[0].command}']
  assert.equal(
    await run(kubectl, command, environment),
    '["/dlv","--accept-multiclient","--api-version=2","--headless=true","exec","--continue","--","/tiny/cmd"]',
  )
  const said = await run(kubectl, ['-n', 'tiny-system', 'logs', 'deployment/tiny-controller-manager'], environment)
  assert.match(said, /API server listening at: 127\.0\.0\.1:/)
  assert.match(said, /built by go, extra "", arguments \["--leader-elect=false"\]/)
  const { exitCode, stderr } = await capiActions(testbed, 'port-forward', { 'state-dir': state() })
  assert.deepEqual([exitCode, stderr.split('\n')[0]], [1, '✖ there is no port to forward'])
})

test('nothing is left on the machine', async () => {
  await capiActions(testbed, 'down', { 'state-dir': state() })
  assert.deepEqual(await lookAtMachine(), earlier)
})
