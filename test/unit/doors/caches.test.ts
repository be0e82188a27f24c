import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { SaveOrder } from '../../../src/cache/order.ts'
import { type FakeService, type Faults, serveCache } from '../cache/fake-service.ts'
import { runStep, type Transcript } from './process.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'caches-'))
  await mkdir(join(cwd, 'things'))
  await writeFile(join(cwd, 'things/a'), 'content')
  await mkdir(join(cwd, 'runner-temp'))
})
after(() => rm(cwd, { recursive: true, force: true }))

const entry = '../src/actions/root.ts'
const lines = ({ stdout }: Transcript): string[] => stdout.trimEnd().split('\n')
const order = (name: string, members = ['.']): SaveOrder => ({
  name,
  key: `key-${name}`,
  content: { kind: 'folder', folder: join(cwd, 'things'), members },
})

/** What the runner gives to steps of actions. */
const variables = (fake: FakeService, version: 1 | 2) => {
  const { url, token } = fake.endpoint(version)
  return {
    ACTIONS_RUNTIME_TOKEN: token,
    ...(version === 1 ? { ACTIONS_CACHE_URL: url } : { ACTIONS_CACHE_SERVICE_V2: 'True', ACTIONS_RESULTS_URL: url }),
  }
}

async function post(saves: readonly SaveOrder[], faults: Faults = {}, more: Record<string, string> = {}) {
  await using fake = await serveCache(faults)
  const remembered = JSON.stringify({ stateDir: join(cwd, 'state'), cleanUp: false, saves })
  const step = await runStep(
    cwd,
    {},
    { isPost: 'true', remembered },
    { entry, env: { PATH: process.env.PATH ?? '', ...variables(fake, 2), ...more } },
  )
  return { step, keys: fake.entries.map(({ key }) => key).toSorted() }
}

test('the post step saves what main has left for it, beside whatever else it does', async () => {
  const { step, keys } = await post([order('tools'), order('managers')])
  assert.equal(step.code, 0)
  assert.deepEqual(keys, ['key-managers', 'key-tools'])
  for (const name of ['tools', 'managers'])
    assert.match(step.stdout, new RegExp(`^saved ${name}: 0\\.0 MB, packed in .* \\(key-${name}\\)$`, 'm'))
  assert.match(step.stdout, /^clean-up is off/m)
})

test('what the token may not do is one notice, and fails nothing', async () => {
  const { step } = await post([order('tools'), order('managers')], { readOnly: true })
  assert.equal(step.code, 0)
  const notices = lines(step).filter(line => line.startsWith('::'))
  assert.deepEqual(notices, [
    '::notice::the Actions cache takes nothing from this job: tools is not saved: cache write denied: the token of this run may only read',
  ])
})

test('what cannot be saved is a line, and the rest is saved', async () => {
  const { step, keys } = await post([order('tools', ['missing']), order('managers')])
  assert.deepEqual([step.code, keys], [0, ['key-managers']])
  assert.ok(lines(step).includes(`tools is not saved: ${join(cwd, 'things/missing')} is not there`), step.stdout)
})

test('nothing is sent where cache-mode forbids it', async () => {
  const { step, keys } = await post([order('tools')], {}, { ACTIONS_CACHE_MODE: 'read' })
  assert.deepEqual(keys, [])
  assert.ok(lines(step).includes('tools not saved: cache-mode of this job allows no saving'), step.stdout)
})

test('a service that is broken is one notice, fails nothing, and its token is masked before it is used', async () => {
  await using fake = await serveCache({ status: 404 })
  const bin = join(cwd, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'kind'), "#!/bin/sh\necho 'kind v0.32.0 go1.26.0 linux/amd64'\n", { mode: 0o755 })
  const env = { PATH: bin, RUNNER_TOOL_CACHE: join(cwd, 'cache'), ...variables(fake, 1) }
  const step = await runStep(cwd, { tools: 'kind', cache: 'tools' }, {}, { entry: '../src/actions/setup-tools.ts', env })
  assert.equal(step.code, 0)
  const commands = lines(step).filter(line => /^::(add-mask|notice|warning|error)/.test(line))
  const host = new URL(fake.endpoint(1).url).host
  assert.deepEqual(commands, [
    '::add-mask::runtime-token',
    `::notice::the Actions cache spares this job less than it could: the cache service at ${host} cannot be used: it answered 404: broken`,
  ])
  assert.equal(step.state.remembered, undefined)
})

test('on a machine without a cache service, `cache` is a notice', async () => {
  const step = await runStep(cwd, { cache: 'all' }, {}, { entry })
  assert.equal(lines(step)[1], '::notice::cache is not acted on: there is no Actions cache service here (input cache)')
})
