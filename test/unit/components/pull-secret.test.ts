import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyPullSecrets, PULL_SECRET, pullSecret } from '../../../src/components/pull-secret.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { fakeApiServer, quietWork } from '../kube/fake-api-server.ts'

const image = 'ghcr.io/org/capd-manager:1'
const login = { username: 'robot$ci', secret: 'pa$$word', from: 'registry-username and registry-password' }
const deployment = (name: string, runs: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'capd-system' },
  spec: { template: { spec: { containers: [{ name: 'manager', image: runs }] } } },
})
const decoded = (secret: KubeObject) =>
  JSON.parse(Buffer.from((secret.data as Record<string, string>)['.dockerconfigjson'] ?? '', 'base64').toString())

test('a pull secret is as kubectl makes it', () => {
  const secret = pullSecret('capd-system', 'harbor.example.org:8443', 'robot$ci', 'pa$$word')
  assert.equal(secret.type, 'kubernetes.io/dockerconfigjson')
  const auth = Buffer.from('robot$ci:pa$$word').toString('base64')
  assert.deepEqual(decoded(secret), { auths: { 'harbor.example.org:8443': { username: 'robot$ci', password: 'pa$$word', auth } } })
})

test('a pull secret is applied, and named by the pods that run the image, and by no others', async () => {
  const path = '/api/v1/namespaces/capd-system/secrets/capi-actions-registry'
  await using server = await fakeApiServer({
    'GET /api/v1': [{ code: 200, body: { resources: [{ name: 'secrets', kind: 'Secret', namespaced: true }] } }],
    [`PATCH ${path}`]: [{ code: 201, body: { metadata: { name: PULL_SECRET } } }],
  })
  const objects = [deployment('capd', image), deployment('helper', 'quay.io/other:1')]
  const edited = await applyPullSecrets(objects, { server: 'ghcr.io', image, login }, server.kube, quietWork())
  assert.deepEqual(
    edited.map(object => (object as unknown as ReturnType<typeof deployment>).spec.template.spec),
    [
      { containers: [{ name: 'manager', image }], imagePullSecrets: [{ name: PULL_SECRET }] },
      { containers: [{ name: 'manager', image: 'quay.io/other:1' }] },
    ],
  )
  assert.equal(server.requests.filter(request => request.startsWith(`PATCH ${path}`)).length, 1)
})

test('an identity token is no pull secret', async () => {
  await using server = await fakeApiServer({})
  const identity = { ...login, identity: true, from: 'docker-credential-acr' } as const
  const asked = applyPullSecrets([], { server: 'acr.example', image, login: identity }, server.kube, quietWork())
  await assert.rejects(asked, {
    message: 'there is no pull secret for acr.example: docker-credential-acr has an identity token, which kubelets cannot use',
  })
})
