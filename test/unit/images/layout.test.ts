import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { sha256 } from '../../../src/images/blob.ts'
import { readImage } from '../../../src/images/layout.ts'
import { pushImage, tagOf } from '../../../src/images/push.ts'
import { RegistryClient } from '../../../src/images/registry-client.ts'
import { fakeRegistry } from './fake-registry.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const amd64 = { os: 'linux', architecture: 'amd64' }
const OCI = 'application/vnd.oci.image'

async function folderWith(files: Readonly<Record<string, string | Buffer>>) {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-layout-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

const blob = (text: string) => ({
  name: `blobs/${sha256(text).replace(':', '/')}`,
  text,
  digest: sha256(text),
  size: Buffer.byteLength(text),
})
const described = (mediaType: string, { digest, size }: ReturnType<typeof blob>) => ({ mediaType, digest, size })
const config = blob('{"os":"linux","architecture":"amd64"}')
const layer = blob('the layer')
const manifest = blob(
  JSON.stringify({
    schemaVersion: 2,
    config: described(`${OCI}.config.v1+json`, config),
    layers: [described(`${OCI}.layer.v1.tar+gzip`, layer)],
  }),
)
const blobs = Object.fromEntries([config, layer, manifest].map(({ name, text }) => [name, text]))
const entry = { ...described(`${OCI}.manifest.v1+json`, manifest), platform: amd64 }

test('a layout that a builder wrote is pushed with its own manifest, under a tag of its digest', async () => {
  await using written = await folderWith({ ...blobs, 'index.json': JSON.stringify({ schemaVersion: 2, manifests: [entry] }) })
  const image = await readImage(written.folder, amd64)
  assert.equal(image.manifest.digest, manifest.digest)
  const tag = tagOf(image.manifest)
  const absent = [config, layer].flatMap(({ digest }) => [
    [`HEAD /v2/core/blobs/${digest}`, [{ status: 404 }]] as const,
    [`PUT /upload?digest=${encodeURIComponent(digest)}`, [{ status: 201 }]] as const,
  ])
  await using registry = await fakeRegistry({
    [`HEAD /v2/core/manifests/${tag}`]: [{ status: 404 }],
    ...Object.fromEntries(absent),
    'POST /v2/core/blobs/uploads/': [{ status: 202, headers: { location: '/upload' } }],
    [`PUT /v2/core/manifests/${tag}`]: [{ status: 201 }],
  })
  const client = new RegistryClient({ local: registry.url })
  const pushed = await pushImage({ registry: 'local', repository: 'core', version: tag }, image, client, work)
  assert.deepEqual(pushed, { reference: `local/core:${tag}`, digest: manifest.digest, pushed: true })
  const puts = registry.asked.filter(({ line }) => line.startsWith('PUT'))
  assert.deepEqual(new Set(puts.map(({ body }) => body)), new Set([config.text, layer.text, manifest.text]))
  assert.equal(puts.at(-1)?.headers['content-type'], `${OCI}.manifest.v1+json`)
})

test('of an index that an engine saved the manifest for the platform is taken', async () => {
  const inner = blob(
    JSON.stringify({ manifests: [{ ...entry, digest: 'sha256:arm', platform: { os: 'linux', architecture: 'arm64' } }, entry] }),
  )
  const index = JSON.stringify({ manifests: [described(`${OCI}.index.v1+json`, inner)] })
  await using written = await folderWith({ ...blobs, [inner.name]: inner.text, 'index.json': index, 'manifest.json': '[]' })
  assert.equal((await readImage(written.folder, amd64)).manifest.digest, manifest.digest)
  await assert.rejects(readImage(written.folder, { os: 'linux', architecture: 's390x' }), /has no image for linux\/s390x/)
})

test('layers that are compressed in such an archive, as ko has them, are called so', async () => {
  const files = {
    'plain.tar': Buffer.from('the layer'),
    'gzip.tar.gz': gzipSync('the layer'),
    'zstd.tar.zst': zstdCompressSync('the layer'),
  }
  await using saved = await folderWith({
    'sha256:abc': config.text,
    ...files,
    'manifest.json': JSON.stringify([{ Config: 'sha256:abc', RepoTags: ['x:1'], Layers: Object.keys(files) }]),
  })
  const { layers } = JSON.parse((await readImage(saved.folder, amd64)).manifest.body) as { layers: { mediaType: string; digest: string }[] }
  assert.deepEqual(
    layers.map(({ mediaType }) => mediaType),
    ['tar', 'tar+gzip', 'tar+zstd'].map(end => `${OCI}.layer.v1.${end}`),
  )
  assert.equal(layers[1]?.digest, sha256(files['gzip.tar.gz']))
})

test('of a layout that a command has added to, the newest image is taken', async () => {
  const { platform: _, ...newest } = entry
  const index = JSON.stringify({ manifests: [{ ...newest, digest: 'sha256:older' }, newest] })
  await using written = await folderWith({ ...blobs, 'index.json': index })
  assert.equal((await readImage(written.folder, amd64)).manifest.digest, manifest.digest)
})

test('what an engine before version 25 saves gets a manifest', async () => {
  await using saved = await folderWith({
    'abc.json': config.text,
    'one/layer.tar': layer.text,
    'manifest.json': JSON.stringify([{ Config: 'abc.json', RepoTags: null, Layers: ['one/layer.tar'] }]),
  })
  const image = await readImage(saved.folder, amd64)
  assert.deepEqual(JSON.parse(image.manifest.body), {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: described(`${OCI}.config.v1+json`, config),
    layers: [described(`${OCI}.layer.v1.tar`, layer)],
  })
  assert.deepEqual(
    image.blobs.map(({ digest, size }) => [digest, size]),
    [config, layer].map(({ digest, size }) => [digest, size]),
  )
})

test('a folder without an image is refused', async () => {
  await using empty = await folderWith({})
  await assert.rejects(readImage(empty.folder, amd64), /there is neither index\.json nor manifest\.json/)
})
