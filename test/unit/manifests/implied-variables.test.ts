import assert from 'node:assert/strict'
import test from 'node:test'
import { impliedVariables } from '../../../src/manifests/implied-variables.ts'

test('a variable that a script in a manifest fills by a command stays as it is written', () => {
  const text = 'args:\n- |\n  CA="$(kubectl get secret x)"\n  if [ -z "${CA}" ]; then exit 1; fi\n  echo "${OTHER}"\n'
  assert.deepEqual(impliedVariables(text, undefined), { CA: '${CA}' })
})

test('a line of an environment file is no script: it asks for its value', () => {
  assert.deepEqual(impliedVariables('stringData:\n  env: |\n    TOKEN=${TOKEN}\n    URL=${URL:=https://x}\n', undefined), {})
})

test('the variable that is the whole image of the manager is its image, where that is built', () => {
  const text = 'containers:\n- image: ${MANAGER_IMAGE}\n  name: manager\n- image: quay.io/proxy:v1\n'
  assert.deepEqual(impliedVariables(text, 'example.org/manager'), { MANAGER_IMAGE: 'example.org/manager' })
  assert.deepEqual(impliedVariables(text, undefined), {})
})

test('of two such variables, or of one that is used elsewhere too, nobody knows', () => {
  assert.deepEqual(impliedVariables('- image: ${A}\n- image: ${B}\n', 'x'), {})
  assert.deepEqual(impliedVariables('- image: ${A}\n- args: ["--image=${A}"]\n', 'x'), {})
})
