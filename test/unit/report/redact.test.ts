import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactor } from '../../../src/report/redact.ts'

test('secrets are starred out wherever they stand, the longer one first', () => {
  const redact = redactor(['ghs_123', 'ghs_123456'])
  assert.equal(redact('a ghs_123456 b ghs_123ghs_123'), 'a *** b ******')
})

test('a secret is found in a URL and line by line', () => {
  const redact = redactor(['p@ss/word', 'first line\nsecond line'])
  assert.equal(redact('https://me:p%40ss%2Fword@host p@ss/word'), 'https://me:***@host ***')
  assert.equal(redact('x second line y'), 'x *** y')
})

test('characters of regular expressions in a secret mean themselves', () =>
  assert.equal(redactor(['a.*b(c'])('a.*b(c axxb(c'), '*** axxb(c'))

test('very short secrets and none at all leave the text alone', () => {
  assert.equal(redactor(['}', 'ab'])('{ab}'), '{ab}')
  assert.equal(redactor([])('text'), 'text')
})
