/** The schema by which editors check a tilt-provider file says what we say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { tiltProviderSchema } from '../../../scripts/tilt-provider.ts'
import { readTiltProviders } from '../../../src/providers/tilt-provider.ts'

const check = z.fromJSONSchema(JSON.parse(tiltProviderSchema()))

/** Whether the schema takes `file`, and whether we do, without a word. */
function taken(file: unknown): readonly [boolean, boolean] {
  const isFine = () => {
    try {
      return readTiltProviders(JSON.stringify(file), 'tilt-provider.json').notices.length === 0
    } catch {
      return false
    }
  }
  return [check.safeParse(file).success, isFine()]
}

const foo = {
  name: 'foo',
  config: { image: 'ghcr.io/org/foo:dev', label: 'FOO', version: '8.0', kustomize_options: ['--enable-helm'], apply_provider_yaml: false },
  actions: { build: 'command', command: ['make'], 'go-main': 'cmd', user: 0, substitutions: { A: '1' } },
}

test('what the schema takes, we take without a word', () => {
  assert.deepEqual(taken(foo), [true, true])
  assert.deepEqual(taken([foo, { name: 'bar', config: {} }]), [true, true])
})

test('what we point out or refuse, the schema refuses', () => {
  const { image, ...config } = foo.config
  for (const wrong of [
    { name: 'foo' },
    { ...foo, image },
    { ...foo, config: { ...config, lable: 'FOO' } },
    { ...foo, config: { ...config, manager_name: 'foo' } },
    { ...foo, config: { ...config, version: 8 } },
    { ...foo, actions: { build: 'kaniko' } },
    { ...foo, actions: { wiat: 'none' } },
  ])
    assert.deepEqual(taken(wrong), [false, false], JSON.stringify(wrong))
})
