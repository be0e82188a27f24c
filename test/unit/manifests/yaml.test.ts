import assert from 'node:assert/strict'
import test from 'node:test'
import { parseManifests, parseYaml, readDocuments } from '../../../src/manifests/yaml.ts'
import { refusal } from '../refusal.ts'

const jsonOf = (text: string): unknown => parseYaml(text, 'x.yaml').value

const meanings: readonly (readonly [text: string, value: unknown])[] = [
  ['yes', true],
  ['off', false],
  ['0644', 420],
  ['0o644', 420],
  ['08', 8],
  ['0x1F', 31],
  ['1_000', 1000],
  ['1e3', 1000],
  ['12:30:45', '12:30:45'],
  ['2001-12-14', '2001-12-14'],
  ['~', null],
  ['"0644"', '0644'],
  ['!!str yes', 'yes'],
  ['!!binary aGVsbG8=', 'hello'],
  ['1.30', 1.3],
  ['v1.30', 'v1.30'],
]

for (const [text, value] of meanings)
  test(`${text} is ${JSON.stringify(value)}`, () => assert.deepEqual(jsonOf(`a: ${text}`), { a: value }))

test('integers beyond 2^53 keep every digit on their way to the API server', () => {
  const read = jsonOf('a: 9007199254740993\nb: 9223372036854775807\nc: -9223372036854775808\nd: &x 9007199254740995\ne: *x')
  assert.equal(
    JSON.stringify(read),
    '{"a":9007199254740993,"b":9223372036854775807,"c":-9223372036854775808,"d":9007199254740995,"e":9007199254740995}',
  )
})

test('keys become text', () => {
  assert.deepEqual(jsonOf('1: a\n1.50: b\ntrue: c\nno: d'), { '1': 'a', '1.5': 'b', true: 'c', false: 'd' })
})

test('merge keys give way to what follows them', () => {
  assert.deepEqual(jsonOf('b: &b {a: 1, c: 2}\nm:\n  <<: *b\n  c: 3'), { b: { a: 1, c: 2 }, m: { a: 1, c: 3 } })
})

test('an alias stands for a value of its own', () => {
  const read = jsonOf('a: &x {b: [1]}\nc: *x') as { a: unknown; c: unknown }
  assert.deepEqual(read.a, read.c)
  assert.notEqual(read.a, read.c)
})

test('a key __proto__ is a key like others', () => {
  assert.equal(JSON.stringify(jsonOf('__proto__: {a: 1}')), '{"__proto__":{"a":1}}')
})

test('empty documents, comments, byte order marks and CRLF are read over', () => {
  const read = readDocuments('\uFEFF---\r\n# nothing\r\n---\r\na: |\r\n  x\r\n  ---\r\n---\r\n\uFEFFb: 1\r\n---\r\n', 'x.yaml')
  assert.deepEqual(
    read.map(document => document.value),
    [{ a: 'x\n---\n' }, { b: 1 }],
  )
})

const refused: readonly { text: string; what?: string; why: string; at: string }[] = [
  { text: 'a: x: y', why: 'nested mappings are not allowed in compact mappings', at: '1:4' },
  { text: 'a: 1\nb: [1, 2', why: 'flow sequence in block collection must be sufficiently indented and end with a ]', at: '2:9' },
  { text: 'a:\n\tb: 1', why: 'tabs are not allowed as indentation', at: '2:1' },
  { text: 'a:\n  b: "c\n  d"', why: 'a quoted text is not closed, or its next line is not indented more than its key', at: '2:8' },
  { text: 'a: @x', why: 'plain value cannot start with reserved character @', at: '1:4' },
  { text: 'a: 1\nb: x\u0007', why: 'it holds the control character U+0007', at: '2:5' },
  { text: 'a: 1\nb:\n  c: 1\n  c: 2', what: 'x.yaml cannot be read', why: 'the key "c" is set twice', at: '4:3' },
  { text: '1: a\n"1": b', what: 'x.yaml cannot be read', why: 'the key "1" is set twice', at: '2:1' },
  { text: 'a: *b', what: 'x.yaml cannot be read', why: 'no anchor &b stands before *b', at: '1:4' },
  { text: 'a: &b [*b]', what: 'x.yaml cannot be read', why: 'the value of &b holds *b itself', at: '1:8' },
  { text: 'a: .inf', what: 'x.yaml cannot be read', why: 'Infinity has no equal in JSON', at: '1:4' },
  { text: 'a: !!int x', what: 'x.yaml cannot be read', why: '"x" is no !!int', at: '1:10' },
  { text: '[a]: b', what: 'x.yaml cannot be read', why: 'only text, a number or a boolean can be a key', at: '1:1' },
  { text: '~: b', what: 'x.yaml cannot be read', why: 'null cannot be a key', at: '1:1' },
  { text: 'a: {<<: 1}', what: 'x.yaml cannot be read', why: 'only mappings can be merged by "<<"', at: '1:9' },
]

for (const { text, what = 'x.yaml is not valid YAML', why, at } of refused) {
  test(`${JSON.stringify(text)} is refused: ${why}`, () => {
    const failure = refusal(() => readDocuments(text, 'x.yaml'))
    assert.deepEqual({ what: failure.what, why: failure.why, where: failure.where }, { what, why, where: [`x.yaml:${at}`] })
  })
}

test('a document per error is named, the first one first', () => {
  const failure = refusal(() => readDocuments('a: x: y\n---\nb: 1\n---\nc: @', 'x.yaml'))
  assert.deepEqual(failure.where, ['x.yaml:1:4'])
  assert.deepEqual(failure.details, ['x.yaml:5:4: plain value cannot start with reserved character @'])
})

test('texts that may be secrets do not get into errors', () => {
  const failure = refusal(() => readDocuments('a: [1]\n]hunter2: x', 'x.yaml'))
  assert.doesNotMatch(`${failure.message} ${failure.details.join(' ')}`, /hunter2/)
})

test('aliases of aliases that stand for too much are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 8; level++)
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  assert.equal(refusal(() => jsonOf(lines.join('\n'))).why, 'its aliases stand for far too many values')
})

test('a configuration file holds one document, or none', () => {
  assert.equal(jsonOf('# nothing yet\n'), null)
  assert.deepEqual(jsonOf('---\n# settings\na: 1\n'), { a: 1 })
  assert.deepEqual(jsonOf('{\n\t"a": [1, "yes"]\n}\n'), { a: [1, 'yes'] })
  const failure = refusal(() => parseYaml('a: 1\n---\nb: 2', 'settings.yaml'))
  assert.equal(failure.message, 'settings.yaml holds more than one YAML document: one is expected')
  assert.deepEqual(failure.where, ['settings.yaml:3:1'])
})

test('a path leads to the line and column of its key or item, or of the last part that exists', () => {
  const { positionOf } = parseYaml('# c\na:\n  - b: 1\n    8080: x\n  - &d {e: f}\ng: *d\n', 'x.yaml')
  assert.equal(positionOf([]), 'x.yaml:2:1')
  assert.equal(positionOf(['a']), 'x.yaml:2:1')
  assert.equal(positionOf(['a', 0]), 'x.yaml:3:5')
  assert.equal(positionOf(['a', 0, '8080']), 'x.yaml:4:5')
  assert.equal(positionOf(['a', 1, 'e']), 'x.yaml:5:9')
  assert.equal(positionOf(['a', 1, 'missing', 'too']), 'x.yaml:5:8')
  assert.equal(positionOf(['g', 'e']), 'x.yaml:5:9')
  assert.equal(parseYaml('', 'x.yaml').positionOf(['a']), 'x.yaml:1:1')
})

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`

test('manifests are objects in their order, Lists taken apart', () => {
  const list =
    'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n- {apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: c}, data: {k: v}}]}\n'
  assert.deepEqual(parseManifests(`${configMap('a')}---\n${list}---\n${configMap('d')}`, 'x.yaml'), [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { k: 'v' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' } },
  ])
})

const flawed: readonly { text: string; what: string; at: string; remedy?: string }[] = [
  { text: 'kind: ConfigMap\nmetadata: {name: a}', what: 'ConfigMap a in x.yaml has no apiVersion', at: '1:1' },
  { text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a}', what: 'ConfigMap in x.yaml has no metadata.name', at: '1:1' },
  { text: 'apiVersion: v1\nkind: Secret', what: 'Secret in x.yaml has no metadata.name', at: '1:1' },
  { text: '\na: 1', what: 'an object in x.yaml has no apiVersion and no kind and no metadata.name', at: '2:1' },
  { text: '- a', what: 'x.yaml holds a list where a Kubernetes object is wanted', at: '1:1' },
  { text: 'some text', what: 'x.yaml holds a text where a Kubernetes object is wanted', at: '1:1' },
  {
    text: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: 0123',
    what: 'Secret in x.yaml has the number 83 as metadata.name',
    at: '4:3',
    remedy: 'write it in quotes',
  },
  {
    text: 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: b, namespace: yes}}',
    what: 'Secret b in x.yaml has the boolean true as metadata.namespace',
    at: '4:54',
    remedy: 'write it in quotes',
  },
]

for (const { text, what, at, remedy } of flawed) {
  test(`${JSON.stringify(text)} is refused: ${what}`, () => {
    const failure = refusal(() => parseManifests(text, 'x.yaml'))
    assert.deepEqual({ what: failure.what, where: failure.where, remedy: failure.remedy }, { what, where: [`x.yaml:${at}`], remedy })
  })
}

test('all objects that lack something are named at once', () => {
  const failure = refusal(() => parseManifests(`kind: A\n---\n${configMap('a')}---\napiVersion: v1\n`, 'x.yaml'))
  assert.equal(failure.what, 'A in x.yaml has no apiVersion and no metadata.name')
  assert.deepEqual(failure.details, ['x.yaml:7:1: an object in x.yaml has no kind and no metadata.name'])
})
