/** Managers compiled otherwise than they are shipped, by a real Go. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Failure } from '../../src/host/failure.ts'
import { compileManager, type ManagerSource } from '../../src/images/compile.ts'

const run = promisify(execFile)
const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const main = 'package main\n\nimport "fmt"\n\nvar version = "none"\n\nfunc main() { fmt.Println(version) }\n'

let scratch: string
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-modes-'))
})
after(() => rm(scratch, { recursive: true, force: true }))

/** A module with these files, and a manager of it. */
async function module(name: string, files: Readonly<Record<string, string>>, more: Partial<ManagerSource> = {}): Promise<ManagerSource> {
  const root = join(scratch, name)
  for (const [file, text] of Object.entries({ 'go.mod': `module example.test/${name}\n\ngo 1.25\n`, 'main.go': main, ...files })) {
    await mkdir(join(root, file, '..'), { recursive: true })
    await writeFile(join(root, file), text)
  }
  return {
    name,
    root,
    package: '.',
    output: join(scratch, 'bin', name),
    ldflags: ['-s', '-w', '-X main.version=v1.2.3'],
    goos: 'linux',
    goarch: process.arch === 'x64' ? 'amd64' : process.arch,
    ...more,
  }
}

const failureOf = (source: ManagerSource): Promise<Failure> =>
  compileManager(source, work).then(
    () => assert.fail('it compiles'),
    (error: unknown) => {
      assert.ok(error instanceof Failure, String(error))
      return error
    },
  )

const settingsOf = async (file: string): Promise<string> => (await run('go', ['version', '-m', file])).stdout

test('a manager with the race detector is linked statically, and runs', { skip: process.arch !== 'x64' }, async () => {
  const { path } = await compileManager(await module('race', {}, { mode: { race: true } }), work)
  assert.match(await settingsOf(path), /build\t-race=true\n/)
  assert.match(await settingsOf(path), /build\tCGO_ENABLED=1\n/)
  assert.match(
    (await run('file', ['-b', path]).catch(() => run('sh', ['-c', `ldd ${path} 2>&1 || true`]))).stdout,
    /statically linked|not a dynamic executable/,
  )
  assert.equal((await run(path)).stdout, 'v1.2.3\n')
})

test('the race detector is refused for another architecture', async () => {
  const goarch = process.arch === 'arm64' ? 'amd64' : 'arm64'
  const { what, why, remedy } = await failureOf(await module('foreign', {}, { goarch, mode: { race: true } }))
  assert.equal(what, 'the manager of foreign cannot have the race detector')
  assert.match(why ?? '', /^it needs linux\/amd64, and this is /)
  assert.match(remedy ?? '', /race_detector/)
})

test('cgo without a C compiler is refused before anything is compiled', async () => {
  const { CC } = process.env
  process.env.CC = 'no-such-cc'
  const refused = await failureOf(await module('nocc', {}, { mode: { cgo: true } }))
  if (CC === undefined) delete process.env.CC
  else process.env.CC = CC
  assert.deepEqual([refused.what, refused.why], ['the manager of nocc cannot be compiled with cgo', 'there is no C compiler no-such-cc'])
})

test('a manager for a debugger is not optimised, has its symbols, and names its files as they are here', async () => {
  const source = await module('debug', {}, { mode: { debug: true } })
  const { path } = await compileManager(source, work)
  const settings = await settingsOf(path)
  assert.match(settings, /-gcflags="?all=-N -l"?/)
  assert.doesNotMatch(settings, /-trimpath=true|-s -w/)
  assert.match((await run('go', ['tool', 'nm', path])).stdout, /main\.main/)
  assert.equal((await run(path)).stdout, 'v1.2.3\n')
})

test('a generated file that is embedded and missing is an error that says where to make it', async () => {
  const embedding = 'package main\n\nimport _ "embed"\n\n//go:embed generated.yaml\nvar text string\n\nfunc main() { println(text) }\n'
  const { why, remedy, where } = await failureOf(await module('embed', { 'main.go': embedding }))
  assert.equal(why, 'pattern generated.yaml: no matching files found')
  assert.match(remedy ?? '', /before-build/)
  assert.match(where[0] ?? '', /main\.go:5:12$/)
})

test('a module that is replaced by a folder which is not there is an error that says what to check out', async () => {
  const replaced = 'module example.test/nested\n\ngo 1.25\n\nrequire example.test/api v0.0.0\n\nreplace example.test/api => ./api\n'
  const files = { 'go.mod': replaced, 'main.go': main.replace('"fmt"', '"fmt"\nimport _ "example.test/api"') }
  const { remedy } = await failureOf(await module('nested', files))
  assert.match(remedy ?? '', /check out the whole repository/)
  const whole = await module('nested', { ...files, 'api/go.mod': 'module example.test/api\n\ngo 1.25\n', 'api/api.go': 'package api\n' })
  assert.equal((await run((await compileManager(whole, work)).path)).stdout, 'v1.2.3\n')
})

test('a Go that is newer than this one, and cannot be had, is an error that says so', async () => {
  const wanted = { 'go.mod': 'module example.test/newer\n\ngo 1.25\n\ntoolchain go1.99.7\n' }
  const toolchain = process.env.GOTOOLCHAIN
  process.env.GOTOOLCHAIN = 'auto'
  const { why, remedy } = await failureOf(await module('newer', wanted))
  if (toolchain === undefined) delete process.env.GOTOOLCHAIN
  else process.env.GOTOOLCHAIN = toolchain
  assert.match(why ?? '', /^go: download go1\.99\.7/)
  assert.match(remedy ?? '', /newer Go than this machine has, and it cannot be fetched/)
})

test('a vendored tree is compiled from its own copies', async () => {
  const files = {
    'go.mod': 'module example.test/vendored\n\ngo 1.25\n\nrequire example.test/dep v1.0.0\n',
    'vendor/modules.txt': '# example.test/dep v1.0.0\n## explicit; go 1.25\nexample.test/dep\n',
    'vendor/example.test/dep/dep.go': 'package dep\n\nconst Word = "vendored"\n',
    'main.go': 'package main\n\nimport "example.test/dep"\n\nfunc main() { print(dep.Word) }\n',
  }
  assert.equal((await run((await compileManager(await module('vendored', files), work)).path)).stderr, 'vendored')
  const { remedy } = await failureOf(await module('vendored', { ...files, 'vendor/modules.txt': '' }))
  assert.match(remedy ?? '', /go mod vendor/)
})
