import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import type { Work } from '../../../src/host/work.ts'
import { bufferBlob, sha256 } from '../../../src/images/blob.ts'
import { apiRoot, RegistryClient } from '../../../src/images/registry-client.ts'
import { fakeRegistry } from './fake-registry.ts'

const working = (signal = new AbortController().signal): Work & { lines: string[] } => {
  const lines: string[] = []
  return { signal, lines, log: line => lines.push(line), waiting: () => {} }
}
const reference = { registry: 'gcr.io', repository: 'a/b', version: 'v1' }
const GET = 'GET /v2/a/b/manifests/v1'
const body = '{"schemaVersion":2}'
const found = { status: 200, headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }, body }
const at = (url: string) => new RegistryClient({ 'gcr.io': url })

test('the API of a registry is where its host is, or its mirror', () => {
  assert.equal(apiRoot('gcr.io', {}), 'https://gcr.io/v2')
  assert.equal(apiRoot('docker.io', {}), 'https://registry-1.docker.io/v2')
  assert.equal(apiRoot('localhost:5000', {}), 'http://localhost:5000/v2')
  assert.equal(apiRoot('127.0.0.1:5000', {}), 'http://127.0.0.1:5000/v2')
  assert.equal(apiRoot('docker.io', { 'docker.io': 'http://m:1/' }), 'http://m:1/v2')
  assert.equal(apiRoot('docker.io', { 'docker.io': 'https://h/v2/proxy' }), 'https://h/v2/proxy')
})

test('a registry that wants a token gets the one that it gives to anybody, and gets it again without asking', async () => {
  const challenge = 'Bearer realm="URL/token",service="gcr.io",scope="repository:a/b:pull"'
  const token = 'GET /token?service=gcr.io&scope=repository%3Aa%2Fb%3Apull'
  await using registry = await fakeRegistry({
    [GET]: [{ status: 401, headers: { 'www-authenticate': challenge } }, found],
    [token]: [{ status: 200, body: '{"token":"abc"}' }],
  })
  const client = at(registry.url)
  assert.deepEqual(await client.manifest(reference, working()), {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(body),
    body,
  })
  await client.manifest(reference, working())
  assert.deepEqual(
    registry.asked.map(({ line, headers }) => [line, headers.authorization]),
    [
      [GET, undefined],
      [token, undefined],
      [GET, 'Bearer abc'],
      [GET, 'Bearer abc'],
    ],
  )
})

test('a registry that wants a login is told apart', async () => {
  await using registry = await fakeRegistry({ [GET]: [{ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }] })
  const host = new URL(registry.url).host
  await assert.rejects(at(registry.url).manifest(reference, working()), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, 'image gcr.io/a/b:v1 cannot be read')
    assert.equal(error.why, `${host} answers 401`)
    assert.equal(error.remedy, `only images that need no login can be read from ${host}: set image-mirrors, or another base image`)
    return true
  })
  assert.equal(registry.asked.length, 1)
})

test('429 and 5xx are tried again when the registry says so', async () => {
  const later = { 'retry-after': '0' }
  await using registry = await fakeRegistry({ [GET]: [{ status: 429, headers: later }, { status: 503, headers: later }, found] })
  const work = working()
  assert.equal((await at(registry.url).manifest(reference, work)).body, body)
  const host = new URL(registry.url).host
  assert.deepEqual(work.lines, [`${host} answers 429, trying again in 0 s`, `${host} answers 503, trying again in 0 s`])
})

test('a manifest that breaks off is asked for again', async () => {
  const cut = { ...found, headers: { ...found.headers, 'content-length': String(body.length) }, body: body.slice(0, 5), cut: true }
  await using registry = await fakeRegistry({ [GET]: [cut, found] })
  assert.equal((await at(registry.url).manifest(reference, working())).body, body)
  assert.equal(registry.asked.length, 2)
})

test('a registry that stays overloaded is given up after five tries, with its own words', async () => {
  const errors = '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}'
  await using registry = await fakeRegistry({ [GET]: [{ status: 429, headers: { 'retry-after': '0' }, body: errors }] })
  const host = new URL(registry.url).host
  await assert.rejects(at(registry.url).manifest(reference, working()), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.why, `${host} answers 429 TOOMANYREQUESTS, slow down`)
    assert.equal(error.remedy, `${host} limits how often it is asked: set image-mirrors, or try later`)
    return true
  })
  assert.equal(registry.asked.length, 5)
})

test('a registry that asks for a long wait is given up at once', async () => {
  await using registry = await fakeRegistry({ [GET]: [{ status: 429, headers: { 'retry-after': '3600' } }] })
  await assert.rejects(at(registry.url).manifest(reference, working()), Failure)
  assert.equal(registry.asked.length, 1)
})

test('a manifest that is missing is an error that says what to check, and is not asked for again', async () => {
  await using registry = await fakeRegistry({ [GET]: [{ status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' }] })
  await assert.rejects(at(registry.url).manifest(reference, working()), {
    why: `${new URL(registry.url).host} answers 404 MANIFEST_UNKNOWN`,
  })
  assert.equal(registry.asked.length, 1)
})

test('a manifest that is not what its digest says is refused', async () => {
  const version = `sha256:${'0'.repeat(64)}`
  await using registry = await fakeRegistry({ [`GET /v2/a/b/manifests/${version}`]: [found] })
  await assert.rejects(at(registry.url).manifest({ ...reference, version }, working()), {
    why: `the registry sent a manifest with digest ${sha256(body)}`,
  })
})

test('a request that is stopped stops at once', async () => {
  await using registry = await fakeRegistry({ [GET]: [{ status: 503, headers: { 'retry-after': '30' } }] })
  const stop = new AbortController()
  const work = working(stop.signal)
  const asked = at(registry.url).manifest(reference, { ...work, log: () => stop.abort() })
  await assert.rejects(asked, { name: 'AbortError' })
})

test('a blob that is redirected, broken off and wrong is fetched again, and only the right one is kept', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-blob-'))
  t.after(() => rm(folder, { recursive: true }))
  const digest = sha256('content')
  const line = `GET /v2/a/b/blobs/${digest}`
  await using registry = await fakeRegistry({
    [line]: [
      { status: 200, headers: { 'content-length': '7' }, body: 'con', cut: true },
      { status: 200, body: 'CONTENT' },
      { status: 307, headers: { location: 'URL/elsewhere' } },
    ],
    'GET /elsewhere': [{ status: 200, body: 'content' }],
  })
  await at(registry.url).fetchBlob(reference, digest, join(folder, 'blob'), working())
  assert.deepEqual(await readdir(folder), ['blob'])
  assert.equal(await readFile(join(folder, 'blob'), 'utf8'), 'content')
  assert.equal(registry.asked.length, 4)
})

test('an upload that fails is begun again at a new address', async () => {
  const blob = bufferBlob(Buffer.from('content'))
  const query = `digest=${encodeURIComponent(blob.digest)}`
  const upload = 'POST /v2/a/b/blobs/uploads/'
  await using registry = await fakeRegistry({
    [`HEAD /v2/a/b/blobs/${blob.digest}`]: [{ status: 404 }],
    [upload]: [
      { status: 202, headers: { location: '/upload/1?state=x' } },
      { status: 202, headers: { location: 'URL/upload/2' } },
    ],
    [`PUT /upload/1?state=x&${query}`]: [{ status: 500, headers: { 'retry-after': '0' } }],
    [`PUT /upload/2?${query}`]: [{ status: 201 }],
  })
  await at(registry.url).pushBlob(reference, blob, working())
  assert.deepEqual(
    registry.asked.slice(1).map(({ line, body: sent }) => [line, sent]),
    [
      [upload, ''],
      [`PUT /upload/1?state=x&${query}`, 'content'],
      [upload, ''],
      [`PUT /upload/2?${query}`, 'content'],
    ],
  )
})

test('a blob that is there is not uploaded', async () => {
  const blob = bufferBlob(Buffer.from('content'))
  await using registry = await fakeRegistry({ [`HEAD /v2/a/b/blobs/${blob.digest}`]: [{ status: 200 }] })
  await at(registry.url).pushBlob(reference, blob, working())
  assert.equal(registry.asked.length, 1)
})
