import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { commandFor } from '../../../src/actions/later-steps.ts'
import { forwardLines } from '../../../src/cli/port-forward.ts'
import type { Made } from '../../../src/host/work.ts'
import type { Forward } from '../../../src/run/port-forwards.ts'
import { type FakeApiServer, fakeApiServer } from '../kube/fake-api-server.ts'
import { runBuilt } from './process.ts'

const forward = (name: string, local: number): Forward => ({
  name,
  address: `http://localhost:${local}`,
  way: { kind: 'Service', namespace: 'default', name, local, port: 80 },
})

let cwd: string
let api: FakeApiServer
let busy: Server
let port: number
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'port-forward-'))
  api = await fakeApiServer({
    'GET /api/v1': [
      {
        code: 200,
        body: {
          resources: [
            { name: 'services', kind: 'Service', namespaced: true },
            { name: 'pods', kind: 'Pod', namespaced: true },
          ],
        },
      },
    ],
    'GET /api/v1/namespaces/default/services/hello': [
      { code: 200, body: { metadata: { name: 'hello' }, spec: { selector: { app: 'hello' } } } },
    ],
    'GET /api/v1/namespaces/default/pods': [{ code: 200, body: { items: [] } }],
  })
  busy = createServer()
  await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve))
  const address = busy.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  await mkdir(join(cwd, 'state'))
  const kept = { format: 1, kubeconfig: api.kubeconfig, context: 'fake', forwards: [forward('hello', port), forward('gone', 18080)] }
  await writeFile(join(cwd, 'state/port-forwards.json'), JSON.stringify(kept))
})
after(async () => {
  busy.close()
  await api[Symbol.asyncDispose]()
  await rm(cwd, { recursive: true })
})

const run = (...args: readonly string[]) => runBuilt('capi-actions.js', { args: ['port-forward', ...args], cwd })

test('one line says what a port of this machine leads to', () => {
  const way = { kind: 'Deployment', namespace: 'capi-system', name: 'capi-controller-manager', local: 30000, port: 30000 } as const
  assert.deepEqual(forwardLines([{ name: 'core', what: 'debugger', way, address: 'localhost:30000' }, forward('hello', 8080)]), [
    'core debugger  localhost:30000       → deployment capi-controller-manager in capi-system, port 30000',
    'hello          http://localhost:8080 → service hello in default, port 80',
  ])
})

test('without a run there is nothing to forward, and the command says where it has looked', async () => {
  const { code, stderr } = await run('--state-dir', join(cwd, 'elsewhere'))
  assert.equal(code, 1)
  assert.deepEqual(stderr.split('\n').slice(0, 2), ['✖ there is no port to forward', `  no run has left any in ${join(cwd, 'elsewhere')}`])
})

test('a name that there is not ends with one sentence and the nearest name', async () => {
  const { code, stderr } = await run('--state-dir', 'state', 'helo')
  assert.equal(code, 1)
  assert.equal(stderr, '✖ there is no port to forward by the name helo, did you mean hello?\n  there are hello, gone\n')
})

test('a port that is taken ends with one sentence that says by what, and how to take another', async () => {
  const { code, stderr } = await run('--state-dir', 'state', 'hello')
  assert.equal(code, 1)
  const [what, why, remedy] = stderr.split('\n')
  assert.equal(what, `✖ port ${port} of this machine cannot be opened for hello`)
  assert.match(why ?? '', /^ {2}it is taken( by process node \(pid \d+\))?$/)
  assert.equal(remedy, `  → end what has it, or take another: hello=${port + 1}`)
})

test('what is not in the cluster any more ends with one sentence', async () => {
  const { code, stderr } = await run('--state-dir', 'state', 'gone')
  assert.equal(code, 1)
  assert.match(stderr, /^✖ Service default\/gone is not there\n/)
})

test('ports stay open until the command is interrupted, which is a good end', async () => {
  const { code, stdout, stderr } = await runBuilt('capi-actions.js', {
    args: ['port-forward', '--state-dir', 'state', 'hello=18081'],
    cwd,
    onFirstLine: child => child.kill('SIGTERM'),
  })
  assert.deepEqual([code, stdout, stderr], [0, 'hello  http://localhost:18081 → service hello in default, port 80\n', ''])
})

test('later steps of a job have the command, with the state of the step and its Node, and clean-up knows of it', async () => {
  const recorded: Made[] = []
  const stateDir = join(cwd, "it's $HOME")
  const { way, address: page } = forward('hello', 8080)
  const projects = [{ name: 'hello', image: 'hello:a', reach: { way, command: 'kubectl …', page } }]
  const [folder = ''] = await commandFor({ projects }, { stateDir }, made => recorded.push(made))
  assert.deepEqual(recorded, [
    { kind: 'path', path: stateDir },
    { kind: 'path', path: folder },
  ])
  const script = join(folder, 'capi-actions')
  assert.equal((await stat(script)).mode & 0o777, 0o755)
  assert.equal(spawnSync('sh', ['-n', script]).status, 0)
  assert.deepEqual(await commandFor({ kubeconfig: '/k' }, { stateDir }), [])
})
