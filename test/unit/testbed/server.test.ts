import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { after, before, beforeEach } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { writeImage } from '../../testbed/image.ts'
import { type Faults, faultsOf, type Mirror, runningMirror, startMirror, stopMirror } from '../../testbed/mirror.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const kubectl = 'dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl'
const content = 'the kubectl of this test'
const hash = createHash('sha256').update(content).digest('hex')

let directory: string
let mirror: Mirror
let faults: Faults

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'mirror-'))
  process.env.CAPI_TESTBED_CACHE = directory
  const file = path.join(directory, 'kubectl')
  await writeFile(file, content)
  const tree = path.join(directory, 'tree')
  await mkdir(tree)
  await writeFile(path.join(tree, 'hello'), 'hello')
  const image = await writeImage(
    path.join(directory, 'image'),
    { names: ['quay.io/a/b:v1'], config: {}, layer: tree, compress: true },
    work,
  )
  mirror = await startMirror(
    {
      releases: [{ repository: 'o/r', tag: 'tool/v1', assets: [{ name: 'tool.tar.gz', file }], checksums: 'checksums.txt' }],
      files: [{ url: kubectl, file, checksums: ['.sha256'] }],
      texts: [],
      images: [{ repository: 'a/b', tag: 'v1', directory: path.join(directory, 'image'), index: image.index }],
    },
    work,
  )
  faults = faultsOf(mirror)
})

after(async () => {
  await stopMirror(work)
  await rm(directory, { recursive: true })
})

beforeEach(() => faults.clear())

const get = (url: string, init?: RequestInit) => fetch(`${mirror.downloads}/${url}`, init)

test('the mirror runs, and is not started a second time', async () => {
  assert.deepEqual(runningMirror(), mirror)
})

test('a file and its checksum are served under the host of upstream', async () => {
  assert.equal(await (await get(kubectl)).text(), content)
  assert.equal(await (await get(`${kubectl}.sha256`)).text(), hash)
  assert.equal((await get('dl.k8s.io/nothing')).status, 404)
})

test('a slash in a tag may be escaped or not', async () => {
  for (const tag of ['tool%2Fv1', 'tool/v1']) {
    assert.equal(await (await get(`github.com/o/r/releases/download/${tag}/tool.tar.gz`)).text(), content)
    assert.equal(await (await get(`github.com/o/r/releases/download/${tag}/checksums.txt`)).text(), `${hash}  tool.tar.gz\n`)
  }
})

test('the digest that the API tells is that of the asset behind its URL', async () => {
  const release = (await (await get('api.github.com/repos/o/r/releases/tags/tool/v1')).json()) as {
    assets: { browser_download_url: string; digest: string }[]
  }
  const [asset] = release.assets
  assert.ok(asset)
  const body = Buffer.from(await (await fetch(asset.browser_download_url)).arrayBuffer())
  assert.equal(asset.digest, `sha256:${createHash('sha256').update(body).digest('hex')}`)
})

test('a range is served as such', async () => {
  const response = await get(kubectl, { headers: { range: 'bytes=4-10' } })
  assert.equal(response.status, 206)
  assert.equal(response.headers.get('content-range'), `bytes 4-10/${content.length}`)
  assert.equal(await response.text(), 'kubectl')
})

test('a fault answers with its status and Retry-After for so many requests, then all is well', async () => {
  await faults.set([{ path: `/${kubectl}`, status: 429, retryAfter: 1, times: 2 }])
  for (const status of [429, 429, 200]) {
    const response = await get(kubectl)
    assert.equal(response.status, status)
    assert.equal(response.headers.get('retry-after'), status === 429 ? '1' : null)
    await response.body?.cancel()
  }
})

test('a body that is cut ends before its length', async () => {
  await faults.set([{ path: `/${kubectl}`, cut: true }])
  const response = await get(kubectl)
  assert.equal(response.headers.get('content-length'), String(content.length))
  await assert.rejects(response.text())
})

test('a wrong checksum is a false hash in the checksum file, and false bytes in a file', async () => {
  await faults.set([{ path: '/dl.k8s.io/**.sha256', checksum: true }])
  const told = await (await get(`${kubectl}.sha256`)).text()
  assert.match(told, /^[0-9a-f]{64}$/)
  assert.notEqual(told, hash)
  assert.equal(await (await get(kubectl)).text(), content)
  await faults.set([{ path: `/${kubectl}`, checksum: true }])
  const body = await (await get(kubectl)).text()
  assert.notEqual(body, content)
})

test('a stalled body comes after so many seconds, or never', async () => {
  await faults.set([
    { path: `/${kubectl}`, stall: 0.3, times: 1 },
    { path: `/${kubectl}`, stall: true },
  ])
  const begin = performance.now()
  assert.equal(await (await get(kubectl)).text(), content)
  assert.ok(performance.now() - begin > 250)
  await assert.rejects((await get(kubectl, { signal: AbortSignal.timeout(300) })).text(), { name: 'TimeoutError' })
})

test('an image is served by tag, and a fault on its path holds for it, too', async () => {
  const manifest = `${mirror.images}/v2/a/b/manifests/v1`
  const response = await fetch(manifest)
  assert.equal(response.headers.get('content-type'), 'application/vnd.oci.image.index.v1+json')
  const text = await response.text()
  assert.equal(response.headers.get('docker-content-digest'), `sha256:${createHash('sha256').update(text).digest('hex')}`)
  await faults.set([{ path: '/v2/a/b/manifests/', status: 500 }])
  assert.equal((await fetch(manifest)).status, 500)
})

test('requests are told, with the fault that was made', async () => {
  await faults.forget()
  await faults.set([{ path: '/dl.k8s.io/', status: 403, times: 1 }])
  await get(kubectl)
  await fetch(`${mirror.images}/v2/`)
  const told = (await faults.requests()).map(({ server, method, path, status, fault }) => ({
    server,
    method,
    path,
    status,
    fault: fault?.status,
  }))
  assert.deepEqual(told, [
    { server: 'downloads', method: 'GET', path: `/${kubectl}`, status: 403, fault: 403 },
    { server: 'images', method: 'GET', path: '/v2/', status: 200, fault: undefined },
  ])
})

test('faults that make no sense are refused with the reason', async () => {
  await assert.rejects(
    faults.set([{ path: 'no-slash' }]),
    (error: Failure) => error instanceof Failure && /Invalid string/.test(error.why ?? ''),
  )
})
