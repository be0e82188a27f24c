import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { startTestbed, type Testbed, usesUpstream } from '../testbed/testbed.ts'
import { capiActions, demo, type Options } from './command.ts'
import { headOf } from './errors.ts'
import { lookAtMachine, type Machine } from './machine.ts'

let testbed: Testbed
let scratch: string
let earlier: Machine
/** A run that must fail before a cluster stands; its head lines, after making sure that it left nothing behind. */
const refused = async (options: Options, environment: Record<string, string> = {}): Promise<string[]> => {
  const cluster = { 'cluster-name': 'e2e-refused', 'registry-name': 'e2e-refused-registry', 'registry-port': '5052' }
  const run = await capiActions(testbed, 'up', { ...(await demo(testbed)), ...cluster, ...options }, { environment })
  assert.notEqual(run.exitCode, 0)
  return headOf(run.stderr)
}

before(async () => {
  testbed = await startTestbed()
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-bad-input-'))
  earlier = await lookAtMachine()
})
afterEach(async () => {
  await capiActions(testbed, 'down', { 'cluster-name': 'e2e-refused' })
  assert.deepEqual(await lookAtMachine(), earlier)
})
after(() => rm(scratch, { recursive: true, force: true }))

test('no Docker engine', async () => {
  assert.deepEqual(await refused({}, { DOCKER_HOST: 'unix:///nowhere/docker.sock' }), [
    '✖ no Docker engine answers',
    'Cannot connect to the Docker daemon at unix:///nowhere/docker.sock. Is the docker daemon running?',
    '→ start Docker, or set DOCKER_HOST to an engine that runs',
  ])
})

test('a port in use', async () => {
  const server = createServer().listen(5052, '127.0.0.1')
  try {
    assert.deepEqual(await refused({}), [
      `✖ port 5052 of 127.0.0.1 is in use by process node (pid ${process.pid})`,
      'the registry e2e-refused-registry is to be published there',
      '→ set registry-port to a free port',
    ])
  } finally {
    server.close()
  }
})

test('an unknown provider', async () => {
  assert.deepEqual(await refused({ providers: 'kubeadm-bootstrap dokcer' }), [
    '✖ provider dokcer is unknown',
    'the repository has core, kubeadm-bootstrap, kubeadm-control-plane, docker, test-extension; clusterctl knows no release of this name',
    '→ did you mean docker?',
    '--providers',
  ])
})

test('missing variables, all of them, with where they are used', async () => {
  const template = join(scratch, 'cluster-template-needy.yaml')
  const inMemory = join(testbed.source(), 'test/infrastructure/docker/templates/cluster-template-in-memory.yaml')
  await writeFile(template, `${await readFile(inMemory, 'utf8')}\n---\n# \${REGION} and \${ZONE:=a}\n# \${OWNER}\n`)
  const lines = (await readFile(template, 'utf8')).split('\n')
  const at = (text: string) => `${template}:${lines.findIndex(line => line.includes(text)) + 1}:3`
  assert.deepEqual(await refused({ 'workload-template': template, 'workload-cluster-class': 'in-memory' }), [
    '✖ 2 template variables are not set: OWNER, REGION',
    'the templates of the workload cluster give no default',
    '→ set them among the workload variables, in kustomize_substitutions or in the environment',
    `${at('${OWNER}')} · ${at('${REGION}')}`,
  ])
})

test('broken YAML, with file, line and column', async () => {
  const settings = join(scratch, 'tilt-settings.yaml')
  await writeFile(settings, 'enable_providers:\n- docker\nkustomize_substitutions: {A: "b"\nkind_cluster_name: x\n')
  const [what, ...rest] = await refused({ 'tilt-settings': settings })
  assert.equal(what, `✖ ${settings} is not valid YAML`)
  assert.match(rest.join('\n'), new RegExp(`${settings}:4:1$`))
})

test('a setting that Tilt does not know, with the nearest that it does', async () => {
  const settings = join(scratch, 'unknown.yaml')
  await writeFile(settings, 'enable_provider: [docker]\n')
  assert.deepEqual(await refused({ 'tilt-settings': settings }), [
    '✖ enable_provider is no field of tilt-settings, did you mean enable_providers?',
    `${settings}:1:1`,
  ])
})

test('a checksum that does not match', { skip: usesUpstream() && 'the fault is in the mirror of the test environment' }, async () => {
  await testbed.faults.set([{ path: '/github.com/kubernetes-sigs/kind/**.sha256sum', checksum: true }])
  try {
    const kind = `${testbed.downloadMirrors['github.com']}/kubernetes-sigs/kind/releases/download/${testbed.versions.kind}/kind-linux-amd64`
    const head = await refused({ 'cache-dir': join(scratch, 'cache') })
    assert.equal(head[0], `✖ kind ${testbed.versions.kind}: checksum of ${kind} does not match`)
    assert.match(head[1] ?? '', /^published sha256 [0-9a-f]{64}, downloaded [0-9a-f]{64} \(\d+ bytes\)$/)
  } finally {
    await testbed.faults.clear()
  }
})

test('a manager that does not compile, with file, line and column', async () => {
  const repository = join(scratch, 'repository')
  await cp(testbed.source(), repository, { recursive: true })
  await writeFile(join(repository, 'broken.go'), 'package main\n\nfunc broken() int { return "text" }\n')
  const head = await refused({ repository })
  assert.equal(head[0], '✖ the manager of core does not compile')
  assert.match(head[1] ?? '', /cannot use "text" \(untyped string constant\) as int value in return statement/)
  assert.equal(head.at(-1), `${repository}/broken.go:3:28`)
})
