import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerfileOf } from '../../../src/providers/dockerfile-of.ts'
import { refusal } from '../refusal.ts'
import { filesOf } from './checkout.ts'

const found = (paths: readonly string[], context = '.', dockerfile?: string) =>
  dockerfileOf(filesOf(Object.fromEntries(paths.map(path => [path, '']))), {
    name: 'foo',
    context,
    dockerfile,
    label: 'CAPF',
    image: 'ghcr.io/org/cafoo-staging:dev',
    where: 'provider-config:2:3',
  })

test('the Dockerfile beside the provider goes before that at the root, and that before others', () => {
  assert.equal(found(['Dockerfile', 'test/foo/Dockerfile'], 'test/foo'), 'test/foo/Dockerfile')
  assert.equal(found(['Dockerfile', 'images/foo/Dockerfile'], 'bootstrap'), 'Dockerfile')
  assert.equal(found(['images/foo/Dockerfile']), 'images/foo/Dockerfile')
  assert.equal(found(['package/docker/Dockerfile']), 'package/docker/Dockerfile')
  assert.equal(found(['dev.Dockerfile']), 'dev.Dockerfile')
  assert.equal(found(['Dockerfile', 'dev.Dockerfile'], '.', 'dev.Dockerfile'), 'dev.Dockerfile')
})

test('of several images that of the provider is called as it, its label or its image', () => {
  for (const own of ['foo', 'capf', 'cafoo', 'cafoo-staging'])
    assert.equal(found(['images/builder/Dockerfile', `images/${own}/Dockerfile`]), `images/${own}/Dockerfile`)
})

test('no Dockerfile, or several that nothing tells apart, are errors that say where to say it', () => {
  const several = refusal(() => found(['images/base/Dockerfile', 'images/cache/Dockerfile']))
  assert.equal(several.why, 'there are images/base/Dockerfile, images/cache/Dockerfile')
  assert.match(refusal(() => found([])).why ?? '', /there is none in \., images, build/)
  const said = refusal(() => found(['Dockerfile'], '.', 'Dokerfile'))
  assert.deepEqual([said.why, said.where], ['there is no Dokerfile', ['provider-config:2:3']])
})
