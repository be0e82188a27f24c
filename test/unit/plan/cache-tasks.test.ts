import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Restored } from '../../../src/cache/entries.ts'
import { keyOf } from '../../../src/cache/keys.ts'
import type { CacheService } from '../../../src/cache/service.ts'
import { makePlan } from '../../../src/plan/plan.ts'
import type { Target } from '../../../src/plan/targets.ts'
import type { Task } from '../../../src/plan/task.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { valuesOf } from '../../../src/run/caches.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { capiCheckout } from '../providers/checkout.ts'

const service: CacheService = {
  readable: true,
  writable: true,
  find: () => Promise.reject(new Error('a plan asks nothing')),
  save: () => Promise.reject(new Error('a plan saves nothing')),
  fetch: () => Promise.reject(new Error('a plan fetches nothing')),
}

async function planFor(cache: string, targets?: readonly Target[], given: Record<string, string> = {}) {
  const env = { HOME: '/home/me', ACTIONS_CACHE_URL: 'http://127.0.0.1:1/' }
  const settings = await loadSettings({ given: { repository: '/', providers: 'core', cache, ...given }, env, cwd: '/' })
  const repositories = [capiCheckout()]
  const record = () => Promise.reject(new Error('a plan makes nothing'))
  const wanted = {
    settings,
    repositories,
    providers: resolveProviders(settings, repositories),
    observability: [],
    workloads: [],
    record,
  }
  return makePlan({ ...wanted, clusterIsOurs: false, cache: service }, targets)
}

const ofCache = (tasks: readonly Task[]) => tasks.map(({ name }) => name).filter(name => /^(restore|build keys|node image)/.test(name))
const named = (tasks: readonly Task[], name: string): Task => tasks.find(one => one.name === name) ?? assert.fail(`no task ${name}`)
const waitsFor = (tasks: readonly Task[], name: string): string[] => {
  const reached = new Set<string>()
  const follow = ({ needs }: Task): void => {
    for (const need of needs) {
      reached.add(need.name)
      follow(need)
    }
  }
  follow(named(tasks, name))
  return [...reached].filter(one => one.startsWith('restore')).toSorted()
}

test('without a word on it nothing is asked of the cache', async () => {
  const { tasks, caching } = await planFor('')
  assert.deepEqual(ofCache(tasks), [])
  assert.deepEqual(caching.restored, [])
})

test('each thing is restored by a task of its own', async () => {
  assert.deepEqual(ofCache((await planFor('tools')).tasks), ['restore tools'])
  assert.deepEqual(ofCache((await planFor('managers')).tasks), ['build keys', 'restore managers'])
  assert.deepEqual(ofCache((await planFor('go')).tasks), ['build keys', 'restore go-modules', 'restore go-build'])
  assert.deepEqual(ofCache((await planFor('node-image')).tasks), ['restore node-image', 'node image'])
})

test('what needs a thing waits for it, and nothing else does', async () => {
  const { tasks } = await planFor('all')
  const compiler = ['restore go-build', 'restore go-modules', 'restore managers']
  assert.deepEqual(waitsFor(tasks, 'compile core'), compiler)
  assert.deepEqual(waitsFor(tasks, 'tool kustomize'), ['restore tools'])
  assert.deepEqual(waitsFor(tasks, 'cert-manager manifest'), ['restore tools'])
  assert.deepEqual(waitsFor(tasks, 'base image'), ['restore tools'])
  assert.deepEqual(waitsFor(tasks, 'cluster'), ['restore node-image', 'restore tools'])
  for (const name of ['engine', 'registry', ...compiler, 'restore tools', 'restore node-image'])
    assert.deepEqual(waitsFor(tasks, name), [], name)
})

test('a part asks for what it needs', async () => {
  assert.deepEqual(ofCache((await planFor('all', ['cluster'])).tasks).toSorted(), ['node image', 'restore node-image', 'restore tools'])
  const images = ['build keys', 'restore go-build', 'restore go-modules', 'restore managers', 'restore tools']
  assert.deepEqual(ofCache((await planFor('all', ['images'])).tasks).toSorted(), images)
})

/** What is to be saved when these tasks have ended with these values. */
async function savesOf(cache: string, values: Record<string, unknown>): Promise<string[]> {
  const { caching } = await planFor(cache, ['images'], { 'cache-dir': '/cache' })
  const records = Object.entries(values).map(([name, value]) => ({ name, needs: [], outcome: { status: 'done', value } as const }))
  return caching.saves(valuesOf({ records })).map(({ name, key }) => `${name} ${key}`)
}

const go = { GOCACHE: '/go-build', GOMODCACHE: '/mod' }
const keys = { go, managers: ['m', 'm-'], modules: ['gm'], build: ['gb', 'gb-'] }
const missing = (key: string): Restored => ({ key })
const hit = (key: string): Restored => ({ key, matched: key })
const built = { 'build keys': keys, 'compile core': { path: '/cache/managers/x/core', began: 1 } }

test('what was built is saved, unless the cache has it under the same key', async () => {
  const restored = { 'restore managers': missing('m'), 'restore go-modules': missing('gm'), 'restore go-build': missing('gb') }
  assert.deepEqual(await savesOf('go managers', { ...built, ...restored, 'build inputs': undefined }), [
    'managers m',
    'go-modules gm',
    'go-build gb',
  ])
  const other = { ...restored, 'restore go-modules': hit('gm'), 'restore go-build': { key: 'gb', matched: 'gb-older' } }
  assert.deepEqual(await savesOf('go managers', { ...built, ...other, 'build inputs': undefined }), ['managers m', 'go-build gb'])
  assert.deepEqual(await savesOf('managers', { ...built, 'restore managers': hit('m'), 'build inputs': undefined }), [])
})

test('what is not whole is not saved', async () => {
  const restored = { 'restore managers': missing('m'), 'restore go-modules': missing('gm'), 'restore go-build': missing('gb') }
  assert.deepEqual(await savesOf('go managers', { ...built, ...restored }), ['go-modules gm', 'go-build gb'])
  assert.deepEqual(await savesOf('go managers', { 'build keys': keys, ...restored }), [])
})

test("Go's caches are not saved where nothing was compiled: they may be empty", async () => {
  const upToDate = { 'build keys': keys, 'compile core': { path: '/cache/managers/x/core', began: undefined }, 'build inputs': undefined }
  const restored = { 'restore managers': { key: 'm', matched: 'm-older' }, 'restore go-modules': undefined, 'restore go-build': undefined }
  assert.deepEqual(await savesOf('go managers', { ...upToDate, ...restored }), ['managers m'])
})

test('nothing is saved where the service could not be asked', async () => {
  const broken = { key: 'm', trouble: 'it does not answer' }
  assert.deepEqual(await savesOf('managers', { ...built, 'restore managers': broken, 'build inputs': undefined }), [])
})

test('of downloads those of this run are saved, by their exact versions', async () => {
  const { caching } = await planFor('tools', ['cluster'], { 'cache-dir': '/cache' })
  const savesFor = (tool: unknown, matched?: string) => {
    const restored = { key: 'beginning', ...(matched === undefined ? {} : { matched }) }
    const values = Object.entries({ 'tool kind': tool, 'restore tools': restored })
    return caching.saves(
      valuesOf({ records: values.map(([name, value]) => ({ name, needs: [], outcome: { status: 'done', value } as const })) }),
    )
  }
  const kind = (version: string, source: string) => ({
    name: 'kind',
    version: `v${version}`,
    path: `/cache/kind/${version}/x64/kind`,
    source,
  })
  const [order] = savesFor(kind('0.32.0', 'download'))
  assert.deepEqual(order?.content, { kind: 'folder', folder: '/cache', members: ['kind/0.32.0/x64', 'kind/0.32.0/x64.complete'] })
  assert.ok(order?.key.startsWith(keyOf('tools')))
  assert.notEqual(savesFor(kind('0.33.0', 'download'))[0]?.key, order?.key)
  assert.deepEqual(savesFor(kind('0.32.0', 'cache'), order?.key), [])
  assert.deepEqual(savesFor({ ...kind('0.32.0', 'path'), path: '/usr/bin/kind' }), [])
})
