import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { openState, readState, stateFile } from '../../../src/run/state.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'capi-actions-state-'))
})
afterEach(() => rm(root, { recursive: true }))

test('what is recorded is read back in the order of making, once', async () => {
  const directory = join(root, 'new', 'demo')
  const record = await openState(directory)
  await record({ kind: 'container', name: 'kind-registry' })
  await record({ kind: 'container', name: 'kind-registry' })
  await (await openState(directory))({ kind: 'network', name: 'kind' })
  assert.deepEqual(await readState(directory), [
    { kind: 'path', path: directory },
    { kind: 'container', name: 'kind-registry' },
    { kind: 'network', name: 'kind' },
  ])
})

test('a directory that was there before is not recorded as ours', async () => {
  const directory = join(root, 'mine')
  await mkdir(directory)
  await (await openState(directory))({ kind: 'container', name: 'x' })
  assert.deepEqual(await readState(directory), [{ kind: 'container', name: 'x' }])
})

test('a last line that was cut by a kill is ignored', async () => {
  const directory = join(root, 'cut')
  await openState(directory)
  await appendFile(stateFile(directory), '{"format":1,"made":{"kind":"conta')
  assert.deepEqual(await readState(directory), [{ kind: 'path', path: directory }])
})

test("another version's record is refused with file and line", async () => {
  await writeFile(stateFile(root), '{"format":99,"made":{}}\n')
  await assert.rejects(readState(root), (error: unknown) => error instanceof Failure && error.where[0] === `${stateFile(root)}:1`)
})
