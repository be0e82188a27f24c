/**
 * Rendering makes of Cluster API's own trees what its own tools make of them: kustomize, then `clusterctl generate yaml` for the variables, then
 * kubectl's reading of YAML (see yaml.test.ts).
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import test from 'node:test'
import { kustomizeBuild } from '../../src/manifests/kustomize.ts'
import { substitute, variablesOf } from '../../src/manifests/substitute.ts'
import { parseManifests } from '../../src/manifests/yaml.ts'
import { canonical } from './canonical.ts'
import { askReference } from './reference.ts'
import { clusterApi, tool } from './tools.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

/** Values unlike the defaults, so that it shows where each goes. */
const values = {
  CLUSTER_TOPOLOGY: 'true',
  EXP_MACHINE_POOL: 'false',
  CAPI_DIAGNOSTICS_ADDRESS: '127.0.0.1:9',
  CAPD_DOCKER_HOST: '',
  KUBEADM_BOOTSTRAP_TOKEN_TTL: '5m',
}

for (const folder of [
  'config/default',
  'bootstrap/kubeadm/config/default',
  'controlplane/kubeadm/config/default',
  'test/infrastructure/docker/config/default',
  'cmd/clusterctl/config/crd',
]) {
  test(`the objects of ${folder} are those of kustomize, clusterctl and kubectl`, async () => {
    const directory = join(await clusterApi(), folder)
    const text = await kustomizeBuild({ kustomize: await tool('kustomize'), directory }, work)
    const ours = parseManifests(substitute(text, values, { file: folder, unset: 'empty' }), folder)

    const generated = await run(await tool('clusterctl'), ['generate', 'yaml', '--from', '-'], text)
    const [reading] = await askReference([{ ask: 'manifests', text: generated }])
    const theirs = (reading?.documents ?? []).map(canonical)
    assert.ok(ours.length > 0)
    assert.equal(ours.length, theirs.length)
    assert.deepEqual(ours.map(object => canonical(JSON.stringify(object))).toSorted(), theirs.toSorted())
  })
}

test('in the templates of Cluster API, clusterctl lists the same variables, and the same of them are required', async () => {
  const folder = join(await clusterApi(), 'test/infrastructure/docker/templates')
  const names = await readdir(folder)
  assert.ok(names.length >= 5)
  for (const name of names) {
    const file = join(folder, name)
    const text = await readFile(file, 'utf8')
    const ours = variablesOf(text, { file, trimNames: true })
    const listed = await run(await tool('clusterctl'), ['generate', 'yaml', '--from', file, '--list-variables'], '')
    assert.deepEqual(
      ours.map(variable => variable.name).toSorted(),
      [...listed.matchAll(/^ {2}- (\S+)/gm)].map(([, variable]) => variable),
      name,
    )
    const [reading] = await askReference([{ ask: 'variables', text }])
    assert.deepEqual(Object.fromEntries(ours.map(variable => [variable.name, variable.default ?? null])), reading?.variables ?? {}, name)
  }
})

/** Standard output of a command whose variables are `values`, and which asks nothing on the network. */
async function run(command: string, args: readonly string[], input: string): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', CLUSTERCTL_DISABLE_VERSIONCHECK: 'true', ...values }
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  // A command that reads no input may be gone before it is written.
  child.stdin.on('error', () => {}).end(input)
  const [output, code] = await Promise.all([buffer(child.stdout), new Promise(resolve => child.on('close', resolve))])
  assert.equal(code, 0, `${command} ${args.join(' ')}`)
  return String(output)
}
