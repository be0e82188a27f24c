import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { keyOf } from '../../../src/cache/keys.ts'
import { digestSources, type SourceDigests } from '../../../src/cache/sources.ts'
import { rememberingWork } from '../host/fault-server.ts'

const git = (cwd: string, ...args: string[]) =>
  promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd })

let root: string
/** Without git, and the same with it. */
let plain: string
let repository: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sources-'))
  plain = join(root, 'plain')
  for (const folder of ['cmd', 'docs', 'test']) await mkdir(join(plain, folder), { recursive: true })
  const files = {
    'go.mod': 'module a\n',
    'go.sum': '',
    'main.go': 'package main\n',
    'main_test.go': 'package main\n',
    'docs/a.txt': 'a',
    'test/go.mod': 'module b\n',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(plain, name), text)
  repository = join(root, 'repository')
  await cp(plain, repository, { recursive: true })
  await git(repository, 'init', '--quiet')
  await git(repository, 'add', '.')
  await git(repository, 'commit', '--quiet', '--message', 'all')
})
after(() => rm(root, { recursive: true }))

const digests = (folder: string): Promise<SourceDigests> => digestSources(folder, rememberingWork())

/** Which of the two digests are others after `change`, in a copy. */
async function changed(folder: string, change: (copy: string) => Promise<unknown>): Promise<string[]> {
  const copy = join(root, 'copy')
  await cp(folder, copy, { recursive: true, preserveTimestamps: true })
  try {
    const before = await digests(copy)
    await change(copy)
    const now = await digests(copy)
    return (['modules', 'sources'] as const).filter(one => before[one] !== now[one])
  } finally {
    await rm(copy, { recursive: true })
  }
}

test('a checkout has the same digests with git and without', async () => assert.deepEqual(await digests(repository), await digests(plain)))

for (const [name, folder] of [
  ['with git', () => repository],
  ['without git', () => plain],
] as const) {
  const write = (file: string, text: string) => (copy: string) => writeFile(join(copy, file), text)

  test(`${name}, a source that changes, comes or goes changes the digest of sources alone`, async () => {
    assert.deepEqual(await changed(folder(), write('main.go', 'package main // changed\n')), ['sources'])
    assert.deepEqual(await changed(folder(), write('cmd/new.go', 'package cmd\n')), ['sources'])
    assert.deepEqual(await changed(folder(), copy => rm(join(copy, 'main.go'))), ['sources'])
  })

  test(`${name}, go.mod and go.sum of each module count twice`, async () => {
    assert.deepEqual(await changed(folder(), write('test/go.mod', 'module c\n')), ['modules', 'sources'])
    assert.deepEqual(await changed(folder(), write('go.sum', 'x v1 h1:\n')), ['modules', 'sources'])
  })

  test(`${name}, times, texts and tests change nothing`, async () => {
    assert.deepEqual(await changed(folder(), copy => utimes(join(copy, 'main.go'), 1, 1)), [])
    assert.deepEqual(await changed(folder(), write('README.md', 'text')), [])
    assert.deepEqual(await changed(folder(), write('docs/a.txt', 'b')), [])
    assert.deepEqual(await changed(folder(), write('main_test.go', 'package main // x\n')), [])
  })
}

test('what is committed has the digest that it had before', async () =>
  assert.deepEqual(
    await changed(repository, async copy => {
      await writeFile(join(copy, 'main.go'), 'package main // changed\n')
      const uncommitted = await digests(copy)
      await git(copy, 'commit', '--quiet', '--all', '--message', 'change')
      assert.deepEqual(await digests(copy), uncommitted)
      await git(copy, 'reset', '--quiet', '--hard', 'HEAD~1')
    }),
    [],
  ))

test('what git ignores is not looked at', async () =>
  assert.deepEqual(
    await changed(repository, async copy => {
      await writeFile(join(copy, '.git/info/exclude'), 'out/\n')
      await mkdir(join(copy, 'out'))
      await writeFile(join(copy, 'out/manager'), 'x')
    }),
    [],
  ))

test('keys have system, processor and layout in them, and are lower case', () =>
  assert.equal(keyOf('go-build', 'ABC', 'd'), `capi-actions-go-build-1-${process.platform}-${process.arch}-abc-d`))
