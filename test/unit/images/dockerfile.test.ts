import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDockerfile, variablesIn } from '../../../src/images/dockerfile.ts'

test('arguments are those of all stages, each with its first line and whether anything gives it a value', () => {
  const { args } = readDockerfile(
    '# syntax=docker/dockerfile:1.4\nARG builder_image\nARG ARCH\nFROM ${builder_image} as builder\n' +
      'ARG goproxy=https://proxy.golang.org\nARG package=.\narg ARCH\nARG ldflags one="a b" two\n',
  )
  assert.deepEqual(args, [
    { name: 'builder_image', hasDefault: false, line: 2 },
    { name: 'ARCH', hasDefault: false, line: 3 },
    { name: 'goproxy', hasDefault: true, line: 5 },
    { name: 'package', hasDefault: true, line: 6 },
    { name: 'ldflags', hasDefault: false, line: 8 },
    { name: 'one', hasDefault: true, line: 8 },
    { name: 'two', hasDefault: false, line: 8 },
  ])
})

test('an argument that has a value in one stage has one', () => {
  assert.deepEqual(readDockerfile('ARG V\nFROM a\nARG V=1\n').args, [{ name: 'V', hasDefault: true, line: 1 }])
})

test('FROM lines are read with their variables, without flags and stage names', () => {
  const { froms } = readDockerfile('FROM --platform=$BUILDPLATFORM golang:1 AS b\n\nfrom gcr.io/static:nonroot-${ARCH}\n')
  assert.deepEqual(froms, [
    { image: 'golang:1', line: 1 },
    { image: 'gcr.io/static:nonroot-${ARCH}', line: 3 },
  ])
})

test('comments, lines that go on and here-documents hide no instruction and make none', () => {
  const { args, froms } = readDockerfile(
    'FROM a\n# ARG no\nRUN one && \\\n  # between\n\n  ARG \\\n  FROM\nRUN <<EOF cat <<-"END"\nARG in_document\nEOF\nARG in_second\n\tEND\nARG yes\n',
  )
  assert.deepEqual(args, [{ name: 'yes', hasDefault: false, line: 13 }])
  assert.deepEqual(froms, [{ image: 'a', line: 1 }])
})

test('the escape directive changes what lets a line go on', () => {
  assert.deepEqual(
    readDockerfile('# escape=`\nARG path=C:\\\nARG a `\n b\n').args.map(({ name }) => name),
    ['path', 'a', 'b'],
  )
})

test('secrets are known by their id, or by the last part of their target', () => {
  const { secrets } = readDockerfile(
    'FROM a\nRUN --mount=type=cache,target=/go/pkg/mod --mount=type=secret,id=goproxy go build\nRUN --mount=type=secret,target=/run/ca.crt,required --mount=type=secret,id=goproxy x\n',
  )
  assert.deepEqual(secrets, ['goproxy', 'ca.crt'])
})

test('a variable that has a value of its own in the text is none that is needed', () => {
  assert.deepEqual(variablesIn('${a}-$b:${c:-1}-${d-x}-${e}-$b'), ['a', 'b', 'e'])
})
