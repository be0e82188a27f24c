import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { below, filesIn, foldersBelow, upwards } from '../../../src/providers/files.ts'

test('a checkout on the disk tells what it has; what is not there, or is a folder or file against expectation, is nothing', async () => {
  const root = await mkdtemp(join(tmpdir(), 'files-'))
  try {
    await mkdir(join(root, 'cmd/manager'), { recursive: true })
    await writeFile(join(root, 'cmd/main.go'), 'package main\n')
    const { has, list, read } = filesIn(root)
    assert.deepEqual([has('cmd'), has('cmd/main.go'), has('main.go')], [true, true, false])
    assert.deepEqual([list('cmd').toSorted(), list('none'), list('cmd/main.go')], [['main.go', 'manager/'], [], []])
    assert.deepEqual([read('cmd/main.go'), read('none'), read('cmd')], ['package main\n', undefined, undefined])
  } finally {
    await rm(root, { recursive: true })
  }
})

test('hidden folders and other people’s code are passed over', () => {
  const list = (folder: string) =>
    folder === '.' ? ['.git/', 'vendor/', 'node_modules/', 'config/', 'go.mod'] : folder === 'config' ? ['default/'] : []
  assert.deepEqual(foldersBelow({ list }, '.', 1), ['.', 'config'])
  assert.deepEqual(foldersBelow({ list }, '.', 4), ['.', 'config', 'config/default'])
})

test('paths from folders, and the folders above one', () => {
  assert.deepEqual([below('.', 'a'), below('a', 'b'), below('a', '../b')], ['a', 'a/b', 'b'])
  assert.deepEqual([upwards('.'), upwards('a/b')], [['.'], ['a/b', 'a', '.']])
})
