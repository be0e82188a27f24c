import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMiseToml } from '../../../src/settings/mise-toml.ts'

const read = (text: string) => Object.fromEntries(readMiseToml(text))

test('each of our tools has the version of its line in [tools]; other tables, other tools and comments say nothing', () => {
  const text = `min_version = "2024.9.5"
[env]
kind = "production"
[tools]
node = "24" # for the actions
kind = "0.32.0"
kubectl = '1.34'
"aqua:helm/helm" = "3.21.4"
# helm = "4"
[tasks.kind]
run = """
[tools]
kustomize = "5"
"""
`
  assert.deepEqual(read(text), { kind: { line: 6, version: '0.32.0' }, kubectl: { line: 7, version: '1.34' } })
})

for (const [way, text] of [
  ['text', '[tools]\nkind = "0.32.0"'],
  ['a quoted key', '[ tools ]\n"kind" = \'0.32.0\''],
  ['a list, of which the first counts', '[tools]\nkind = ["0.32.0", "0.31.0"]'],
  ['a list over several lines', '[tools]\nkind = [ # newest first\n  "0.32.0",\n  "0.31.0",\n]'],
  ['a table in the line', '[tools]\nkind = { version = "0.32.0", os = ["linux"] }'],
  ['a list of tables', '[tools]\nkind = [{ version = "0.32.0" }, { version = "0.31.0" }]'],
  ['a key with dots', '\ntools.kind = "0.32.0"'],
  ['a long string', '[tools]\nkind = """\n0.32.0"""'],
] as const)
  test(`a version may stand as ${way}`, () => assert.deepEqual(read(text), { kind: { line: 2, version: '0.32.0' } }))

test('a version may stand in a table of its own', () =>
  assert.deepEqual(read('[tools.kind]\nos = ["linux"]\nversion = "0.32.0"'), { kind: { line: 3, version: '0.32.0' } }))

test('a file with a byte order mark and Windows line ends is read like any other', () =>
  assert.deepEqual(read('\uFEFF[tools]\r\nkind = "0.32.0"\r\nhelm = "latest"\r\n'), {
    kind: { line: 2, version: '0.32.0' },
    helm: { line: 3, version: 'latest' },
  }))

test('an empty file says nothing', () => assert.deepEqual(read(''), {}))

for (const [text, refusal] of [
  ['kubectl = 1.30', 'kubectl is 1.30, but must be text: put it in quotes'],
  ['kubectl = ""', 'kubectl has no version'],
  ['kubectl = []', 'kubectl has no version'],
  ['kubectl = [{ os = "linux" }]', 'kubectl has no version'],
  [
    'kubectl = "system"',
    'kubectl is "system", which is no version that can be installed: set kubectl-version, or leave kubectl out of tools',
  ],
  [
    'kubectl = "prefix:1.34"',
    'kubectl is "prefix:1.34", which is no version that can be installed: set kubectl-version, or leave kubectl out of tools',
  ],
] as const)
  test(`${text} is refused`, () => assert.deepEqual(read(`[tools]\n${text}`), { kubectl: { line: 2, refusal } }))

test('a tool that is named twice is refused in the later line', () =>
  assert.deepEqual(read('[tools]\nkind = "0.32.0"\n[tools.kind]\nversion = "0.31.0"'), {
    kind: { line: 4, refusal: 'kind is named twice' },
  }))
