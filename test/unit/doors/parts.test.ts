import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { parts } from '../../../src/actions/parts.ts'
import { version } from '../../../src/host/version.ts'
import { fieldOf } from '../../../src/settings/fields.ts'
import { makeCheckout } from './checkout.ts'
import { runStep, type Transcript } from './process.ts'

const root = join(import.meta.dirname, '../../..')
const kubeconfig = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'theirs', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'staging', context: { cluster: 'theirs', user: 'me' } }],
    'current-context': 'staging',
  })
const annotation = ({ stdout }: Transcript) => stdout.split('\n').find(line => line.startsWith('::error'))

let cwd: string
before(async () => {
  cwd = await makeCheckout()
})
after(() => rm(cwd, { recursive: true, force: true }))

const runsOf = async (file: string) => parse(await readFile(join(root, file), 'utf8')).runs
const folders = await readdir(join(root, 'actions'))
const composite = ['collect-diagnostics', 'step-by-step']

for (const name of folders.filter(folder => !composite.includes(folder)))
  test(`actions/${name} runs its own door on Node 24, from dist/ of this repository`, () =>
    runsDoor(`actions/${name}/action.yml`, `../../dist/${name}.js`))

test('the first step of collect-diagnostics runs its door on Node 24, from dist/ of this repository', () =>
  runsDoor('actions/collect-diagnostics/collect/action.yml', '../../../dist/collect-diagnostics.js'))

async function runsDoor(file: string, main: string): Promise<void> {
  const runs = await runsOf(file)
  assert.equal(runs.using, 'node24')
  assert.equal(runs.main, main)
  assert.ok((await readdir(join(root, 'dist'))).includes(basename(main)))
}

for (const name of composite)
  test(`actions/${name} calls actions of the same release`, async () => {
    const { using, steps } = (await runsOf(`actions/${name}/action.yml`)) as { using: string; steps: { uses: string }[] }
    assert.equal(using, 'composite')
    const own = steps.flatMap(({ uses }) => /^capi-actions\/capi-actions\/(.*)$/.exec(uses)?.[1] ?? [])
    assert.notDeepEqual(own, [])
    for (const [folder = '', tag] of own.map(used => used.split('@'))) {
      assert.ok((await readdir(join(root, folder))).includes('action.yml'), folder)
      assert.equal(tag, `v${version}`)
    }
  })

for (const [name, { fields }] of Object.entries(parts))
  test(`every input of ${name} is there once and can be said`, () => {
    assert.deepEqual([...new Set<string>(fields)], fields)
    for (const key of fields) assert.notEqual(fieldOf(key).input, false, key)
  })

test('an input of another action is refused with the nearest of this one', async () => {
  const step = await runStep(cwd, { 'workload-name': 'x' }, {}, { entry: 'create-cluster.js' })
  assert.equal(step.code, 1)
  assert.match(annotation(step) ?? '', /^::error::workload-name is no input of this action/)
})

test('a cluster that is there is taken by its kubeconfig, handed on to later steps, and left alone by the post step', async () => {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'application/json').end('{}')).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const file = join(cwd, 'theirs.yaml')
  await writeFile(file, kubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  try {
    const step = await runStep(cwd, { kubeconfig: 'theirs.yaml', context: 'staging' }, {}, { entry: 'create-cluster.js' })
    assert.equal(step.code, 0, step.stdout)
    assert.match(step.outputs, /^context<<.*\nstaging\n/m)
    assert.doesNotMatch(step.outputs, /^(registry|node-image)<</m)
    assert.match(step.variables, /^CAPI_ACTIONS_KUBECONFIG<<.*\ntheirs\.yaml\n/m)
    assert.match(step.variables, new RegExp(`^KUBECONFIG<<.*\\n${file}\\n`, 'm'))
    const post = await runStep(cwd, {}, step.state, { entry: 'create-cluster.js' })
    assert.match(post.stdout, /^nothing was made$/m)
  } finally {
    server.close()
  }
})

test('providers whose images would be built are not deployed where nodes cannot pull them', async () => {
  const env = { CAPI_ACTIONS_KUBECONFIG: join(cwd, 'theirs.yaml') }
  const inputs = { providers: 'docker', images: 'docker=ghcr.io/me/capd-manager:v1' }
  const step = await runStep(cwd, inputs, {}, { entry: 'deploy-providers.js', env })
  assert.equal(step.code, 1)
  assert.match(
    annotation(step) ?? '',
    /^::error::core cannot be deployed to the cluster of .*theirs\.yaml%0A {2}the images would be built into the local registry, which its nodes cannot pull from/,
  )
})

test('a template is not applied without being named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nothing-'))
  try {
    const step = await runStep(folder, {}, {}, { entry: 'apply-template.js' })
    assert.equal(step.code, 1)
    assert.match(annotation(step) ?? '', /^::error::apply-template needs workload-template/)
    assert.match(
      step.summary,
      /^### capi-actions apply-template: ✖ failed\n\n\*\*apply-template needs workload-template or workload-clusters\*\*\n/,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
