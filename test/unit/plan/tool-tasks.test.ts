import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toolTasks, wantedToolTasks } from '../../../src/plan/tool-tasks.ts'
import { fieldKeys } from '../../../src/settings/fields.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { capiCheckout } from '../providers/checkout.ts'

const settingsFor = (given: Record<string, string>) => loadSettings({ given, env: { HOME: '/home/me' }, cwd: '/', of: fieldKeys })

/** Name and version of each task, as its docs say it. */
const told = (tasks: readonly { readonly docs: string }[]) => tasks.map(({ docs }) => /^Finds (.*) on PATH/.exec(docs)?.[1])

test('without a word, the four tools of Cluster API are wanted, and clusterctl is the latest', async () =>
  assert.deepEqual(told(wantedToolTasks(await settingsFor({}))), ['kind v0.32.0', 'kustomize ^5', 'clusterctl latest', 'kubectl 1.36.x']))

test('of the tools that are listed each has a task, and no other', async () => {
  const tasks = wantedToolTasks(await settingsFor({ tools: 'helm kind', 'kind-version': 'v0.31.0', 'kubectl-version': 'v1.34.4' }))
  assert.deepEqual(
    tasks.map(({ name, needs }) => [name, needs]),
    [
      ['tool helm', []],
      ['tool kind', []],
    ],
  )
  assert.deepEqual(told(tasks), ['helm latest', 'kind v0.31.0'])
})

test('helm is wanted too where its version is said and no tools are listed', async () => {
  const helmOf = async (given: Record<string, string>) =>
    told(wantedToolTasks(await settingsFor({ 'helm-version': '^3', ...given }))).filter(one => one?.startsWith('helm'))
  assert.deepEqual([await helmOf({}), await helmOf({ tools: 'kind' })], [['helm ^3'], []])
})

test('the whole chain has its four tools whatever is listed, helm where its version is said, and clusterctl from the repository', async () => {
  const repositories = [capiCheckout()]
  const chain = async (given: Record<string, string>) =>
    told(Object.values(toolTasks({ settings: await settingsFor(given), repositories })))
  assert.deepEqual(await chain({ tools: 'helm' }), ['kind v0.32.0', 'kustomize ^5', 'kubectl 1.36.x', 'clusterctl v1.13.4'])
  assert.deepEqual(await chain({ 'helm-version': '^3', 'clusterctl-version': 'v1.12.1' }), [
    'kind v0.32.0',
    'kustomize ^5',
    'kubectl 1.36.x',
    'clusterctl v1.12.1',
    'helm ^3',
  ])
})
