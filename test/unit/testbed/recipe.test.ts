import assert from 'node:assert/strict'
import test from 'node:test'
import { missing, staleEntries } from '../../testbed/kitchen.ts'
import { closure, heights, keyOf, type Recipe } from '../../testbed/recipe.ts'

const recipe = (name: string, options: Partial<Recipe> = {}): Recipe => ({
  name,
  docs: name,
  inputs: {},
  needs: [],
  files: [],
  make: async () => {},
  ...options,
})

const names = (recipes: readonly Recipe[]) => recipes.map(item => item.name)

test('the same recipe has the same key, whatever the order of its inputs', () => {
  const one = recipe('etcd', { inputs: { version: 'v3', flags: { a: 1, b: 2 } } })
  const other = recipe('etcd', { inputs: { flags: { b: 2, a: 1 }, version: 'v3' } })
  assert.equal(keyOf(one), keyOf(other))
  assert.match(keyOf(one), /^[0-9a-f]{16}$/)
})

test('another version, another name, another need, another text or another file gives another key', () => {
  const read = (content: string) => () => content
  const base = recipe('etcd', { inputs: { version: 'v3' }, files: ['main.go'] })
  const variants = [
    recipe('etcd', { inputs: { version: 'v4' }, files: ['main.go'] }),
    recipe('other', { inputs: { version: 'v3' }, files: ['main.go'] }),
    recipe('etcd', { inputs: { version: 'v3' }, files: ['main.go'], needs: [recipe('go')] }),
    recipe('etcd', { inputs: { version: 'v3' }, files: ['main.go'], make: async making => void making.dir }),
  ].map(variant => keyOf(variant, read('package main')))
  const keys = new Set([keyOf(base, read('package main')), keyOf(base, read('package other')), ...variants])
  assert.equal(keys.size, 6)
})

test('a change of a need changes what needs it and nothing else', () => {
  const build = (version: string) => {
    const kubernetes = recipe('kubernetes', { inputs: { version } })
    const etcd = recipe('etcd')
    return { kubernetes, etcd, image: recipe('image', { needs: [kubernetes, etcd] }) }
  }
  const [before, after] = [build('v1.34.3'), build('v1.34.4')]
  assert.notEqual(keyOf(before.image), keyOf(after.image))
  assert.equal(keyOf(before.etcd), keyOf(after.etcd))
})

test('formatting a recipe does not change its key', () => {
  const make = (text: string): Recipe['make'] => Object.assign(async () => {}, { toString: () => text })
  assert.equal(keyOf(recipe('a', { make: make('async () => {\n  x()\n}') })), keyOf(recipe('a', { make: make('async () => { x() }') })))
})

test('the closure holds every recipe once, after what it needs', () => {
  const a = recipe('a')
  const b = recipe('b', { needs: [a] })
  const c = recipe('c', { needs: [a, b] })
  assert.deepEqual(names(closure([c, a, b])), ['a', 'b', 'c'])
})

test('what is on the longest way to the end stands highest', () => {
  const kubernetes = recipe('kubernetes')
  const image = recipe('image', { needs: [kubernetes] })
  const node = recipe('node', { needs: [image, kubernetes] })
  const tool = recipe('tool')
  const height = heights(closure([node, tool]))
  assert.equal(height.get(keyOf(kubernetes)), 2)
  assert.equal(height.get(keyOf(image)), 1)
  assert.equal(height.get(keyOf(tool)) ?? 0, 0)
})

test('a recipe that is made asks for nothing that it needed', () => {
  const kubernetes = recipe('kubernetes')
  const image = recipe('image', { needs: [kubernetes] })
  const etcd = recipe('etcd')
  const isMade = (item: Recipe) => item.name === 'image'
  assert.deepEqual(names(missing([image, etcd], isMade)), ['etcd'])
  assert.deepEqual(names(missing([image, etcd], () => false)), ['kubernetes', 'image', 'etcd'])
})

test('stale is what a recipe of today made under another key, not what is unknown', () => {
  const etcd = recipe('etcd')
  const current = `etcd-${keyOf(etcd)}`
  assert.deepEqual(staleEntries([etcd], [current, 'etcd-0123456789abcdef', 'kcp-0123456789abcdef', '.making-etcd']), [
    'etcd-0123456789abcdef',
  ])
})
