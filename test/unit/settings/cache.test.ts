import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheEndpoint } from '../../../src/host/runner.ts'
import { loadSettings, type SettingsSources } from '../../../src/settings/load.ts'

const runner = {
  ACTIONS_CACHE_SERVICE_V2: 'true',
  ACTIONS_RESULTS_URL: 'https://results.example/',
  ACTIONS_CACHE_URL: 'https://v1.example/x',
  ACTIONS_RUNTIME_TOKEN: 'jwt',
}
const load = (cache: string, sources: Partial<SettingsSources> = {}) =>
  loadSettings({ given: { cache }, env: { HOME: '/home/me', ...runner }, cwd: '/', ...sources })

test('what is to be cached is a list with comments, and `all` is all of it', async () => {
  assert.deepEqual((await load('managers # executables\n tools, managers')).cache, ['tools', 'managers'])
  assert.deepEqual((await load('all')).cache, ['tools', 'go', 'managers', 'node-image'])
  assert.deepEqual((await load('')).cache, [])
})

test('another word is an error with the nearest one', async () => {
  await assert.rejects(load('node-images'), {
    what: 'cache[0] is "node-images", but must be one of tools, go, managers, node-image, all, did you mean node-image?',
  })
})

test('the token of the service is a secret of those who use it', async () => {
  assert.ok((await load('go')).secrets.includes('jwt'))
  assert.ok(!(await load('')).secrets.includes('jwt'))
})

test('where there is no service, that is said, and nothing is cached', async () => {
  const { cache, notices } = await load('all', { env: { HOME: '/home/me' } })
  assert.deepEqual(cache, [])
  assert.deepEqual(notices, ['cache is not acted on: there is no Actions cache service here (input cache)'])
})

test('an action without the input caches nothing, whatever the environment says', async () => {
  const env = { HOME: '/home/me', CAPI_ACTIONS_CACHE: 'all' }
  const { cache, notices } = await loadSettings({ given: {}, env, cwd: '/', of: ['clusterName'] })
  assert.deepEqual([cache, notices], [[], []])
})

test('the protocol is the second where the runner says so, but the first on GitHub Enterprise Server', () => {
  const rights = { token: 'jwt', readable: true, writable: true }
  assert.deepEqual(cacheEndpoint(runner), { version: 2, url: 'https://results.example/', ...rights })
  assert.deepEqual(cacheEndpoint({ ...runner, GITHUB_SERVER_URL: 'https://a.ghe.com' })?.version, 2)
  assert.deepEqual(cacheEndpoint({ ...runner, GITHUB_SERVER_URL: 'https://git.example' }), {
    version: 1,
    url: 'https://v1.example/x/',
    ...rights,
  })
  assert.equal(cacheEndpoint({ ...runner, ACTIONS_CACHE_SERVICE_V2: '' })?.version, 1)
  assert.equal(cacheEndpoint({ ACTIONS_RESULTS_URL: 'https://results.example/' }), undefined)
})

test('cache-mode of the job says what the token may do', () => {
  const rights = (mode: string) => {
    const { readable, writable } = cacheEndpoint({ ...runner, ACTIONS_CACHE_MODE: mode }) ?? {}
    return [readable, writable]
  }
  assert.deepEqual(rights('read'), [true, false])
  assert.deepEqual(rights('write-only'), [false, true])
  assert.deepEqual(rights('none'), [false, false])
  assert.deepEqual(rights('write'), [true, true])
  assert.deepEqual(rights('later'), [true, true])
})
