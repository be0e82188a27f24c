/** Whether a manager is up to date, against the real Go: whatever `go build` would build anew for must not pass as unchanged. */
import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { compileManager, type ManagerSource, rememberManager } from '../../src/images/compile.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

const files: Readonly<Record<string, string>> = {
  'go.mod': 'module example.test/manager\n\ngo 1.22\n\nrequire example.test/api v0.0.0\n\nreplace example.test/api => ./api\n',
  'main.go':
    'package main\n\nimport (\n\t"example.test/api/names"\n\t"example.test/manager/texts"\n)\n\nfunc main() { println(names.Name, len(texts.Read())) }\n',
  'main_test.go': 'package main\n',
  'texts/texts.go':
    'package texts\n\nimport "embed"\n\n//go:embed all:files\nvar files embed.FS\n\nfunc Read() string { text, _ := files.ReadFile("files/deep/one.txt"); return string(text) }\n',
  'texts/files/deep/one.txt': 'one',
  'texts/files/case_test.go': 'package files\n',
  'api/go.mod': 'module example.test/api\n\ngo 1.22\n',
  'api/names/name.go': 'package names\n\nconst Name = "api"\n',
  'unused/unused.go': 'package unused\n',
}

/** A manager's sources, and the manager as a first run leaves it. */
async function builtManager(t: TestContext): Promise<ManagerSource> {
  const root = await mkdtemp(join(tmpdir(), 'capi-actions-inputs-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  // Older than the build: what changed while it ran is not taken for what was built.
  const before = new Date(Date.now() - 60_000)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
    await utimes(join(root, name), before, before)
  }
  const source = {
    name: 'test',
    root,
    package: '.',
    output: join(root, 'bin/manager'),
    ldflags: ['-s', '-w'],
    goos: 'linux',
    goarch: 'amd64',
  }
  await rememberManager(source, await compileManager(source, work), work)
  return source
}

const isBuilt = async (source: ManagerSource): Promise<boolean> => (await compileManager(source, work)).began !== undefined

test('a manager whose sources have not changed is not built again', async t => {
  const source = await builtManager(t)
  const { mtimeMs } = await stat(source.output)
  assert.equal(await isBuilt(source), false)
  assert.equal((await stat(source.output)).mtimeMs, mtimeMs)
})

const changes: Readonly<Record<string, (source: ManagerSource) => Promise<unknown> | ManagerSource>> = {
  'a source file': ({ root }) => appendFile(join(root, 'main.go'), '// more\n'),
  'a file that a package embeds, in a folder of its own': ({ root }) => writeFile(join(root, 'texts/files/deep/one.txt'), 'two'),
  'a new file that a package embeds': ({ root }) => writeFile(join(root, 'texts/files/deep/two.txt'), 'two'),
  'a file that is embedded though it is named as a test': ({ root }) => appendFile(join(root, 'texts/files/case_test.go'), '// more\n'),
  'go.mod of a module that is replaced by a folder': ({ root }) => appendFile(join(root, 'api/go.mod'), '\n// more\n'),
  'a new source file of a package': ({ root }) => writeFile(join(root, 'init.go'), 'package main\n\nfunc init() { println(1) }\n'),
  'a module that is replaced by a folder': ({ root }) =>
    writeFile(join(root, 'api/names/name.go'), 'package names\n\nconst Name = "other"\n'),
  'go.mod': ({ root }) => appendFile(join(root, 'go.mod'), '\n// more\n'),
  'the executable itself': ({ output }) => writeFile(output, 'something else'),
  'the linker flags': source => ({ ...source, ldflags: [] }),
  'the note about them': ({ output }) => writeFile(`${output}.inputs.json`, '{"inputs":'),
}

for (const [what, change] of Object.entries(changes)) {
  test(`a manager is built again after a change of ${what}`, async t => {
    const source = await builtManager(t)
    const changed = await change(source)
    assert.equal(await isBuilt({ ...source, ...(changed as object | undefined) }), true)
  })
}

const idle: Readonly<Record<string, string>> = { 'a test': 'main_test.go', 'a package that it does not import': 'unused/unused.go' }

for (const [what, file] of Object.entries(idle)) {
  test(`a manager is not built again after a change of ${what}`, async t => {
    const source = await builtManager(t)
    await appendFile(join(source.root, file), '// more\n')
    assert.equal(await isBuilt(source), false)
  })
}

test('what was changed while Go built is not taken for what was built', async t => {
  const source = await builtManager(t)
  await rm(`${source.output}.inputs.json`)
  const compiled = await compileManager(source, work)
  await writeFile(join(source.root, 'api/names/name.go'), 'package names\n\nconst Name = "changed meanwhile"\n')
  await rememberManager(source, compiled, work)
  assert.equal(await isBuilt(source), true)
  assert.match(await readFile(source.output, 'latin1'), /changed meanwhile/)
})

test('a failing build leaves no note: it is tried again', async t => {
  const source = await builtManager(t)
  await writeFile(join(source.root, 'main.go'), 'package main\n\nfunc main() { undefined() }\n')
  await assert.rejects(compileManager(source, work), { what: 'the manager of test does not compile' })
  await assert.rejects(compileManager(source, work), { what: 'the manager of test does not compile' })
})
