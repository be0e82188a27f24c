import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import {
  accountObjects,
  applyServiceAccount,
  requestToken,
  restrictedKubeconfig,
  writeRestricted,
} from '../../../src/components/service-account.ts'
import type { Made } from '../../../src/host/work.ts'
import { fakeApiServer, quietWork } from '../kube/fake-api-server.ts'

const account = { name: 'tests', namespace: 'work', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }
const token = { token: 'jwt', expires: '2026-01-01T00:00:00Z' }

test('its rights are those of the rules, in its namespace', () => {
  const [, role, binding] = accountObjects(account)
  assert.deepEqual(role, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'tests', namespace: 'work' },
    rules: account.rules,
  })
  assert.deepEqual(binding?.subjects, [{ kind: 'ServiceAccount', name: 'tests', namespace: 'work' }])
})

test('a namespace is made only where it is missing', async () => {
  const core = {
    resources: [
      { name: 'namespaces', kind: 'Namespace', namespaced: false },
      { name: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
    ],
  }
  const rbac = {
    resources: [
      { name: 'roles', kind: 'Role', namespaced: true },
      { name: 'rolebindings', kind: 'RoleBinding', namespaced: true },
    ],
  }
  const there = { code: 200, body: { metadata: { name: 'work' } } }
  const objects = {
    'PATCH /api/v1/namespaces/work/serviceaccounts/tests': [there],
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/work/roles/tests': [there],
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/work/rolebindings/tests': [there],
  }
  const served = { 'GET /api/v1': [{ code: 200, body: core }], 'GET /apis/rbac.authorization.k8s.io/v1': [{ code: 200, body: rbac }] }
  for (const [found, made] of [
    [there, false],
    [{ code: 404, body: { reason: 'NotFound' } }, true],
  ] as const) {
    await using server = await fakeApiServer({
      ...served,
      ...objects,
      'GET /api/v1/namespaces/work': [found],
      'PATCH /api/v1/namespaces/work': [there],
    })
    await applyServiceAccount(account, server.kube, quietWork())
    assert.equal(
      server.requests.some(request => request.startsWith('PATCH /api/v1/namespaces/work?')),
      made,
    )
  }
})

test('a token is asked for with its time', async () => {
  const answer = { code: 201, body: { status: { token: 'jwt', expirationTimestamp: '2026-01-01T00:00:00Z' } } }
  await using server = await fakeApiServer({ 'POST /api/v1/namespaces/work/serviceaccounts/tests/token': [answer] })
  assert.deepEqual(await requestToken(account, 600, server.kube, new AbortController().signal), token)
  assert.deepEqual(server.bodies.at(-1), {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 600 },
  })
})

const CONFIG = `apiVersion: v1
clusters:
- {name: other, cluster: {server: "https://other"}}
- {name: one, cluster: {server: "https://one:6443", certificate-authority: ca.crt, tls-server-name: api}}
users: [{name: admin, user: {token: of-the-administrator}}]
contexts: [{name: mine, context: {cluster: one, user: admin}}]
`

test('the kubeconfig leads to the same cluster, has its authority in it, and nothing of the administrator', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'service-account-'))
  try {
    await writeFile(join(folder, 'ca.crt'), 'certificate')
    const text = await restrictedKubeconfig(CONFIG, join(folder, 'config'), 'mine', account, token)
    assert.doesNotMatch(text, /of-the-administrator|other/)
    assert.deepEqual(parse(text), {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'mine',
          cluster: {
            server: 'https://one:6443',
            'tls-server-name': 'api',
            'certificate-authority-data': Buffer.from('certificate').toString('base64'),
          },
        },
      ],
      users: [{ name: 'work/tests', user: { token: 'jwt' } }],
      contexts: [{ name: 'mine', context: { cluster: 'mine', user: 'work/tests', namespace: 'work' } }],
      'current-context': 'mine',
    })
    const made: Made[] = []
    await writeRestricted(join(folder, 'state/restricted'), text, async one => void made.push(one))
    assert.equal((await stat(join(folder, 'state/restricted'))).mode & 0o777, 0o600)
    assert.deepEqual(made, [{ kind: 'path', path: join(folder, 'state/restricted') }])
  } finally {
    await rm(folder, { recursive: true })
  }
})
