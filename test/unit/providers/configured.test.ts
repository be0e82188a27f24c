import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configured, inlineProvider } from '../../../src/providers/configured.ts'
import { readTiltProviders } from '../../../src/providers/tilt-provider.ts'

test('provider-config goes before actions: of the file, and that before its config', () => {
  const text =
    'name: foo\nconfig: {image: a, go_main: a.go, context: a}\nactions: {go-main: b.go, context: b, build: go, build-args: {A: "1"}}\n'
  const [entry] = readTiltProviders(text, 'tilt-provider.yaml').entries
  assert.ok(entry)
  const { image, goMain, context, label, own } = configured(entry, { context: 'c', wait: 'none', buildArgs: { B: '2' } })
  assert.deepEqual([image, goMain, context, label], ['a', 'b.go', 'c', 'foo'])
  assert.deepEqual(own, { build: 'go', wait: 'none', buildArgs: { A: '1', B: '2' } })
})

test('a provider that provider-config alone describes has the defaults of Tilt', () => {
  const { name, label, image, kustomizeFolder, own, where } = inlineProvider(
    'foo',
    { image: 'foo', repository: '../foo' },
    'input provider-config',
  )
  assert.deepEqual([name, label, image, kustomizeFolder, where], ['foo', 'foo', 'foo', 'config/default', 'input provider-config'])
  assert.deepEqual(own, { repository: '../foo' })
})
