import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'

const docs = join(import.meta.dirname, '../../../docs')

let page: string
before(async () => {
  page = await readFile(join(docs, 'hard-cases.md'), 'utf8')
})

const rows = () => page.split('\n').filter(line => /^\| \d+ \|/.test(line))

/** Names that a test file gives to its tests: as patterns, where a part of the name is filled in. */
function namesIn(source: string): RegExp[] {
  const literals = [...source.matchAll(/(?:\btest|\be2e)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g)]
  return literals.map(([, single, double, template]) => {
    const parts = (single ?? double ?? template ?? '').split(template === undefined ? /(?!)/ : /\$\{[^}]*\}/)
    return new RegExp(`^${parts.map(part => escaped(part.replaceAll("\\'", "'"))).join('.+')}$`)
  })
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

test('the table has the 24 hard cases and the 15 traps, in their order', () =>
  assert.deepEqual(
    rows().map(row => Number(/\d+/.exec(row)?.[0])),
    [...Array.from({ length: 24 }, (_, index) => index + 1), ...Array.from({ length: 15 }, (_, index) => index + 1)],
  ))

test('each row says what is done, and names tests or that there is none yet', () => {
  for (const row of rows()) {
    const [, , what = '', does = '', shown = ''] = row.split(' | ').flatMap((cell, index) => (index === 0 ? cell.split('| ') : [cell]))
    assert.ok(what.length > 20 && does.length > 5, row)
    assert.match(shown, /^(— \||\[.+\]\(\.\.\/test\/.+\.test\.ts\) \|)$/, row)
  }
})

test('every test that the table names is in the file that it links to', async () => {
  const named = rows().flatMap(row => [...row.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[\w/-]+\.test\.ts)\)/g)])
  assert.ok(named.length > 40)
  for (const [, name = '', file = ''] of named) {
    const source = await readFile(join(docs, file), 'utf8')
    assert.ok(
      namesIn(source).some(pattern => pattern.test(name)),
      `${file} has no test "${name}"`,
    )
  }
})
