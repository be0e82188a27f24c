/** What users can say of the ServiceAccount that later steps go on with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSettings } from '../../../src/settings/load.ts'

const load = (given: Record<string, string>, env: Record<string, string> = {}) =>
  loadSettings({ given, env: { HOME: '/home/me', ...env }, cwd: import.meta.dirname })
const rules = async (said: string) => (await load({ 'service-account': 'tests', 'service-account-rules': said })).serviceAccountRules

test('a line says verbs and resources, with their groups', async () => {
  assert.deepEqual(await rules('get,list,watch clusters.cluster.x-k8s.io,machines.cluster.x-k8s.io,pods/log  # to look\n* configmaps'), [
    { apiGroups: ['cluster.x-k8s.io'], resources: ['clusters', 'machines'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] },
  ])
})

test('rules may be YAML as in a Role', async () => {
  const yaml = '- apiGroups: [""]\n  resources: [secrets]\n  resourceNames: [demo-kubeconfig]\n  verbs: [get]\n'
  assert.deepEqual(await rules(yaml), [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['demo-kubeconfig'], verbs: ['get'] }])
})

for (const [said, message] of [
  ['read pods', /service-account-rules\[0\]\.verbs\[0\] is "read", but must be one of get, list, /],
  ['get', /must be lines such as get,list,watch clusters\.cluster\.x-k8s\.io,pods, or a YAML list of rules/],
  ['escalate roles.rbac.authorization.k8s.io', /is "escalate", but must be one of get/],
  ['- apiGroups: [""]\n  resource: [pods]\n  verbs: [get]', /must not have the field resource, did you mean resources\?/],
] as const)
  test(`${JSON.stringify(said)} are no rules`, () =>
    assert.rejects(rules(said), error => message.test(`${error} ${(error as { details?: string[] }).details}`)))

test('an account without rules, and rules without an account, are mistakes', async () => {
  await assert.rejects(load({ 'service-account': 'tests' }), {
    message: 'service-account is set, but service-account-rules does not say what it may do',
  })
  await assert.rejects(load({ 'service-account-rules': 'get pods' }), {
    message: 'service-account-rules has no effect: set service-account',
  })
})

test('a token lives for an hour, and ten minutes at least', async () => {
  const said = { 'service-account': 'tests', 'service-account-rules': 'get pods' }
  assert.equal((await load(said)).serviceAccountExpiry, 3600)
  assert.equal((await load({ ...said, 'service-account-expiry': '10m' })).serviceAccountExpiry, 600)
  await assert.rejects(load({ ...said, 'service-account-expiry': '9m59s' }), {
    message: 'service-account-expiry is shorter than 10m, the shortest that Kubernetes gives',
  })
})
