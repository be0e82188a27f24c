/** Go's caches and executables through the Actions cache, with the real compiler: what is restored must be taken by it as its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { folderPacking } from '../../src/cache/archive.ts'
import { save } from '../../src/cache/entries.ts'
import { type CacheService, cacheService } from '../../src/cache/service.ts'
import { type CompiledManager, compileManager, type ManagerSource, rememberManager } from '../../src/images/compile.ts'
import { goCaching } from '../../src/plan/go-cache-tasks.ts'
import { inOrder, task } from '../../src/plan/task.ts'
import { valuesOf } from '../../src/run/caches.ts'
import { runPlan } from '../../src/run/run.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { type FakeService, serveCache } from '../unit/cache/fake-service.ts'
import { rememberingWork } from '../unit/host/fault-server.ts'

let root: string
let fake: FakeService
let service: CacheService
const folders = ['cache-dir', 'go-build', 'go-mod']
const source = (): ManagerSource => ({
  name: 'small',
  root: join(root, 'checkout'),
  package: '.',
  output: join(root, 'cache-dir/managers/x/small'),
  ldflags: [],
  goos: 'linux',
  goarch: process.arch === 'x64' ? 'amd64' : process.arch,
})
const write = (text: string) =>
  writeFile(
    join(root, 'checkout/main.go'),
    `package main\n\nimport "example.com/small/part"\n\nfunc main() { println("${text}", part.Name) }\n`,
  )

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'go-cache-'))
  await mkdir(join(root, 'checkout/part'), { recursive: true })
  await writeFile(join(root, 'checkout/go.mod'), 'module example.com/small\n\ngo 1.24\n')
  await writeFile(join(root, 'checkout/part/part.go'), 'package part\n\nconst Name = "part"\n')
  await write('first')
  process.env.GOCACHE = join(root, 'go-build')
  process.env.GOMODCACHE = join(root, 'go-mod')
  fake = await serveCache()
  service = cacheService(fake.endpoint(2))
})
after(async () => {
  await fake[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

interface Job {
  readonly outcomes: Readonly<Record<string, string>>
  /** Packages that Go compiled. */
  readonly compiled: number
  readonly saved: readonly string[]
}

/** A job on a machine that has nothing of earlier ones, but the checkout. */
async function job(): Promise<Job> {
  for (const folder of folders) await rm(join(root, folder), { recursive: true, force: true })
  await mkdir(join(root, 'go-mod'))
  const given = { repository: join(root, 'checkout'), cache: 'go managers', 'cache-dir': join(root, 'cache-dir') }
  const settings = await loadSettings({ given, env: { HOME: root, ACTIONS_CACHE_URL: 'http://127.0.0.1:1/' }, cwd: root })
  const caching = goCaching({ settings, cache: service }, [settings.repository], [source()])
  const phrases = new Set<string>()
  const compile = task<CompiledManager>('compile', '', caching.before, work =>
    compileManager(source(), { ...work, waiting: phrase => void (/packages compiled/.test(phrase) && phrases.add(phrase)) }),
  )
  const noted = task('build inputs', '', [compile], work => rememberManager(source(), work.of(compile), work))
  const result = await runPlan({ tasks: inOrder([noted]) }, () => {}, new AbortController().signal)
  assert.deepEqual(result.failures, [])
  const outcomes = result.records.map(({ name, outcome }) => [name, outcome.status === 'skipped' ? outcome.reason : outcome.status])
  const orders = caching.caching([compile], noted).saves(valuesOf(result))
  const saved = []
  for (const { name, key, content } of orders) {
    if (content.kind !== 'folder') continue
    const { sentence } = await save(service, name, key, () => folderPacking(content), rememberingWork())
    assert.match(sentence, /^saved /)
    saved.push(name)
  }
  return { outcomes: Object.fromEntries(outcomes), compiled: phrases.size, saved }
}

/** `println` writes to standard error. */
const says = (): string => spawnSync(source().output, { encoding: 'utf8' }).stderr

test('the first job compiles all, and saves executables and caches', async () => {
  const { outcomes, compiled, saved } = await job()
  const none = 'the cache has none'
  assert.deepEqual([outcomes['restore managers'], outcomes['restore go-modules'], outcomes['restore go-build']], [none, none, none])
  assert.ok(compiled > 10, `${compiled} packages, the runtime's among them`)
  assert.deepEqual(saved, ['managers', 'go-modules', 'go-build'])
  assert.equal(says(), 'first part\n')
})

test('a job of the same sources takes the executable, and not Go’s caches', async () => {
  const { outcomes, compiled, saved } = await job()
  assert.equal(outcomes['restore managers'], 'done')
  assert.equal(outcomes['restore go-build'], 'the managers are in the cache')
  assert.equal(compiled, 0)
  assert.deepEqual(saved, [])
  assert.deepEqual(await readdir(join(root, 'go-build')).catch(() => []), [])
  assert.equal(says(), 'first part\n')
})

test('a job of other sources compiles what has changed, with the caches of the first', async () => {
  await write('second')
  const { outcomes, compiled, saved } = await job()
  assert.deepEqual([outcomes['restore managers'], outcomes['restore go-modules'], outcomes['restore go-build']], ['done', 'done', 'done'])
  assert.equal(compiled, 1)
  assert.deepEqual(saved, ['managers', 'go-build'])
  assert.equal(says(), 'second part\n')
})
