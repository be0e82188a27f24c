import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../../..')
const read = (file: string) => readFile(join(root, file), 'utf8')

/** All before the tables of inputs: what a new user reads. */
const quickStart = (text: string): string => text.split(/^## Inputs$/m)[0] ?? ''
const headings = (text: string) => [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^(#+) /gm)].map(([, level]) => level)
const codeBlocks = (text: string) => [...text.matchAll(/^```[\s\S]*?^```$/gm)].map(([block]) => block)
const links = (text: string) => [...text.matchAll(/\]\((actions\/[\w-]+)\)/g)].map(([, link]) => link)

test('the Korean quick start has the headings, code blocks and actions of the English one', async () => {
  const [english, korean] = [quickStart(await read('README.md')), await read('README.ko.md')]
  assert.deepEqual(headings(korean), headings(english))
  assert.deepEqual(codeBlocks(korean), codeBlocks(english))
  assert.deepEqual(links(korean), links(english))
})

test('the README names every action', async () => {
  const folders = (await readdir(join(root, 'actions'))).map(name => `actions/${name}`)
  assert.deepEqual(links(await read('README.md')).toSorted(), folders.toSorted())
})
