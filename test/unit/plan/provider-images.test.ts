import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePlan } from '../../../src/plan/plan.ts'
import type { Task } from '../../../src/plan/task.ts'
import type { Build, Provider } from '../../../src/providers/provider.ts'
import { resolveProviders } from '../../../src/providers/resolve.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { capiCheckout } from '../providers/checkout.ts'

const repositories = [capiCheckout()]

/** The tasks that make the images of `providers`. */
function planned(settings: Settings, providers: readonly Provider[]): readonly Task[] {
  const record = () => Promise.reject(new Error('a plan makes nothing'))
  return makePlan({ settings, repositories, providers, observability: [], workloads: [], clusterIsOurs: false, record }, ['images']).tasks
}

/** Settings of a user who wants core and docker, and `given`. */
const settingsFor = (given: Record<string, string> = {}) =>
  loadSettings({ given: { repository: '/', providers: 'docker', ...given }, env: { HOME: '/home/me' }, cwd: '/' })

/** The plan for core and docker of which docker is built as `change` says. */
async function planFor(
  change: (build: Build) => Partial<Build>,
  given: Record<string, string> = {},
  more: Partial<Provider> = {},
  debug: Settings['debug'] = {},
) {
  const settings = { ...(await settingsFor(given)), debug }
  const providers = resolveProviders(settings, repositories).map(one =>
    one.name === 'docker' && one.build ? { ...one, ...more, build: { ...one.build, ...change(one.build) } } : one,
  )
  return planned(settings, providers)
}

const names = (tasks: readonly Task[]) => tasks.map(({ name }) => name).filter(name => /docker|builder/.test(name))
const needsOf = (tasks: readonly Task[], name: string) => tasks.find(one => one.name === name)?.needs.map(need => need.name)

test('a provider that is to be built from its Dockerfile is, by the builder of the engine, beside others that Go compiles', async () => {
  const tasks = await planFor(() => ({ road: 'dockerfile' }))
  assert.deepEqual(names(tasks), ['builder', 'dockerfiles', 'build docker', 'image docker'])
  assert.ok(tasks.some(({ name }) => name === 'compile core'))
})

test('a builder that is named builds all but what a command makes', async () => {
  const tasks = await planFor(() => ({ road: 'command', command: 'make docker-build' }), { builder: 'farm' })
  assert.deepEqual(names(tasks), ['builder', 'dockerfiles', 'build docker', 'image docker'])
  assert.deepEqual(needsOf(tasks, 'build docker'), ['registry'])
  assert.deepEqual(needsOf(tasks, 'build core'), ['builder', 'dockerfiles', 'registry'])
})

test('what has to be run before comes before every road', async () => {
  for (const road of ['go', 'dockerfile', 'command'] as const) {
    const tasks = await planFor(() => ({ road, prepare: 'make generate' }))
    const first = { go: 'compile docker', dockerfile: 'dockerfiles', command: 'build docker' }[road]
    assert.ok(needsOf(tasks, first)?.includes('before build docker'), road)
  }
})

test('additional lines of a Dockerfile go on top of what Go has compiled', async () => {
  const tasks = await planFor(() => ({ additional: { helper: '', image: 'COPY x y' } }))
  assert.deepEqual(names(tasks), ['builder', 'compile docker', 'dockerfile docker', 'build docker', 'image docker'])
})

test("the image of another repository has its manager where that repository's manifests look for it", async () => {
  assert.deepEqual(needsOf(await planFor(() => ({})), 'image docker'), ['compile docker', 'base image', 'registry'])
  const tasks = await planFor(() => ({}), {}, { source: 'inferred' })
  assert.deepEqual(needsOf(tasks, 'image docker'), ['compile docker', 'render docker', 'base image', 'registry'])
})

test('any entry under `debug`, even an empty one, puts Delve beside the manager, and a port has it compiled for an editor', async () => {
  const docsOf = (tasks: readonly Task[]) => tasks.find(({ name }) => name === 'compile docker')?.docs
  const empty = await planFor(() => ({}), {}, {}, { docker: {} })
  assert.deepEqual(needsOf(empty, 'image docker'), ['compile docker', 'delve docker', 'base image', 'registry'])
  assert.match(docsOf(empty) ?? '', /, to run under Delve\.$/)
  assert.match(docsOf(await planFor(() => ({}), {}, {}, { docker: { port: 30000 } })) ?? '', /, for a debugger\.$/)
})

test('providers that have the same image are built once', async () => {
  const settings = await settingsFor()
  const resolved = resolveProviders(settings, repositories)
  const [docker] = resolved.filter(({ name }) => name === 'docker')
  assert.ok(docker)
  const tasks = planned(settings, [...resolved, { ...docker, name: 'docker-supervisor' }])
  assert.deepEqual(names(tasks), ['compile docker', 'image docker', 'image docker-supervisor'])
  assert.deepEqual(needsOf(tasks, 'image docker-supervisor'), ['image docker'])
})

test('images that are loaded wait for the nodes, and there is no registry', async () => {
  const tasks = await planFor(() => ({}), { 'image-delivery': 'load' })
  assert.deepEqual(needsOf(tasks, 'image docker'), ['compile docker', 'base image', 'nodes to load'])
  assert.deepEqual(needsOf(tasks, 'nodes to load'), ['tool kind', 'cluster'])
  assert.ok(!tasks.some(({ name }) => name === 'registry'))
})
