import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtIn, findMainPackage, moduleOf } from '../../../src/providers/main-package.ts'
import { refusal } from '../refusal.ts'
import { filesOf } from './checkout.ts'

const MAIN = 'package main\n\nfunc main() {}\n'

/** What is built of a checkout with these main files and a go.mod at its root. */
function built(
  mains: readonly string[],
  wanted: { context?: string; goMain?: string; dockerfile?: string } = {},
  more: Record<string, string> = {},
) {
  const files = filesOf({ 'go.mod': 'module example.org/foo', ...Object.fromEntries(mains.map(file => [file, MAIN])), ...more })
  return findMainPackage(files, { name: 'foo', context: '.', where: 'tilt-provider.yaml:1:1', ...wanted })
}

test('go_main is trusted where it is there, as a file and as a package', () => {
  assert.deepEqual(built(['main.go', 'cmd/main.go'], { goMain: 'cmd/main.go' }), { module: '.', package: './cmd', notices: [] })
  assert.equal(built(['main.go', 'cmd/main.go'], { goMain: './cmd' }).package, './cmd')
  assert.equal(built(['cmd/manager/main.go'], { goMain: './cmd/manager/main.go' }).package, './cmd/manager')
  assert.equal(built(['main.go']).package, '.')
})

test('without go_main the main function is looked for where most have it', () => {
  assert.equal(built(['main.go', 'cmd/main.go', 'cmd/tool/main.go']).package, '.')
  assert.equal(built(['cmd/main.go', 'cmd/tool/main.go']).package, './cmd')
  assert.equal(built(['cmd/manager/main.go', 'cmd/tool/main.go']).package, './cmd/manager')
  assert.equal(built(['cmd/capfoo/main.go', 'hack/gen/main.go']).package, './cmd/capfoo')
  assert.equal(built(['cmd/root.go']).package, './cmd')
})

test('a go_main that is not there is said, and what is built instead', () => {
  assert.deepEqual(built(['cmd/main.go'], { goMain: 'main.go' }), {
    module: '.',
    package: './cmd',
    notices: ['provider foo: go_main is main.go, which is not there: cmd is built (tilt-provider.yaml:1:1)'],
  })
})

test('of several commands the Dockerfile tells which is the manager', () => {
  const dockerfile = 'FROM golang\nWORKDIR /workspace\nCOPY . .\nRUN CGO_ENABLED=0 go build -o manager ./cmd/capfoo\n'
  assert.equal(built(['cmd/capfoo/main.go', 'cmd/tool/main.go'], { dockerfile }).package, './cmd/capfoo')
})

test('several commands that nothing tells apart are an error that lists them', () => {
  const { what, why, remedy, where } = refusal(() => built(['cmd/capfoo/main.go', 'cmd/tool/main.go']))
  assert.deepEqual(
    [what, why, where],
    ['it is not said which main package provider foo is', 'there are cmd/capfoo, cmd/tool', ['tilt-provider.yaml:1:1']],
  )
  assert.match(remedy ?? '', /`go_main` in its tilt-provider file, or `go-main` for it in `provider-config`/)
})

test('no main function at all is an error that says where it was looked for', () => {
  const { what, why } = refusal(() => built([], { context: 'bootstrap' }))
  assert.equal(what, 'provider foo has no main package')
  assert.equal(
    why,
    'there is none in bootstrap/main.go, bootstrap/cmd/main.go, bootstrap/cmd/manager/main.go, bootstrap/cmd/*/, nor does a Dockerfile tell one',
  )
})

test('a package is built in the module that it lies in', () => {
  const nested = { 'test/go.mod': 'module example.org/foo/test' }
  const docker = built(['test/infrastructure/docker/main.go'], { context: 'test/infrastructure/docker' }, nested)
  assert.deepEqual([docker.module, docker.package], ['test', './infrastructure/docker'])
  const bootstrap = built(['bootstrap/main.go'], { context: 'bootstrap' }, nested)
  assert.deepEqual([bootstrap.module, bootstrap.package], ['.', './bootstrap'])
  const own = built(['controller/main.go'], { context: 'controller' }, { 'controller/go.mod': 'module example.org/c' })
  assert.deepEqual([own.module, own.package], ['controller', '.'])
})

test('without a go.mod there is another way to build', () => {
  const files = filesOf({ 'main.go': MAIN })
  const { what, remedy } = refusal(() => findMainPackage(files, { name: 'foo', context: '.' }))
  assert.equal(what, "provider foo can't be built by Go")
  assert.match(remedy ?? '', /`build: dockerfile`, or `build: command`/)
  assert.equal(
    moduleOf('a/b/c', path => path === 'a/go.mod'),
    'a',
  )
  assert.equal(
    moduleOf('.', path => path === 'go.mod'),
    '.',
  )
  assert.equal(
    moduleOf('a', () => false),
    undefined,
  )
})

test('what a Dockerfile builds is read through its folders, its build args and its comments', () => {
  assert.deepEqual(
    builtIn(
      'FROM golang\nWORKDIR /workspace\nCOPY . ./\nARG package=./bootstrap/main.go\nRUN go build \\\n  -ldflags "${LDFLAGS} -s" -o manager "${package}"\n',
    ),
    ['bootstrap/main.go'],
  )
  assert.deepEqual(
    builtIn(
      'FROM golang AS b\nWORKDIR /tmp\nRUN curl x\nWORKDIR /src\nCOPY ./ ./\nWORKDIR /src/test/foo\n# the go build of it, kept by calls\nRUN go build -o /manager .\n',
    ),
    ['test/foo'],
  )
  assert.deepEqual(
    builtIn('FROM golang\nARG package\nRUN go build -o manager ${package} && go build -o manager\nRUN go build ${p:-cmd} | cat'),
    ['cmd'],
  )
})
