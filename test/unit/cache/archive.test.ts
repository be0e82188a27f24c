import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type FolderContent, folderPacking, pack, unpackInto } from '../../../src/cache/archive.ts'
import { exec } from '../../../src/host/exec.ts'
import { rememberingWork } from '../host/fault-server.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'archive-'))
})
after(async () => {
  await exec('chmod', ['-R', 'u+w', root], rememberingWork())
  await rm(root, { recursive: true })
})

/** A folder like Go's module cache: a module may not be written. */
async function moduleCache(name: string): Promise<string> {
  const folder = join(root, name)
  await mkdir(join(folder, 'example.com/a@v1'), { recursive: true })
  await mkdir(join(folder, 'cache/download/example.com/a/@v'), { recursive: true })
  await writeFile(join(folder, 'example.com/a@v1/a.go'), 'package a\n', { mode: 0o444 })
  await writeFile(join(folder, 'example.com/a@v1/data.zip'), 'of the module')
  await writeFile(join(folder, 'cache/download/example.com/a/@v/v1.zip'), 'all of it again')
  await writeFile(join(folder, 'cache/download/example.com/a/@v/v1.ziphash'), 'h1:')
  await chmod(join(folder, 'example.com/a@v1'), 0o555)
  return folder
}

async function transferred(content: Omit<FolderContent, 'kind'>, to: string): Promise<void> {
  const file = join(root, 'archive.tar.zst')
  const bytes = await pack(await folderPacking({ kind: 'folder', ...content }), file, 1e9, rememberingWork())
  assert.equal(bytes, (await stat(file)).size)
  await unpackInto(to, file, rememberingWork())
}

const files = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(one => one.isFile())
    .map(one => join(one.parentPath, one.name).slice(folder.length + 1))
    .toSorted()

test('a module cache comes back as it was, without the archives that it was unpacked from', async () => {
  const to = join(root, 'to')
  await transferred({ folder: await moduleCache('from'), members: ['.'], without: ['./cache/download/*.zip'] }, to)
  assert.deepEqual(await files(to), ['cache/download/example.com/a/@v/v1.ziphash', 'example.com/a@v1/a.go', 'example.com/a@v1/data.zip'])
  assert.equal((await stat(join(to, 'example.com/a@v1'))).mode & 0o777, 0o555)
  assert.equal((await stat(join(to, 'example.com/a@v1/a.go'))).mode & 0o777, 0o444)
})

test('what is there already stays beside what comes; files are replaced, modules are not', async () => {
  const from = await moduleCache('more')
  await mkdir(join(root, 'there/example.com/b@v1'), { recursive: true })
  await mkdir(join(root, 'there/example.com/a@v1'), { recursive: true })
  await mkdir(join(root, 'there/cache/download/example.com/a/@v'), { recursive: true })
  await writeFile(join(root, 'there/cache/download/example.com/a/@v/v1.ziphash'), 'old')
  await chmod(join(root, 'there/example.com/a@v1'), 0o555)
  const to = join(root, 'there')
  await transferred({ folder: from, members: ['.'] }, to)
  assert.equal(await readFile(join(to, 'cache/download/example.com/a/@v/v1.ziphash'), 'utf8'), 'h1:')
  assert.deepEqual((await readdir(join(to, 'example.com'))).toSorted(), ['a@v1', 'b@v1'])
  assert.deepEqual(await readdir(join(to, 'example.com/a@v1')), [])
})

test('of a folder only its members are packed', async () => {
  const from = join(root, 'tools')
  for (const name of ['kind/1/x64', 'go/1/x64']) await mkdir(join(from, name), { recursive: true })
  await writeFile(join(from, 'kind/1/x64/kind'), 'kind', { mode: 0o755 })
  await writeFile(join(from, 'kind/1/x64.complete'), '')
  const to = join(root, 'tools again')
  await transferred({ folder: from, members: ['kind/1/x64', 'kind/1/x64.complete'] }, to)
  assert.deepEqual(await files(to), ['kind/1/x64.complete', 'kind/1/x64/kind'])
  assert.equal((await stat(join(to, 'kind/1/x64/kind'))).mode & 0o777, 0o755)
})

test('what becomes larger than may be is given up', async () => {
  const from = join(root, 'large')
  await mkdir(from)
  await writeFile(join(from, 'a'), Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * index) % 251)))
  const packing = await folderPacking({ kind: 'folder', folder: from, members: ['.'] })
  assert.equal(await pack(packing, join(root, 'large.tar.zst'), 100, rememberingWork()), undefined)
})
