import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metadataOf } from '../../../src/providers/metadata-of.ts'
import { filesOf } from './checkout.ts'

const found = (context: string, ...paths: string[]) => metadataOf(filesOf(Object.fromEntries(paths.map(path => [path, '']))), context)

test('metadata.yaml is beside the provider, in its config, or at the root', () => {
  assert.equal(found('bootstrap', 'metadata.yaml', 'bootstrap/metadata.yaml'), 'bootstrap/metadata.yaml')
  assert.equal(found('bootstrap', 'metadata.yaml'), 'metadata.yaml')
  assert.equal(found('.', 'config/metadata.yaml'), 'config/metadata.yaml')
  assert.equal(found('.', 'config/metadata/metadata.yaml'), 'config/metadata/metadata.yaml')
  assert.equal(found('.', 'docs/metadata.yaml'), undefined)
})
