import assert from 'node:assert/strict'
import test from 'node:test'
import { substitute, variablesOf } from '../../../src/manifests/substitute.ts'
import { refusal } from '../refusal.ts'

const values = { A: 'alpha', EMPTY: '', VERSION: 'v1.2.3', ARN: 'arn:aws:iam::1:role/x' }
const filled = (text: string) => substitute(text, values, { file: 'web.yaml', unset: 'empty' })

const forms: readonly (readonly [text: string, result: string])[] = [
  ['a: ${A}', 'a: alpha'],
  ['${UNSET}', ''],
  ['$A $(A) {{ $A }}', '$A $(A) {{ $A }}'],
  ['$${A} $$(cmd) x$$y', '${A} $(cmd) x$y'],
  ['\\${A}', '\\alpha'],
  ['${UNSET:=d} ${UNSET:-d} ${UNSET=d} ${UNSET:?d} ${UNSET:+d}', 'd d d d d'],
  ['${EMPTY:=d}${EMPTY=d}', 'dd'],
  ['${UNSET:=""}', '""'],
  ['${UNSET:=["10.0.0.0/8"]}', '["10.0.0.0/8"]'],
  ['${UNSET:=:8443}', ':8443'],
  ['${UNSET:={a: b}}', '{a: b}'],
  ['${UNSET:=pre-${NONE:-${A}}-x}', 'pre-alpha-x'],
  ['${#A}', '5'],
  ['${A^} ${A^^}', 'Alpha ALPHA'],
  ['${A:0:3} ${A:3} ${A: -2} ${A:9}', 'alp ha alpha '],
  ['${VERSION#v} ${VERSION%.*} ${VERSION%%.*} ${VERSION##*.}', '1.2.3 v1.2 v1 3'],
  ['${VERSION/./_} ${VERSION//./_}', 'v1_2.3 v1_2_3'],
  ['${ARN/#arn/eks.amazonaws.com/role-arn: arn}', 'eks.amazonaws.com/role-arn: arn:aws:iam::1:role/x'],
  ['${UNSET/#arn/eks.amazonaws.com/role-arn: arn}', ''],
]

for (const [text, result] of forms) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(result)}`, () => assert.equal(filled(text), result))
}

test('names of built-in object properties are no variables', () => {
  assert.equal(filled('${constructor}${toString}${__proto__:=d}'), 'd')
})

test('a text of many lines keeps everything else as it is, a byte order mark too', () => {
  assert.equal(filled('\uFEFFa: 1\r\n# ${A}\r\n\tb: é😀 ${A}\n'), '\uFEFFa: 1\r\n# alpha\r\n\tb: é😀 alpha\n')
})

const refused: readonly { text: string; why: string; at: string }[] = [
  { text: 'a: ${A-d}', why: '${A-d}: "-" cannot follow the name A', at: '1:4' },
  { text: 'a: 1\nb: x ${}', why: '${}: "}" follows "${", where a variable name is wanted', at: '2:6' },
  { text: '\n\n  c: ${ A }', why: '${ A }: " " follows "${", where a variable name is wanted', at: '3:6' },
  { text: 'c: ${BINARIES[@]}', why: '${BINARIES[@]}: "[" cannot follow the name BINARIES', at: '1:4' },
  { text: 'c: ${A\nd: 1', why: '${A: "\\n" cannot follow the name A', at: '1:4' },
  { text: 'c: ${A:=d', why: '${A:=d: the end of the text stands where a default is wanted', at: '1:4' },
  { text: 'c: ${A:=${B-}}', why: '${B-}: "-" cannot follow the name B', at: '1:9' },
  { text: 'c: ${A#}', why: '${A#}: "}" stands where a pattern is wanted', at: '1:4' },
  { text: 'c: ${A/b}', why: '${A/b}: the "/" between pattern and replacement is missing', at: '1:4' },
  { text: 'c: ${A:1${A}}', why: '${A:1${A}: "$" follows the position, where "}" is wanted', at: '1:4' },
  { text: 'c: ${A:2:-1}', why: '${A:2:-1}: the length -1 of the substring is negative', at: '1:4' },
  { text: 'c: ${A:é}', why: '${A:é}: "é" cannot follow "${A:"', at: '1:4' },
  { text: 'c: ${#A:=d}', why: '${#A:=d}: ":" follows ${#A, where "}" is wanted', at: '1:4' },
]

for (const { text, why, at } of refused) {
  test(`${JSON.stringify(text)} is refused at ${at}`, () => {
    const failure = refusal(() => filled(text))
    assert.equal(failure.what, 'cannot substitute variables in web.yaml')
    assert.equal(failure.why, why)
    assert.equal(failure.remedy, 'correct it, or write $${ where a literal ${ is meant')
    assert.deepEqual(failure.where, [`web.yaml:${at}`])
  })
}

test('a NUL character is refused: the library would drop what follows it', () => {
  assert.deepEqual(refusal(() => filled('a: 1\nb: \0 ${A}')).where, ['web.yaml:2:4'])
})

test('a substring that cuts a character in two is refused, one that another completes is not', () => {
  const wide = (text: string) => substitute(text, { V: 'aé' }, { file: 'web.yaml', unset: 'empty' })
  assert.equal(wide('${V:0:2}${V:2}'), 'aé')
  const failure = refusal(() => wide('x: ${V:0:1}\ny: ${V:0:2}'))
  assert.equal(failure.why, '${V:0:2}: it cuts a character of its value in two')
  assert.deepEqual(failure.where, ['web.yaml:2:4'])
})

test('blanks around names are trimmed where that is asked for, and errors behind them still point at the original', () => {
  const trimmed = (text: string) => substitute(text, values, { file: 'web.yaml', trimNames: true, unset: 'empty' })
  assert.equal(trimmed('${ A } ${A\t} ${\nA}'), 'alpha alpha alpha')
  assert.deepEqual(refusal(() => trimmed('${ A } ${  A  }\n${ A } ${A-d}')).where, ['web.yaml:2:8'])
})

const template = 'name: ${CLUSTER_NAME}\nregion: ${REGION}\npods: ${POD_CIDR:=["192.168.0.0/16"]}\nzone: ${REGION}a ${ZONE:-${REGION}}\n'

test('one Failure names all variables that are not set, every place that uses them, and those with defaults', () => {
  const failure = refusal(() => substitute(template, {}, { file: 'cluster.yaml', unset: 'error' }))
  assert.equal(failure.message, 'variables CLUSTER_NAME and REGION are not set: cluster.yaml needs them and gives no default')
  assert.equal(failure.remedy, 'set CLUSTER_NAME and REGION in kustomize_substitutions or in the environment')
  assert.deepEqual(failure.where, ['cluster.yaml:1:7', 'cluster.yaml:2:9'])
  assert.deepEqual(failure.details, [
    'CLUSTER_NAME: required, used at cluster.yaml:1:7',
    'REGION: required, used at cluster.yaml:2:9, cluster.yaml:4:7, cluster.yaml:4:26',
    'POD_CIDR: optional, default ["192.168.0.0/16"], used at cluster.yaml:3:7',
    'ZONE: optional, default ${REGION}, used at cluster.yaml:4:18',
  ])
})

test('a single missing variable is named in the singular', () => {
  const failure = refusal(() => substitute(template, { CLUSTER_NAME: 'demo', ZONE: 'b' }, { file: 'cluster.yaml', unset: 'error' }))
  assert.equal(failure.message, 'variable REGION is not set: cluster.yaml needs it and gives no default')
  assert.equal(failure.remedy, 'set REGION in kustomize_substitutions or in the environment')
})

test('three missing variables are listed with commas and one "and"', () => {
  assert.equal(refusal(() => substitute('${A}${B}${C}', {}, { file: 'x.yaml', unset: 'error' })).what, 'variables A, B and C are not set')
})

test('a variable that is set to nothing is set', () => {
  assert.equal(substitute('a: ${REGION}', { REGION: '' }, { file: 'x.yaml', unset: 'error' }), 'a: ')
})

test('the first use decides whether a variable is required, as with clusterctl', () => {
  const found = variablesOf('${A:=d} ${A}\n${B} ${B:=d}\n${C:1} ${#D} ${E:-${F}}', { file: 'x.yaml' })
  assert.deepEqual(found, [
    {
      name: 'A',
      default: 'd',
      required: false,
      at: [
        { line: 1, column: 1 },
        { line: 1, column: 9 },
      ],
    },
    {
      name: 'B',
      required: true,
      at: [
        { line: 2, column: 1 },
        { line: 2, column: 6 },
      ],
    },
    { name: 'C', default: '1', required: false, at: [{ line: 3, column: 1 }] },
    { name: 'D', required: true, at: [{ line: 3, column: 8 }] },
    { name: 'E', default: '${F}', required: false, at: [{ line: 3, column: 14 }] },
  ])
})
