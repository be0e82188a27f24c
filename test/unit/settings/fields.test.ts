import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environmentOf, nameOf } from '../../../src/settings/field.ts'
import { fieldKeys, fieldOf, inputs, tiltFields } from '../../../src/settings/fields.ts'
import { judge } from '../../../src/settings/said.ts'

test('names of inputs are the keys in kebab-case', () => {
  assert.equal(nameOf('workloadClusterClass'), 'workload-cluster-class')
  assert.equal(inputs.get('kind-version'), 'kindVersion')
  assert.equal(inputs.has('extra-args'), false)
})

test('every field is documented in one sentence and can be said somewhere', () => {
  for (const key of fieldKeys) {
    const field = fieldOf(key)
    assert.match(field.docs, /^[A-Z`k].*\.$/, key)
    assert.ok(field.input !== false || field.tilt !== undefined, key)
  }
})

test('no two fields share a name, a field of tilt-settings or a variable', () => {
  const variables = fieldKeys.flatMap(key => environmentOf(key, fieldOf(key)))
  assert.equal(new Set(variables).size, variables.length)
  assert.equal(tiltFields.size, fieldKeys.filter(key => fieldOf(key).tilt !== undefined).length)
})

test('every default is a value that the field itself accepts', () => {
  const source = { kind: 'default', where: 'default' } as const
  for (const key of fieldKeys) {
    const { default: value, kind } = fieldOf(key)
    // A duration is said as text and kept as seconds: its default is what is kept.
    if (value === undefined || kind.type === 'duration') continue
    assert.deepEqual(judge(fieldOf(key), { name: key, raw: value, source, whereOf: () => '', base: '' }), { value }, key)
  }
})
