import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeCheckout } from './checkout.ts'
import { runBuilt } from './process.ts'

let cwd: string
before(async () => {
  cwd = await makeCheckout()
})
after(() => rm(cwd, { recursive: true, force: true }))

const run = (...args: readonly string[]) => runBuilt('capi-actions.js', { args, cwd })

test('--help tells the commands and the exit codes', async () => {
  const { code, stdout } = await run('--help')
  assert.equal(code, 0)
  for (const command of ['up', 'plan', 'port-forward', 'down', 'doctor'])
    assert.match(stdout, new RegExp(`^  ${command} \\[options\\]`, 'm'))
  assert.match(stdout, /0 done, 1 failed, 2 wrong usage, 130 interrupted/)
})

test('an older Node says what it lacks, and not what it cannot read', () => {
  const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })'
  const built = join(import.meta.dirname, '../../../dist/capi-actions.js')
  const { status, stderr } = spawnSync(process.execPath, ['--import', `data:text/javascript,${older}`, built, 'plan'], { encoding: 'utf8' })
  assert.deepEqual([status, stderr.split('\n')[0]], [2, '✖ capi-actions needs Node 24 or newer'])
})

test('up --help groups the flags as the reference does, with defaults', async () => {
  const { stdout } = await run('up', '--help')
  const headings = [...stdout.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading)
  assert.deepEqual(headings, [
    'What to build',
    'Management cluster and registry',
    'What is deployed',
    'Cloud credentials',
    'Workload cluster',
    'What later steps may do',
    'Tools and downloads',
    'The run itself',
    'Options',
    'Example',
  ])
  assert.match(stdout, /--registry-port <port> +Port of the local image registry on\s+127\.0\.0\.1\. \(default:\s+5000\)/)
})

test('wrong usage ends with code 2 and one sentence', async () => {
  const flag = await run('up', '--registry-prot', '1')
  assert.deepEqual([flag.code, flag.stderr], [2, "error: unknown option '--registry-prot'\n(Did you mean --registry-port?)\n"])
  const value = await run('plan', '--registry-port', 'x')
  assert.deepEqual(
    [value.code, value.stderr],
    [2, '✖ --registry-port is "x", but must be a port number from 1 to 65535\n  --registry-port\n'],
  )
  assert.equal((await run('destroy')).code, 2)
})

test('plan shows tasks as JSON in which every task stands after those it needs', async () => {
  const { code, stdout } = await run('plan', '--json', '--providers', 'docker', '--providers', 'kubeadm-bootstrap')
  assert.equal(code, 0)
  const { tasks } = JSON.parse(stdout) as { tasks: { name: string; needs: string[]; docs: string }[] }
  const names = tasks.map(({ name }) => name)
  for (const [index, { name, needs }] of tasks.entries())
    for (const need of needs) assert.ok(names.indexOf(need) < index, `${name} needs ${need}`)
  for (const wanted of ['cluster', 'compile core', 'compile docker', 'compile kubeadm-bootstrap']) assert.ok(names.includes(wanted), wanted)
  assert.ok(!names.includes('compile kubeadm-control-plane'))
})

test('plan shows a tree, and makes nothing', async () => {
  const { code, stdout } = await run('plan')
  assert.equal(code, 0)
  assert.match(stdout, /^ *compile docker +\S.*\.$/m)
  const { stdout: removed } = await run('down')
  assert.equal(removed, `nothing to remove: there is no record in ${join(cwd, '.local/state/capi-actions/capi-test')}\n`)
})

test('an error of the repository ends with code 1', async () => {
  const { code, stderr } = await run('plan', '--providers', 'dokcer')
  assert.equal(code, 1)
  assert.match(stderr, /^✖ provider dokcer is unknown\n {2}the repository has core, /)
})

test('doctor tells each thing that a run needs, and what to do where it lacks', async () => {
  const { code, stdout } = await runBuilt('capi-actions.js', { args: ['doctor'], cwd, env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } })
  assert.equal(code, 1)
  assert.match(stdout, /^✖ Docker engine .*\n +→ install and start Docker, or set DOCKER_HOST/m)
  assert.match(stdout, /^✔ repository +Cluster API v1\.13\.0 with core, kubeadm-bootstrap, kubeadm-control-plane, docker$/m)
})

test('a report that can not be written hides nothing of what failed', async () => {
  const bin = join(cwd, 'broken-bin')
  await mkdir(bin)
  await writeFile(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await writeFile(join(bin, 'go'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
  const mirrors = ['github.com', 'api.github.com', 'dl.k8s.io', 'gcr.io'].map(host => `${host}=http://127.0.0.1:9`).join('\n')
  const { code, stdout, stderr } = await runBuilt('capi-actions.js', {
    args: ['up', '--download-mirrors', mirrors, '--report-dir', 'go.mod'],
    cwd,
    env: { PATH: `${bin}:/usr/bin:/bin`, CAPI_ACTIONS_ENGINE: 'docker' },
  })
  assert.equal(code, 1)
  assert.match(stderr, /^✖ no Docker engine answers\n[\s\S]*note: the report can't be written to /)
  assert.match(stdout, /What was made so far stays to be looked at\. Remove it with/)
})

/** Answers nobody: what is asked of it is waited for until somebody interrupts. */
async function silentServer(): Promise<{ server: Server; address: string }> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { server, address: `http://127.0.0.1:${address.port}` }
}

test('Ctrl-C stops a run, removes what was made, and ends with code 130', async () => {
  const { server, address } = await silentServer()
  const bin = join(cwd, 'bin')
  await mkdir(bin)
  // An engine and a compiler that hang, and no other tools: the run has nothing but waits.
  for (const name of ['docker', 'go']) {
    await writeFile(join(bin, name), '#!/bin/sh\nexec sleep 60\n')
    await chmod(join(bin, name), 0o755)
  }
  const mirrors = ['github.com', 'api.github.com', 'dl.k8s.io'].map(host => `${host}=${address}`).join('\n')
  try {
    const { code, stdout, stderr } = await runBuilt('capi-actions.js', {
      args: ['up', '--download-mirrors', mirrors],
      cwd,
      env: { PATH: `${bin}:/usr/bin:/bin` },
      onFirstLine: child => setTimeout(() => child.kill('SIGINT'), 300),
    })
    assert.equal(code, 130, stdout + stderr)
    assert.match(stderr, /stopping/)
    assert.match(stdout, /interrupted, removing what was made\n {2}nothing was made yet\n$/)
  } finally {
    server.close()
  }
})
