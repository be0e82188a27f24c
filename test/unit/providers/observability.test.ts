import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findObservability } from '../../../src/providers/observability.ts'
import { loadSettings } from '../../../src/settings/load.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'observability-'))
  for (const name of ['grafana', 'loki', 'notes']) await mkdir(join(root, 'hack/observability', name), { recursive: true })
  for (const name of ['grafana', 'loki']) await writeFile(join(root, 'hack/observability', name, 'kustomization.yaml'), '')
  await writeFile(join(root, 'hack/observability/namespace.yaml'), '')
})
after(() => rm(root, { recursive: true }))

const find = async (observability: string, ...folders: readonly string[]) =>
  findObservability(
    await loadSettings({ given: { repository: root, observability }, env: { HOME: '/' }, cwd: '/' }),
    folders.length > 0 ? folders : [root],
  )

test('tools are folders of the checkout, each once', async () =>
  assert.deepEqual(await find('loki, grafana\nloki'), [
    { name: 'loki', folder: join(root, 'hack/observability/loki') },
    { name: 'grafana', folder: join(root, 'hack/observability/grafana') },
  ]))

test('none is wanted, and none need be there', async () => assert.deepEqual(await find('', '/nowhere'), []))

test('a tool that the checkout does not have is an error with the nearest, and with those that there are', async () =>
  assert.rejects(find('loki, grafanna'), {
    what: 'observability tool grafanna is not found, did you mean grafana?',
    why: 'there are grafana, loki',
    where: ['input observability'],
  }))

test('a folder without a kustomization is no tool', async () =>
  assert.rejects(find('notes'), { what: 'observability tool notes is not found', why: 'there are grafana, loki' }))

test('a checkout without such tools is told by its folder', async () =>
  assert.rejects(find('loki', '/nowhere'), {
    why: 'there is none in /nowhere/hack/observability',
    remedy: 'they are in the checkout of Cluster API: have it among `provider-repos`, or as `repository`',
  }))

test('beside the checkout of a provider those of Cluster API are found', async () =>
  assert.deepEqual(await find('loki', '/nowhere', root), [{ name: 'loki', folder: join(root, 'hack/observability/loki') }]))

test('a tool that another release of Cluster API has in its place is named', async () => {
  const [older, newer] = [join(root, 'v1.11'), join(root, 'v1.12')]
  for (const [folder, name] of [
    [older, 'promtail'],
    [newer, 'alloy'],
  ] as const) {
    await mkdir(join(folder, 'hack/observability', name), { recursive: true })
    await writeFile(join(folder, 'hack/observability', name, 'kustomization.yaml'), '')
  }
  await assert.rejects(find('promtail', newer), {
    what: 'observability tool promtail is not found',
    remedy: 'name alloy: Cluster API v1.12 put alloy in the place of promtail',
  })
  await assert.rejects(find('alloy', older), { remedy: 'name promtail: Cluster API v1.12 put alloy in the place of promtail' })
  assert.equal((await find('promtail', older)).length, 1)
})
