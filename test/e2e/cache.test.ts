/** Two jobs after one another with the Actions cache, on a machine that keeps nothing else of the first: act and its cache server, real downloads, a real compiler. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { cacheService } from '../../src/cache/service.ts'
import { docker } from '../../src/cluster/engine.ts'
import { nodeImageCaching } from '../../src/plan/node-image-tasks.ts'
import { inOrder, task } from '../../src/plan/task.ts'
import { saveCaches, valuesOf } from '../../src/run/caches.ts'
import { runPlan } from '../../src/run/run.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { serveCache } from '../unit/cache/fake-service.ts'
import { rememberingWork } from '../unit/host/fault-server.ts'
import { type ActRun, runElsewhere } from './act.ts'
import { lookAtMachine, type Machine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

interface Seen extends ActRun {
  readonly outputs: Readonly<Record<'tools' | 'images', Readonly<Record<string, string>>>>
  readonly machine: Machine
}

let testbed: Testbed
let root: string
let earlier: Machine
let first: Seen
let second: Seen
/** Go's caches of the second job. */
let goCache: string

before(async () => {
  testbed = await startTestbed()
  root = await mkdtemp(join(tmpdir(), 'capi-actions-cache-'))
  earlier = await lookAtMachine()
  first = await job({})
  goCache = join(root, 'go-build')
  // What has to be compiled would be compiled from its first package on, and downloads nothing.
  second = await job({ GOCACHE: goCache, GOPROXY: 'off' })
})
after(() => rm(root, { recursive: true, force: true }))

async function job(env: Readonly<Record<string, string>>): Promise<Seen> {
  const [proof, cacheDir] = [await mkdtemp(join(root, 'proof-')), join(root, 'cache-dir')]
  await rm(cacheDir, { recursive: true, force: true })
  await mkdir(join(root, 'actions-cache'), { recursive: true })
  const all = { ...jobEnvironment(testbed, 'CAPI_ACTIONS_'), PROOF: proof, CAPI_ACTIONS_CACHE_DIR: cacheDir, ...env }
  const run = await runElsewhere(await testbed.tool('act'), 'test/e2e/workflows/cache.yml', all, [], { cache: join(root, 'actions-cache') })
  const outputs = JSON.parse(await readFile(join(proof, 'outputs.json'), 'utf8').catch(() => '{}'))
  return { ...run, outputs, machine: await lookAtMachine() }
}

const endings = ({ log }: Seen, task: string): string[] =>
  [...log.matchAll(new RegExp(`[✔○] ${task}(.*) \\([\\d.]+ m?s\\)`, 'g'))].map(([, ending]) => (ending ?? '').trim())
const saved = ({ log }: Seen): string[] => [...log.matchAll(/\| saved ([\w-]+): /g)].map(([, name]) => name ?? '').toSorted()

test('both jobs end well, and leave nothing on the machine', () => {
  assert.equal(first.exitCode, 0)
  assert.equal(second.exitCode, 0)
  for (const { machine } of [first, second]) assert.deepEqual(machine, earlier)
})

test('the first job finds nothing in the cache, and its post steps save what it made', () => {
  assert.equal(first.outputs.tools['cache-hit'], 'false')
  assert.deepEqual(endings(first, 'restore tools'), [': the cache has none', ': the cache has none'])
  assert.deepEqual(endings(first, 'restore managers'), [': the cache has none'])
  assert.deepEqual(endings(first, 'compile core'), [''])
  assert.deepEqual(saved(first), ['managers', 'tools', 'tools'])
})

test('the second job restores all of it, downloads and compiles nothing, and saves nothing', async () => {
  assert.equal(second.outputs.tools['cache-hit'], 'true')
  assert.deepEqual(endings(second, 'restore tools'), ['', ''])
  assert.deepEqual(endings(second, 'restore managers'), [''])
  assert.deepEqual(endings(second, 'compile core'), [': nothing that it is built from has changed'])
  assert.deepEqual(saved(second), [])
  assert.deepEqual(await readdir(goCache).catch(() => []), [])
})

test('the images of both are the same', () => assert.equal(second.outputs.images.images, first.outputs.images.images))

test('an image that was pulled by its digest is loaded on a machine without it, and found by a name that has the digest', async () => {
  const work = rememberingWork()
  // A small image stands for that of a node: by a name that nobody else uses, so that it can be taken away.
  const mirror = testbed.imageMirrors['gcr.io']
  const name =
    mirror === undefined ? 'gcr.io/distroless/static-debian12:nonroot' : `localhost:${new URL(mirror).port}/distroless/static:nonroot`
  await docker(['image', 'pull', name], work)
  const digests = (await docker(['image', 'inspect', '--format', '{{join .RepoDigests "\\n"}}', name], work)).stdout.split('\n')
  const repository = name.replace(/:[^:/]+$/, '')
  const nodeImage = `${name}@${digests.find(one => one.startsWith(`${repository}@`))?.split('@')[1]}`
  const remove = () =>
    docker(['image', 'rm', '--force', name, `${name}-sha256-${nodeImage.slice(nodeImage.indexOf('sha256:') + 7).slice(0, 12)}`], work, {
      allow: [1],
    })
  const removeDigest = () => docker(['image', 'rm', `${repository}@${nodeImage.split('@')[1]}`], work, { allow: [1] })
  await using fake = await serveCache()
  const { url, token } = fake.endpoint(1)
  Object.assign(process.env, { ACTIONS_CACHE_URL: url, ACTIONS_RUNTIME_TOKEN: token })
  const settings = await loadSettings({
    given: { repository: root, 'node-image': nodeImage, cache: 'node-image' },
    env: process.env,
    cwd: root,
  })
  const run = async (pull: () => Promise<unknown>) => {
    const engine = task('engine', '', [], async () => {})
    const caching = nodeImageCaching({ settings, cache: cacheService(fake.endpoint(1)) }, engine)
    const called = caching.name ?? assert.fail()
    const cluster = task('cluster', '', [called], async ({ of }) => {
      await pull()
      return of(called)
    })
    const result = await runPlan({ tasks: inOrder([cluster]) }, () => {}, work.signal)
    assert.deepEqual(result.failures, [])
    const ran = valuesOf(result)
    const orders = caching.caching(cluster).saves(ran)
    await saveCaches(orders, work)
    return { called: ran.valueOf(cluster), orders: orders.length }
  }
  try {
    await remove()
    await removeDigest()
    assert.deepEqual(await run(() => docker(['image', 'pull', nodeImage], work)), { called: nodeImage, orders: 1 })
    await remove()
    await removeDigest()
    const { called, orders } = await run(async () => {})
    assert.match(called ?? '', /:nonroot-sha256-[0-9a-f]{12}$/)
    assert.equal(orders, 0)
    assert.equal(fake.entries.length, 1)
  } finally {
    await remove()
    await removeDigest()
  }
})
