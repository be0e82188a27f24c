import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { parse } from 'yaml'
import { planOutput } from '../../../src/actions/outputs.ts'
import { fields, outputs, outputsOf } from '../../../src/actions/setup-tools-interface.ts'
import { nameOf } from '../../../src/settings/field.ts'
import type { Tool } from '../../../src/tools/install.ts'
import { platformOf, thisMachine } from '../../../src/tools/platform.ts'
import { runStep, type Transcript } from '../doors/process.ts'
import { body, type Routes, serve } from '../host/fault-server.ts'
import { sha256 } from '../tools/upstream.ts'

let cwd: string
let bin: string
beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'setup-tools-')))
  bin = join(cwd, 'bin')
  await mkdir(bin)
  await mkdir(join(cwd, 'runner-temp'))
})
afterEach(() => rm(cwd, { recursive: true }))

const { os, arch } = platformOf(thisMachine(), 'kind')
const binary = '#!/bin/sh\necho kind v0.31.0\n'
const kindFile = `/kubernetes-sigs/kind/releases/download/v0.31.0/kind-${os}-${arch}`
const kindRoutes: Routes = {
  [kindFile]: body(binary),
  [`${kindFile}.sha256sum`]: body(`${sha256(binary)}  kind-${os}-${arch}\n`),
}

const program = (name: string, answer: string) => writeFile(join(bin, name), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 })

/** The door as the runner starts it, from its source: `dist/` is built from this file. */
const run = (inputs: Record<string, string>): Promise<Transcript> =>
  runStep(cwd, inputs, {}, { entry: '../src/actions/setup-tools.ts', env: { PATH: bin, RUNNER_TOOL_CACHE: join(cwd, 'cache') } })

const outputsIn = ({ outputs: text }: Transcript): Record<string, string | undefined> =>
  Object.fromEntries([...text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)].map(([, name, , value]) => [name, value]))

const annotation = ({ stdout }: Transcript) => stdout.split('\n').find(line => line.startsWith('::error'))

test('tools are downloaded in the version of the file, put on PATH and handed out; the next step finds them in the cache', async () => {
  await using server = await serve(kindRoutes)
  await program('helm', 'v3.21.4+g5a3fbf1')
  await writeFile(join(cwd, '.tool-versions'), 'kind 0.31.0\nhelm 3.21.4\nkubectl system\n')
  const inputs = { tools: 'kind, helm', 'version-file': '.tool-versions', 'download-mirrors': `github.com=${server.base}` }
  const first = await run(inputs)
  assert.equal(first.code, 0, first.stdout)
  const folder = join(cwd, 'cache/kind/0.31.0', process.arch)
  const expected = {
    'kind-path': join(folder, 'kind'),
    'kind-version': 'v0.31.0',
    'helm-path': join(bin, 'helm'),
    'helm-version': 'v3.21.4',
  }
  assert.deepEqual(outputsIn(first), { ...expected, 'cache-hit': 'false' })
  assert.equal(first.paths, `${folder}\n`)
  assert.match(first.summary, /^### capi-actions setup-tools: ✔ done after .*, 2 of 2 tasks$/m)
  assert.match(first.stdout, new RegExp(`^kind v0.31.0: ${folder}/kind$`, 'm'))
  assert.equal(await readFile(join(folder, 'kind'), 'utf8'), binary)

  const asked = server.requests.length
  const second = await run(inputs)
  assert.deepEqual(outputsIn(second), { ...expected, 'cache-hit': 'true' })
  assert.equal(second.paths, `${folder}\n`)
  assert.equal(server.requests.length, asked)
})

test('nothing is left but the cache: no state folder, no report, nothing for a post step', async () => {
  await program('kind', 'kind v0.32.0')
  const step = await run({ tools: 'kind' })
  assert.equal(step.code, 0, step.stdout)
  assert.deepEqual(outputsIn(step), { 'kind-path': join(bin, 'kind'), 'kind-version': 'v0.32.0', 'cache-hit': 'true' })
  assert.equal(step.paths, '')
  assert.deepEqual([await readdir(cwd), await readdir(join(cwd, 'runner-temp'))], [['bin', 'runner-temp'], []])
  assert.deepEqual(step.state, { isPost: 'true' })
})

test('an error in the version file is an annotation of that line, before anything is asked', async () => {
  await writeFile(join(cwd, '.tool-versions'), '# ours\nkind newest\n')
  const step = await run({ 'version-file': '.tool-versions' })
  assert.equal(step.code, 1)
  assert.equal(
    annotation(step),
    '::error file=.tool-versions,line=2::kind is "newest", but must be a version (v1.34.4), a range (1.34.x, ^5) or latest%0A  .tool-versions:2',
  )
  assert.equal(step.outputs, '')
})

test('a tool that can not be had fails the step, which names it', async () => {
  await using server = await serve()
  const step = await run({
    tools: 'kind',
    'kind-version': 'v0.31.0',
    'download-mirrors': `github.com=${server.base}\napi.github.com=${server.base}`,
  })
  assert.equal(step.code, 1)
  assert.equal(
    annotation(step),
    `::error::kind v0.31.0: ${server.base}${kindFile}.sha256sum could not be downloaded%0A  the server answered 404 Not Found%0A  → see whether the download mirror for github.com has this file`,
  )
  assert.deepEqual(outputsIn(step), {})
  assert.match(step.summary, /^### capi-actions setup-tools: ✖ failed after .*, 1 of 1 tasks$/m)
})

test('a cancelled job stops the step, and nobody is promised that something is removed', async () => {
  await writeFile(join(bin, 'kind'), '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 })
  const step = await runStep(
    cwd,
    { tools: 'kind' },
    {},
    {
      entry: '../src/actions/setup-tools.ts',
      env: { PATH: bin, RUNNER_TOOL_CACHE: join(cwd, 'cache') },
      // By then its handlers of signals are set.
      onFirstLine: child => void child.kill('SIGTERM'),
    },
  )
  assert.deepEqual([step.code, step.stdout.trimEnd().split('\n').at(-1)], [1, 'cancelled'])
})

const kind: Tool = { name: 'kind', version: 'v0.32.0', path: '/cache/kind', source: 'cache' }

test('whether the cache was hit is known only of a run that installed everything', () => {
  const handedOut = { 'kind-path': '/cache/kind', 'kind-version': 'v0.32.0' }
  assert.deepEqual(outputsOf([kind], true), { ...handedOut, 'cache-hit': 'true' })
  assert.deepEqual(outputsOf([{ ...kind, source: 'path' }], true), { ...handedOut, 'cache-hit': 'true' })
  assert.deepEqual(outputsOf([{ ...kind, source: 'download' }], true), { ...handedOut, 'cache-hit': 'false' })
  assert.deepEqual(outputsOf([kind], false), handedOut)
})

test('action.yml has every input and output, runs on Node 24, and its post step runs always', async () => {
  const action = parse(await readFile(join(import.meta.dirname, '../../../actions/setup-tools/action.yml'), 'utf8'))
  assert.deepEqual(Object.keys(action.inputs).toSorted(), fields.map(nameOf).toSorted())
  assert.deepEqual(Object.keys(action.outputs), Object.keys({ ...outputs, ...planOutput }))
  assert.deepEqual(action.runs, {
    using: 'node24',
    main: '../../dist/setup-tools.js',
    post: '../../dist/setup-tools.js',
    'post-if': 'always()',
  })
})
