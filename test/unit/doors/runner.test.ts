import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addSummary, command, foldedOutput, inert, inputsIn, setValues } from '../../../src/host/runner.ts'

let folder: string
let file: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-'))
  file = join(folder, 'file')
})
after(() => rm(folder, { recursive: true }))

test('inputs are read by name; empty ones were not set', () => {
  assert.deepEqual(inputsIn({ 'INPUT_KIND-VERSION': 'v1', INPUT_PROVIDERS: '', PATH: '/bin' }), { 'kind-version': 'v1' })
})

test('a command keeps its text on one line and its properties apart', () => {
  assert.equal(
    command('error', '100%\r\nof a,b:c', { file: 'a,b:c.yaml', line: 3, col: undefined }),
    '::error file=a%2Cb%3Ac.yaml,line=3::100%25%0D%0Aof a,b:c',
  )
  assert.equal(command('add-mask', 'x'), '::add-mask::x')
})

test('a line that looks like a command is no command any more', () => {
  for (const line of ['::add-mask::x', '   ::error::x', 'text ##[group]x']) {
    const made = inert(line)
    assert.equal(made.replaceAll('\u200b', ''), line)
    assert.doesNotMatch(made, /^\s*::|##\[/)
  }
  assert.equal(inert('a::b ok'), 'a::b ok')
})

test('output of programs is between a word that it can not know', () => {
  const [group, stop, line, start, end] = foldedOutput('Output of x', ['::error::evil'])
  const word = /^::stop-commands::([0-9a-f-]{36})$/.exec(stop ?? '')?.[1]
  assert.deepEqual([group, line, start, end], ['::group::Output of x', '::error::evil', `::${word}::`, '::endgroup::'])
})

test('values of several lines are set whole, and none can end another', async () => {
  await writeFile(file, '')
  setValues('GITHUB_OUTPUT', { a: '1\nEOF\nb=2', c: '' }, { GITHUB_OUTPUT: file })
  const text = await readFile(file, 'utf8')
  const parts = [...text.matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2\n/gm)].map(([, name, , value]) => [name, value])
  assert.deepEqual(parts, [
    ['a', '1\nEOF\nb=2'],
    ['c', ''],
  ])
  assert.notEqual(/<<(\S+)/.exec(text)?.[1], 'EOF')
})

test('without a runner nothing is written; a file that can not be written is an error that names it', () => {
  setValues('GITHUB_OUTPUT', { a: '1' }, {})
  assert.throws(() => setValues('GITHUB_OUTPUT', { a: '1' }, { GITHUB_OUTPUT: folder }), {
    what: "the runner's file GITHUB_OUTPUT can't be written",
  })
})

test('a summary that a job page can not show is replaced by a hint', async () => {
  await writeFile(file, '')
  addSummary('x'.repeat(1024 * 1024 + 1), { GITHUB_STEP_SUMMARY: file })
  assert.match(await readFile(file, 'utf8'), /report folder/)
})
