/** Pushing to a registry that wants a login, as a token or as it is, and what is said where it refuses. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { bufferBlob, sha256 } from '../../../src/images/blob.ts'
import type { Login } from '../../../src/images/credentials.ts'
import { RegistryClient } from '../../../src/images/registry-client.ts'
import { challengeIn } from '../../../src/images/registry-session.ts'
import { makeCertificates } from '../../certificates.ts'
import { fakeRegistry } from './fake-registry.ts'
import { type PrivateRegistry, privateRegistry } from './private-registry.ts'

const PASSWORD = 'pa$$ "word"'
const login: Login = { username: 'robot$ci', secret: PASSWORD, from: 'registry-username and registry-password' }
const user = { user: 'robot$ci', password: PASSWORD }
const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const blob = bufferBlob(Buffer.from('content'))
const to = { registry: 'harbor.test', repository: 'project/sub/capd-manager' }
const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: sha256('{}'), body: '{}' }
const SCOPE = 'repository:project/sub/capd-manager:pull,push'

/** A client of `harbor.test`, which is this registry. */
const clientOf = ({ host }: PrivateRegistry, as: Login | undefined = login, ca?: string) =>
  new RegistryClient({ 'harbor.test': `${ca === undefined ? 'http' : 'https'}://${host}` }, { host, login: as, ca })

async function push(client: RegistryClient, repository = to.repository): Promise<void> {
  await client.pushBlob({ ...to, repository }, blob, work)
  await client.pushManifest({ ...to, repository, version: 'v1' }, manifest, work)
}

/** What a user reads of an error, without the password in any form. */
async function said(asked: Promise<unknown>) {
  const error = await asked.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Failure, String(error))
  const { what, why, remedy } = error
  const all = [what, why, remedy, ...error.details, String(error.cause), error.stack].join('\n')
  for (const form of [PASSWORD, Buffer.from(`robot$ci:${PASSWORD}`).toString('base64')]) assert.ok(!all.includes(form), all)
  return { what, why, remedy }
}

test('a registry below whose project images are pushed gives one token for all of it, to the user that logs in', async () => {
  await using registry = await privateRegistry({ ...user, by: 'token' })
  const client = clientOf(registry)
  await client.logIn('harbor.test', work)
  assert.equal(await client.digestOf({ ...to, version: 'v1' }, work), undefined)
  await push(client)
  assert.deepEqual(registry.tokens, [
    { scopes: '', by: 'robot$ci' },
    { scopes: SCOPE, by: 'robot$ci' },
  ])
  assert.deepEqual([...(registry.blobs.get(to.repository)?.keys() ?? [])], [blob.digest])
  assert.equal(registry.manifests.get(`${to.repository}:v1`), '{}')
})

test('requests that are refused at the same time share one token', async () => {
  await using registry = await privateRegistry({ ...user, by: 'token' })
  const client = clientOf(registry)
  await Promise.all(['a', 'b', 'c', 'd'].map(text => client.pushBlob(to, bufferBlob(Buffer.from(text)), work)))
  assert.equal(registry.tokens.length, 1)
  assert.equal(registry.blobs.get(to.repository)?.size, 4)
})

test('a token that is no longer taken is renewed, in the middle of a push too', async () => {
  await using registry = await privateRegistry({ ...user, by: 'token' })
  const client = clientOf(registry)
  await client.pushBlob(to, blob, work)
  registry.forgetTokens()
  await push(client)
  assert.deepEqual(
    registry.tokens.map(({ scopes }) => scopes),
    [SCOPE, SCOPE],
  )
})

test('a token whose time is over is renewed before it is sent', async () => {
  await using registry = await privateRegistry({ ...user, by: 'token', expiresIn: 0 })
  const client = clientOf(registry)
  await client.hasBlob(to, blob.digest, work)
  await client.hasBlob(to, blob.digest, work)
  assert.deepEqual(
    registry.asked.map(line => line.replace(/\?.*/, '')),
    [`HEAD /v2/${to.repository}/blobs/${blob.digest}`, 'GET /token', `HEAD /v2/${to.repository}/blobs/${blob.digest}`].concat(
      'GET /token',
      `HEAD /v2/${to.repository}/blobs/${blob.digest}`,
    ),
  )
})

test('a registry that takes the password itself is sent it once it asks', async () => {
  await using registry = await privateRegistry({ ...user, by: 'basic' })
  const client = clientOf(registry)
  await client.logIn('harbor.test', work)
  await push(client)
  assert.equal(registry.tokens.length, 0)
  assert.equal(registry.manifests.size, 1)
})

test('a registry with a certificate of a private authority is trusted by that, and by nothing less', async () => {
  const tls = await makeCertificates('DNS:localhost')
  await using registry = await privateRegistry({ ...user, by: 'token', tls })
  await push(clientOf(registry, login, tls.ca))
  assert.equal(registry.manifests.size, 1)
  const untrusting = new RegistryClient({ 'harbor.test': `https://${registry.host}` }, { host: registry.host, login })
  const before = registry.asked.length
  assert.deepEqual(await said(untrusting.logIn('harbor.test', work)), {
    what: 'registry harbor.test cannot be asked for a login',
    why: `${registry.host} unable to verify the first certificate`,
    remedy: `set registry-ca to the certificate of the authority that ${registry.host} is trusted by, and check that it speaks https`,
  })
  assert.equal(registry.asked.length, before)
})

test('a layer that another repository of the registry has is mounted from there', async () => {
  await using registry = await privateRegistry({ ...user, by: 'token', mounts: true })
  const client = clientOf(registry)
  await push(client)
  await push(client, 'project/core')
  const mount = `POST /v2/project/core/blobs/uploads/?mount=${encodeURIComponent(blob.digest)}&from=${to.repository}`
  // The first try is the one that is asked for a token.
  assert.deepEqual(
    registry.asked
      .filter(line => line.startsWith('POST') || line.startsWith('PUT /v2/project/core/blobs'))
      .map(line => line.replaceAll('%2F', '/')),
    [`POST /v2/${to.repository}/blobs/uploads/`, mount, mount],
  )
  assert.equal(registry.tokens.at(-1)?.scopes, 'repository:project/core:pull,push repository:project/sub/capd-manager:pull')
  assert.ok(registry.blobs.get('project/core')?.has(blob.digest))
})

test('a layer that the registry does not mount is uploaded', async () => {
  await using registry = await privateRegistry({ ...user, by: 'basic' })
  const client = clientOf(registry)
  await push(client)
  await push(client, 'project/core')
  assert.ok(registry.blobs.get('project/core')?.has(blob.digest))
})

for (const by of ['token', 'basic'] as const) {
  test(`a wrong password is one sentence with registry and user (${by})`, async () => {
    await using registry = await privateRegistry({ ...user, password: 'another', by })
    assert.deepEqual(await said(clientOf(registry).logIn('harbor.test', work)), {
      what: 'registry harbor.test refuses the login of robot$ci',
      why: `${registry.host} ${by === 'token' ? 'gives no token: answers 401 UNAUTHORIZED, bad credentials' : 'answers 401 UNAUTHORIZED, authentication required'}`,
      remedy: 'check registry-username and registry-password',
    })
    assert.equal(registry.asked.length, 2)
  })

  test(`a right to push that is missing is one sentence with repository and user (${by})`, async () => {
    await using registry = await privateRegistry({ ...user, by, may: 'other/' })
    const client = clientOf(registry)
    await client.logIn('harbor.test', work)
    const { what, remedy } = await said(client.digestOf({ ...to, version: 'v1' }, work))
    assert.equal(what, 'robot$ci may not push to harbor.test/project/sub/capd-manager')
    assert.equal(remedy, 'give this user, token or robot account the right to push there, or set another registry')
    assert.equal((await said(push(client))).what, what)
  })
}

test('without a login a registry that wants one says so', async () => {
  await using registry = await privateRegistry({ ...user, by: 'basic' })
  const client = new RegistryClient({ 'harbor.test': `http://${registry.host}` }, { host: registry.host })
  await client.logIn('harbor.test', work)
  assert.deepEqual(await said(client.digestOf({ ...to, version: 'v1' }, work)), {
    what: 'nobody may push to harbor.test/project/sub/capd-manager without a login',
    why: `${registry.host} answers 401`,
    remedy:
      'set registry-username and registry-password, or log in beforehand: docker login harbor.test; without registry (default_registry in tilt-settings), images for a kind cluster go to a local one',
  })
})

test('an identity token is exchanged for tokens, as OAuth2 has it', async () => {
  const challenge = { 'www-authenticate': 'Bearer realm="URL/token",service="acr",scope="repository:user/image:pull"' }
  await using registry = await fakeRegistry({
    'GET /v2/': [{ status: 401, headers: challenge }, { status: 200 }],
    'POST /token': [{ status: 200, body: '{"access_token":"abc","expires_in":300}' }],
  })
  const { host } = new URL(registry.url)
  const identity: Login = { username: '<token>', secret: 'refresh', identity: true, from: 'config.json' }
  await new RegistryClient({ acr: registry.url }, { host, login: identity }).logIn('acr', work)
  assert.deepEqual(
    registry.asked.map(({ line, headers, body }) => [line, headers.authorization, body]),
    [
      ['GET /v2/', undefined, ''],
      ['POST /token', undefined, 'grant_type=refresh_token&client_id=capi-actions&refresh_token=refresh&service=acr'],
      ['GET /v2/', 'Bearer abc', ''],
    ],
  )
})

test('a login is told to no other host, and to no token service without TLS', async () => {
  await using elsewhere = await fakeRegistry({
    [`PUT /upload?digest=${encodeURIComponent(blob.digest)}`]: [{ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }],
  })
  await using registry = await fakeRegistry({
    'GET /v2/': [{ status: 401, headers: { 'www-authenticate': 'Bearer realm="http://tokens.example/token"' } }],
    [`HEAD /v2/a/blobs/${blob.digest}`]: [{ status: 404 }],
    'POST /v2/a/blobs/uploads/': [{ status: 202, headers: { location: `${elsewhere.url.replace('127.0.0.1', 'localhost')}/upload` } }],
  })
  const client = new RegistryClient({ 'harbor.test': registry.url }, { host: new URL(registry.url).host, login })
  assert.deepEqual(await said(client.logIn('harbor.test', work)), {
    what: `the login for registry ${new URL(registry.url).host} is not sent to http://tokens.example`,
    why: 'without TLS everybody on the way could read it',
    remedy: 'have the registry and its token service speak https',
  })
  await said(client.pushBlob({ registry: 'harbor.test', repository: 'a' }, blob, work))
  assert.deepEqual(
    elsewhere.asked.map(({ headers }) => headers.authorization),
    [undefined],
  )
})

test('the challenge for a token is answered before that for a password', () => {
  const bearer = { scheme: 'bearer', realm: 'https://h/token', service: 's, x', scope: 'repository:a:pull,push' }
  const written = 'Bearer realm="https://h/token",service="s, x",scope="repository:a:pull,push",error="invalid_token"'
  assert.deepEqual(challengeIn(written), bearer)
  assert.deepEqual(challengeIn(`Basic realm="h", ${written}`), bearer)
  assert.deepEqual(challengeIn(`${written}, basic realm="h"`), bearer)
  assert.deepEqual(challengeIn('BASIC realm="h"'), { scheme: 'basic' })
  assert.equal(challengeIn('Negotiate'), undefined)
  assert.equal(challengeIn(undefined), undefined)
})
