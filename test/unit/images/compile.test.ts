import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BuildMode, compileManager, complaints, goBuild } from '../../../src/images/compile.ts'

test("the compiler's messages are read with their places", () => {
  const output = [
    '# sigs.k8s.io/cluster-api/internal/x',
    'internal/x/a.go:12:3: undefined: foo',
    './main.go:4: something without a column',
    'go.mod:3: invalid go version',
    '\tgo get github.com/nope/nope',
    'note: module requires Go 1.30',
  ]
  assert.deepEqual(complaints(output), [
    { where: 'internal/x/a.go:12:3', message: 'undefined: foo' },
    { where: './main.go:4', message: 'something without a column' },
    { where: 'go.mod:3', message: 'invalid go version' },
  ])
})

test('a folder that is no Go module is an error that names it', async () => {
  const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
  const source = {
    name: 'core',
    root: '/nonexistent',
    package: '.',
    output: '/nonexistent/manager',
    ldflags: [],
    goos: 'linux',
    goarch: 'amd64',
  }
  await assert.rejects(compileManager(source, work), { what: '/nonexistent is no Go module', why: 'there is no /nonexistent/go.mod' })
})

test('what runs under Delve is not stripped, and is optimised unless somebody attaches', () => {
  const flagsFor = (mode: BuildMode) =>
    goBuild({
      name: 'core',
      root: '/',
      package: '.',
      output: '/manager',
      ldflags: ['-s', '-w', '-X a=b'],
      goos: 'linux',
      goarch: 'amd64',
      mode,
    }).flags
  assert.deepEqual(flagsFor({}), ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w -X a=b'])
  assert.deepEqual(flagsFor({ delve: true }), ['-buildvcs=false', '-ldflags', '-X a=b'])
  assert.deepEqual(flagsFor({ delve: true, debug: true }), ['-gcflags', 'all=-N -l', '-buildvcs=false', '-ldflags', '-X a=b'])
})
