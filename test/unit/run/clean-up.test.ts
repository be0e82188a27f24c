import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { cleanUp } from '../../../src/run/clean-up.ts'
import { openState } from '../../../src/run/state.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
let root: string
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'capi-actions-clean-up-')), 'capi-actions')
})
afterEach(() => rm(join(root, '..'), { recursive: true }))

test('what is recorded is removed, and said, and a second time there is nothing to remove', async () => {
  const state = join(root, 'demo')
  const elsewhere = join(root, '..', 'demo.kubeconfig')
  const record = await openState(state)
  await record({ kind: 'path', path: elsewhere })
  await writeFile(elsewhere, 'kind: Config\n')
  assert.deepEqual(await cleanUp(state, work), [`removed ${elsewhere}`, `removed ${state}`])
  assert.equal(existsSync(elsewhere), false)
  assert.deepEqual(await cleanUp(state, work), [])
})

test('the folder of all states goes with the last of them', async () => {
  await openState(join(root, 'one'))
  await openState(join(root, 'other'))
  await cleanUp(join(root, 'one'), work)
  assert.equal(existsSync(root), true)
  await cleanUp(join(root, 'other'), work)
  assert.equal(existsSync(root), false)
})

test("a state folder that was the user's stays, with what the user has in it", async () => {
  await mkdir(join(root, 'mine'), { recursive: true })
  await writeFile(join(root, 'mine', 'notes.txt'), 'mine')
  const record = await openState(join(root, 'mine'))
  await record({ kind: 'path', path: join(root, 'mine', 'kubeconfig') })
  await cleanUp(join(root, 'mine'), work)
  assert.equal(existsSync(join(root, 'mine', 'notes.txt')), true)
  assert.equal(existsSync(join(root, 'mine', 'made.jsonl')), false)
})
