import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readToml } from '../../../src/settings/toml.ts'

const read = (text: string) => readToml(text).map(({ path, value, line }) => [path.join(' '), value, line])

test('keys have the name of their table in front, lists of tables too', () =>
  assert.deepEqual(read('a = 1\n[b."c.d"]\ne.f = true\n[[g]]\n\'h\' = 1979-05-27T07:32:00Z'), [
    ['a', { bare: '1' }, 1],
    ['b c.d e f', { bare: 'true' }, 3],
    ['g h', { bare: '1979-05-27T07:32:00Z' }, 5],
  ]))

test('escapes of strings stand for their characters; literal strings have none', () =>
  assert.deepEqual(read(String.raw`a = "\t\"\u00e9\U0001F600\x41\\"` + '\n' + String.raw`b = '\t"'`), [
    ['a', '\t"é😀A\\', 1],
    ['b', String.raw`\t"`, 2],
  ]))

test('long strings go over lines, a backslash joins them, and quotes may stand before the last three', () =>
  assert.deepEqual(read('a = """\none \\\n   two ""\n"quoted""""\nb = \'\'\'\n[x]\'\'\'\nc = 1'), [
    ['a', 'one two ""\n"quoted"', 1],
    ['b', '[x]', 5],
    ['c', { bare: '1' }, 7],
  ]))

test('lists and tables may be empty, nested, over several lines and end with a comma', () =>
  assert.deepEqual(read('a = [ [], {}, # none\n  ["x",\n  ],\n]\nb = {c.d = "y"}'), [
    ['a', [[], { table: [] }, ['x']], 1],
    ['b', { table: [{ path: ['c', 'd'], value: 'y', line: 5 }] }, 5],
  ]))

for (const [text, line, message] of [
  ['a', 1, 'the end of the file stands where "=" is wanted'],
  ['\na = ', 2, 'the end of the file stands where a value is wanted'],
  ['a = 1 b = 2', 1, 'b stands where the end of the line is wanted'],
  ['[a\n', 1, 'the end of the line stands where "]" is wanted'],
  ['= 1', 1, '= stands where a key is wanted'],
  ['a. = 1', 1, '= stands where a key is wanted'],
  ['a = [1 2]', 1, '2 stands where "," is wanted'],
  ['a = [1,', 1, 'the end of the file stands where a value is wanted'],
  ['a = 1\nb = "x', 2, 'what begins with "\\"x" has no end'],
  [String.raw`a = "\q"`, 1, String.raw`\q stands for no character`],
] as const)
  test(`${JSON.stringify(text)} is refused with its line`, () => assert.throws(() => readToml(text), { line, message }))
