import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hashContext } from '../../../src/images/context.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
let folder: string
let hash: () => Promise<string>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-actions-context-'))
  hash = () => hashContext({ folder, dockerfile: join(folder, 'Dockerfile') }, work)
  await mkdir(join(folder, 'docs'))
  await mkdir(join(folder, 'cmd'))
  await writeFile(join(folder, 'cmd/main.go'), 'package main')
  await writeFile(join(folder, 'docs/a.md'), 'a')
  await writeFile(join(folder, '.dockerignore'), 'docs\n')
})
after(() => rm(folder, { recursive: true }))

test('what .dockerignore leaves out and when a file was written decide nothing', async () => {
  const first = await hash()
  await writeFile(join(folder, 'docs/a.md'), 'b')
  await utimes(join(folder, 'cmd/main.go'), 1, 1)
  assert.equal(await hash(), first)
})

test('content, names, permissions and links of files decide', async () => {
  const seen = [await hash()]
  const change = async (make: () => Promise<unknown>) => {
    await make()
    seen.push(await hash())
  }
  await change(() => writeFile(join(folder, 'cmd/main.go'), 'package other'))
  await change(() => chmod(join(folder, 'cmd/main.go'), 0o755))
  await change(() => writeFile(join(folder, 'cmd/empty.go'), ''))
  await change(() => symlink('main.go', join(folder, 'cmd/link')))
  await change(() => rm(join(folder, 'cmd/empty.go')))
  assert.equal(new Set(seen).size, seen.length)
})

test('a file beside the Dockerfile that says what is left out goes before that of the folder', async () => {
  await writeFile(join(folder, 'Dockerfile.dockerignore'), '*\n!cmd\n')
  const first = await hash()
  await writeFile(join(folder, 'other'), 'x')
  await writeFile(join(folder, 'docs/a.md'), 'c')
  assert.equal(await hash(), first)
  await writeFile(join(folder, 'cmd/main.go'), 'package third')
  assert.notEqual(await hash(), first)
})
