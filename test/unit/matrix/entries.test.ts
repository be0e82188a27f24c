import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Combination, withEntries, without } from '../../../src/matrix/entries.ts'

const combination = (capi: string, kubernetes: string, ref = ''): Combination => ({ capi, kubernetes, ref })
const [old, both, newest] = [combination('v1.13.4', 'v1.33.4'), combination('v1.13.4', 'v1.34.4'), combination('v1.14.2', 'v1.34.4')]
const combinations = [old, both, newest]

test('exclude removes the combinations that have all of its values', () => {
  assert.deepEqual(without(combinations, [{ capi: 'v1.13.4', kubernetes: 'v1.33.4' }]), [both, newest])
  assert.deepEqual(without(combinations, [{ kubernetes: 'v1.34.4' }]), [old])
  assert.deepEqual(without(combinations, [{ capi: 'v1.14.2', kubernetes: 'v1.33.4' }]), combinations)
})

test('exclude takes a minor for all of its patches, and a part of it for nothing', () => {
  assert.deepEqual(without(combinations, [{ capi: 'v1.13' }, { ref: 'main' }]), [newest])
  assert.deepEqual(without(combinations, [{ capi: 'v1.1' }]), combinations)
})

test('a ref that looks like a minor is a ref', () => {
  const refs = [combination('v1.13.4', 'v1.33.4', 'v1.2'), combination('v1.13.4', 'v1.33.4', 'v1.2.3')]
  assert.deepEqual(without(refs, [{ ref: 'v1.2' }]), [refs[1]])
})

// GitHub docs, "Expanding or adding matrix configurations": fruit and animal are capi and kubernetes here, color and shape what is added.
test('include extends and adds as in the example of GitHub', () => {
  const [apple, pear, cat, dog] = ['v1.11.0', 'v1.12.0', 'v1.31.0', 'v1.32.0']
  const matrix = [combination(apple, cat), combination(apple, dog), combination(pear, cat), combination(pear, dog)]
  const include = [
    { color: 'green' },
    { color: 'pink', kubernetes: cat },
    { capi: apple, shape: 'circle' },
    { capi: 'v1.13.0' },
    { capi: 'v1.13.0', kubernetes: cat },
  ]
  assert.deepEqual(withEntries(matrix, include), [
    { capi: apple, kubernetes: cat, ref: '', color: 'pink', shape: 'circle' },
    { capi: apple, kubernetes: dog, ref: '', color: 'green', shape: 'circle' },
    { capi: pear, kubernetes: cat, ref: '', color: 'pink' },
    { capi: pear, kubernetes: dog, ref: '', color: 'green' },
    { capi: 'v1.13.0' },
    { capi: 'v1.13.0', kubernetes: cat },
  ])
})

test('include by a minor extends all of its patches, which keep their versions', () => {
  assert.deepEqual(withEntries(combinations, [{ capi: 'v1.13', experimental: true }]), [
    { ...old, experimental: true },
    { ...both, experimental: true },
    newest,
  ])
})

test('an entry that matches nothing is a job of its own, with the newest patch of its minors and its values in order', () => {
  const [job] = withEntries([], [{ experimental: true, kubernetes: 'v1.31', capi: 'v1.9', ref: 'main' }])
  assert.equal(JSON.stringify(job), '{"capi":"v1.9.11","kubernetes":"v1.31.14","ref":"main","experimental":true}')
})

test('an entry that only adds values is a job of its own where there are no combinations', () => {
  assert.deepEqual(withEntries([], [{ color: 'green' }]), [{ color: 'green' }])
})
