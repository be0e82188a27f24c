import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDockerignore } from '../../../src/images/dockerignore.ts'

const leftOut = (text: string, ...paths: string[]): string[] => paths.filter(readDockerignore(text, '.dockerignore'))

test('a name is left out at the top, with all that is in it; ** is any number of folders', () => {
  assert.deepEqual(leftOut('bin/\n/docs\n', 'bin', 'bin/a', 'cmd/bin/a', 'docs/x.md', 'docsy'), ['bin', 'bin/a', 'docs/x.md'])
  assert.deepEqual(leftOut('**/*.yaml\n**/.tiltbuild', 'a.yaml', 'a/b.yaml', 'a/.tiltbuild/x', 'a.yamlx'), [
    'a.yaml',
    'a/b.yaml',
    'a/.tiltbuild/x',
  ])
  assert.deepEqual(leftOut('test/e2e/**\nx/**/y', 'test/e2e', 'test/e2e/a/b', 'x/y', 'x/1/2/y', 'x/ay'), ['test/e2e/a/b', 'x/y', 'x/1/2/y'])
})

test('* and ? stay within a name, a dot is a dot, classes are classes', () => {
  assert.deepEqual(leftOut('*.go\nb?\n[^ab].c', 'a.go', 'd/a.go', 'ago', 'b1', 'b12', 'b/', 'c.c', 'a.c'), ['a.go', 'b1', 'c.c'])
})

test('what is taken back is in again, in the order of the lines', () => {
  const text = '**/*.yaml\n!keep/a.yaml\nkeep\n!keep/*\n'
  assert.deepEqual(leftOut(text, 'a.yaml', 'keep/a.yaml', 'keep/b.txt', 'keep'), ['a.yaml', 'keep'])
  assert.equal(readDockerignore(text, '').mayTakeBack, true)
  assert.equal(readDockerignore('a\n', '').mayTakeBack, false)
})

test('comments and empty lines say nothing, paths are cleaned', () => {
  assert.deepEqual(leftOut('\uFEFF# a\n\n  ./b/../c  \n', 'a', 'b', 'c/d'), ['c/d'])
})

test('a pattern that cannot be read is named with its line', () => {
  assert.throws(() => readDockerignore('a\n[', '/x/.dockerignore'), { what: 'the pattern [ cannot be read', where: ['/x/.dockerignore:2'] })
})
