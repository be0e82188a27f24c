import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type DownloadOptions, download } from '../../../src/host/download.ts'
import { body, cut, failureOf, fakeClock, rememberingWork, serve, stall, status } from './fault-server.ts'

const content = 'a binary of some kind'.repeat(1000)
const sha256 = createHash('sha256').update(content).digest('hex')
const quick: DownloadOptions = { clock: fakeClock(), attempts: 2 }
const scratch = () => mkdtempDisposable(join(tmpdir(), 'capi-actions-test-'))

test('a download lies at its path, whole, with its hash and size', async () => {
  await using server = await serve({ '/f': body(content) })
  await using folder = await scratch()
  const path = join(folder.path, 'new', 'f')
  assert.deepEqual(await download(`${server.base}/f`, path, rememberingWork(), { sha256: sha256.toUpperCase() }), {
    address: `${server.base}/f`,
    sha256,
    bytes: content.length,
  })
  assert.equal(await readFile(path, 'utf8'), content)
  assert.deepEqual(await readdir(join(folder.path, 'new')), ['f'])
})

test('a wrong checksum is refused, and neither the file nor a part of it stays', async () => {
  await using server = await serve({ '/f': body(content) })
  await using folder = await scratch()
  const published = '0'.repeat(64)
  const work = rememberingWork()
  assert.deepEqual(
    await failureOf(download(`${server.base}/f`, join(folder.path, 'f'), work, { sha256: published, subject: 'kind v0.32.0' })),
    {
      what: `kind v0.32.0: checksum of ${server.base}/f does not match`,
      why: `published sha256 ${published}, downloaded ${sha256} (21000 bytes)`,
      remedy: 'do not use this file: find out who changed it, the publisher, a mirror or a proxy on the way',
    },
  )
  assert.deepEqual(await readdir(folder.path), [])
  assert.equal(server.requests.length, 1)
})

test('a failed download leaves the file that was there before', async () => {
  await using server = await serve({ '/f': status(500) })
  await using folder = await scratch()
  const path = join(folder.path, 'f')
  await writeFile(path, 'older')
  const texts = await failureOf(download(`${server.base}/f`, path, rememberingWork(), quick))
  assert.equal(texts.why, 'the server answered 500 Internal Server Error, 2 attempts')
  assert.equal(await readFile(path, 'utf8'), 'older')
})

test('a body that is cut is fetched again from its beginning', async () => {
  await using server = await serve({ '/f': [cut(content), body(content)] })
  await using folder = await scratch()
  const work = rememberingWork()
  const got = await download(`${server.base}/f`, join(folder.path, 'f'), work, { ...quick, sha256 })
  assert.equal(got.bytes, content.length)
  assert.deepEqual(work.lines, [`${server.base}/f: the connection broke after 10500 of 21000 bytes, trying again in 1 s (2 of 2)`])
})

test('a body that is always cut is an error that says how much came', async () => {
  await using server = await serve({ '/f': cut(content) })
  await using folder = await scratch()
  assert.deepEqual(await failureOf(download(`${server.base}/f`, join(folder.path, 'f'), rememberingWork(), quick)), {
    what: `${server.base}/f could not be downloaded`,
    why: 'the connection broke after 10500 of 21000 bytes, 2 attempts',
    remedy: `try again later, or set a download mirror for ${new URL(server.base).host}`,
  })
  assert.deepEqual(await readdir(folder.path), [])
})

test('a body that stalls is given up', async () => {
  await using server = await serve({ '/f': stall(content) })
  await using folder = await scratch()
  const texts = await failureOf(download(`${server.base}/f`, join(folder.path, 'f'), rememberingWork(), { ...quick, silence: 0.05 }))
  assert.equal(texts.why, 'no data came for 0.05 s, 2 attempts')
  assert.deepEqual(await readdir(folder.path), [])
})

test('a slow body is not given up as long as something comes', async () => {
  await using server = await serve({
    '/f': (_, response) => {
      let left = 8
      const drip = () => (left-- > 0 ? response.write('x', () => setTimeout(drip, 100)) : response.end())
      drip()
    },
  })
  await using folder = await scratch()
  const got = await download(`${server.base}/f`, join(folder.path, 'f'), rememberingWork(), { silence: 0.6, attempts: 1 })
  assert.equal(got.bytes, 8)
})

test('an abort in the middle leaves nothing', async () => {
  await using server = await serve({ '/f': stall(content) })
  await using folder = await scratch()
  const stop = new AbortController()
  const running = download(`${server.base}/f`, join(folder.path, 'f'), rememberingWork(stop.signal))
  setTimeout(() => stop.abort(new Error('stopped by test')), 50)
  await assert.rejects(running, { message: 'stopped by test' })
  assert.deepEqual(await readdir(folder.path), [])
})

test('a gzip file is stored as it is, whatever the server says of its encoding', async () => {
  const archive = gzipSync(content)
  await using server = await serve({ '/f.tar.gz': body(archive) })
  await using folder = await scratch()
  await download(`${server.base}/f.tar.gz`, join(folder.path, 'f'), rememberingWork())
  assert.deepEqual(await readFile(join(folder.path, 'f')), archive)
  assert.equal(server.requests[0]?.headers['accept-encoding'], 'identity')
})

test('progress is told in megabytes', async () => {
  await using server = await serve({ '/f': body(Buffer.alloc(2_500_000)) })
  await using folder = await scratch()
  const work = rememberingWork()
  await download(`${server.base}/f`, join(folder.path, 'kind'), work, { clock: fakeClock(1000) })
  assert.equal(work.phrases.at(-1), '2.5 of 2.5 MB of kind')
})

test('a folder that cannot be made is named, and nothing is asked for', async () => {
  await using server = await serve({ '/f': body(content) })
  await using folder = await scratch()
  await writeFile(join(folder.path, 'file'), '')
  const texts = await failureOf(download(`${server.base}/f`, join(folder.path, 'file', 'f'), rememberingWork()))
  assert.equal(texts.what, `${join(folder.path, 'file')} cannot be written`)
  assert.equal(texts.remedy, 'see whether the folder may be written and its disk has room')
  assert.equal(server.requests.length, 0)
})

test('a path that is taken by a folder is named, and no part stays', async () => {
  await using server = await serve({ '/f': body(content) })
  await using folder = await scratch()
  await mkdir(join(folder.path, 'f', 'full'), { recursive: true })
  const texts = await failureOf(download(`${server.base}/f`, join(folder.path, 'f'), rememberingWork()))
  assert.equal(texts.what, `${folder.path} cannot be written`)
  assert.deepEqual(await readdir(folder.path), ['f'])
})
