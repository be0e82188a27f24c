import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { textsIn } from '../../../src/plan/add-on-tasks.ts'
import { planOf } from '../../../src/run/up.ts'
import { loadSettings } from '../../../src/settings/load.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'manifests-'))
  for (const folder of ['folder', 'folder/below', 'kustomized', 'empty']) await mkdir(join(root, folder))
  for (const file of [
    'folder/b.yaml',
    'folder/a.yml',
    'folder/c.json',
    'folder/notes.md',
    'folder/below/d.yaml',
    'kustomized/kustomization.yaml',
  ])
    await writeFile(join(root, file), '')
  await writeFile(join(root, 'map.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: "${UNSET_NAME}"}\n')
})
after(() => rm(root, { recursive: true }))

test('of a folder the manifests are read that kubectl would apply, in the order of their names', async () => {
  const texts = await textsIn(join(root, 'folder'), 'input manifests')
  assert.deepEqual(
    texts.map(({ file }) => file),
    ['a.yml', 'b.yaml', 'c.json'].map(name => join(root, 'folder', name)),
  )
})

test('a folder that is a kustomization, one without manifests, and what is not there are told', async () => {
  await assert.rejects(textsIn(join(root, 'kustomized'), 'input manifests'), {
    what: `${join(root, 'kustomized')} is a kustomization`,
    where: ['input manifests'],
  })
  await assert.rejects(textsIn(join(root, 'empty'), 'x'), { what: `${join(root, 'empty')} has no manifests` })
  await assert.rejects(textsIn(join(root, 'nowhere.yaml'), 'x'), { what: `there are no manifests ${join(root, 'nowhere.yaml')}` })
})

test('a plan that is only shown has read the manifests, and filled those that say so', async () => {
  const plan = async (manifests: string) =>
    planOf(
      await loadSettings({ given: { providers: 'none', manifests, 'state-dir': join(root, 'state') }, env: { HOME: '/' }, cwd: root }),
      new AbortController().signal,
    )
  assert.ok((await plan('map.yaml')).tasks.some(({ name }) => name === 'ready manifests map.yaml'))
  await assert.rejects(plan('nowhere.yaml'), { what: `there are no manifests ${join(root, 'nowhere.yaml')}` })
  await assert.rejects(plan('- {from: map.yaml, substitute: true}'), /UNSET_NAME is not set/)
})
