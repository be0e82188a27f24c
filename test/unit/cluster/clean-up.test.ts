import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutContext } from '../../../src/cluster/clean-up.ts'

const kubeconfig = (...names: string[]) => `apiVersion: v1
clusters:
${names.map(name => `- cluster:\n    server: https://${name}\n  name: ${name}\n`).join('')}contexts:
${names.map(name => `- context:\n    cluster: ${name}\n    user: ${name}\n  name: ${name}\n`).join('')}current-context: ${names[0]}
kind: Config
users:
${names.map(name => `- name: ${name}\n  user: {}\n`).join('')}`

test('a context is taken out of a kubeconfig, and the others stay as they are', () => {
  const kept = withoutContext(kubeconfig('kind-one', 'prod'), 'kind-one')
  assert.equal(kept, kubeconfig('prod').replace('current-context: prod\n', ''))
})

test('the current context stays when it is another one', () => {
  assert.equal(withoutContext(kubeconfig('prod', 'kind-one'), 'kind-one'), kubeconfig('prod'))
})

test('nothing is left of a kubeconfig with that context alone', () => {
  assert.equal(withoutContext(kubeconfig('kind-one'), 'kind-one'), undefined)
})

test('a kubeconfig without the context is not touched', () => {
  const text = kubeconfig('prod').replace('kind: Config', 'kind:   Config')
  assert.equal(withoutContext(text, 'kind-one'), text)
})
