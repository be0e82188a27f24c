import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { hashLines } from '../../../src/images/context.ts'
import { keyOfCommand, onlyImagesChanged, readSources, tagOfSources } from '../../../src/images/source-hash.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

async function sources(t: TestContext, git: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-sources-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const write = async (file: string, text: string) => {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  await write('.gitignore', 'bin/\n')
  await write('main.go', 'package main\n')
  if (git) await promisify(execFile)('git', ['init', '--quiet', folder])
  const read = () => readSources(folder, [join(folder, 'made')], work)
  return { hash: async () => hashLines(await read()), read, folder, write }
}

for (const git of [true, false])
  test(`what git ignores and archives of images count for nothing, all else does, ${git ? 'in a checkout' : 'in a folder that is none'}`, async t => {
    const { hash, write } = await sources(t, git)
    const first = await hash()
    await write('bin/manager', 'built')
    assert.equal(await hash(), first)
    await write('made/image.tar', 'made')
    assert.equal(await hash(), first)
    await write('config/new.yaml', 'a: 1\n')
    const second = await hash()
    assert.notEqual(second, first)
    await write('main.go', 'package main // changed\n')
    assert.notEqual(await hash(), second)
  })

const [TAG, LATER] = [tagOfSources('0123456789abcdef01'), tagOfSources('fedcba987654321001')]

test('the image that a Makefile writes into its manifests is its own change, and whichever it is, they are the same', async t => {
  const { folder, hash, read, write } = await sources(t, true)
  await write('config/image.yaml', 'image: upstream:latest\n')
  const before = await read()
  await write('config/image.yaml', `image: localhost:5000/x-amd64:${TAG}\n`)
  const first = await hash()
  assert.equal(await onlyImagesChanged(folder, before, await read()), true)
  await write('config/image.yaml', `image: localhost:5000/x-amd64:${LATER}\n`)
  assert.equal(await hash(), first)
  await write('config/image.yaml', `image: localhost:5000/x-amd64:${LATER}\nimagePullPolicy: Always\n`)
  assert.notEqual(await hash(), first)
})

for (const [what, file] of [
  ['a source', 'main.go'],
  ['a manifest without a tag of ours', 'config/other.yaml'],
] as const)
  test(`${what} that has changed meanwhile may be anybody's`, async t => {
    const { folder, read, write } = await sources(t, true)
    const before = await read()
    await write('config/image.yaml', `image: localhost:5000/x:${TAG}\n`)
    await write(file, 'changed')
    assert.equal(await onlyImagesChanged(folder, before, await read()), false)
  })

test('another command, or another value of a variable, makes another image', () => {
  const key = keyOfCommand('make docker-build', 'abc', { ARCH: 'amd64', TAG: 'x' })
  assert.equal(keyOfCommand('make docker-build', 'abc', { TAG: 'x', ARCH: 'amd64' }), key)
  assert.notEqual(keyOfCommand('make docker-build', 'abc', { ARCH: 'arm64', TAG: 'x' }), key)
  assert.notEqual(keyOfCommand('make image', 'abc', { ARCH: 'amd64', TAG: 'x' }), key)
})
