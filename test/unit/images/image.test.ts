import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { bufferBlob, sha256 } from '../../../src/images/blob.ts'
import { makeImage, platformDigest, readManifest, requirePlatform } from '../../../src/images/image.ts'
import type { Manifest } from '../../../src/images/store.ts'

const amd64 = { os: 'linux', architecture: 'amd64' }
const layer = bufferBlob(Buffer.from('layer'))
const manifest = (mediaType: string, content: unknown): Manifest => {
  const body = JSON.stringify(content)
  return { mediaType, body, digest: sha256(body) }
}

const base = {
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: 'sha256:base', size: 3 }],
  config: JSON.stringify({
    created: '2024-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    docker_version: '20.10',
    config: {
      User: '65532',
      Env: ['PATH=/bin'],
      Cmd: ['sh'],
      Entrypoint: ['/old'],
      Labels: { from: 'base', both: 'base' },
      WorkingDir: '/home',
    },
    rootfs: { type: 'layers', diff_ids: ['sha256:first'] },
    history: [{ created_by: 'base' }],
  }),
}

async function read(change: { user?: string; labels?: Record<string, string> } = {}) {
  const made = makeImage(base, { layers: [layer], entrypoint: ['/manager'], labels: {}, ...change })
  const parts: Buffer[] = []
  for await (const part of made.config.open()) parts.push(part)
  return { made, config: JSON.parse(Buffer.concat(parts).toString()), manifest: JSON.parse(made.manifest.body) }
}

test('the manifest has the layers of the base and the new one, all of OCI types', async () => {
  const { made, manifest } = await read()
  assert.deepEqual(manifest, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: made.config.digest, size: made.config.size },
    layers: [...base.layers, { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: layer.size }],
  })
  assert.equal(made.manifest.digest, sha256(made.manifest.body))
})

test('the configuration keeps what the base image says, but for what it runs', async () => {
  const { config } = await read({ labels: { both: 'ours' } })
  assert.deepEqual(config.config, {
    User: '65532',
    Env: ['PATH=/bin'],
    Entrypoint: ['/manager'],
    Labels: { from: 'base', both: 'ours' },
    WorkingDir: '/home',
  })
  assert.deepEqual(config.rootfs, { type: 'layers', diff_ids: ['sha256:first', layer.digest] })
  assert.equal(config.history.length, 2)
  assert.equal(config.created, '2024-01-01T00:00:00Z')
})

test('the user can be another than the base image has, and then the image is another', async () => {
  const [one, other] = [await read(), await read({ user: '0' })]
  assert.equal(other.config.config.User, '0')
  assert.notEqual(one.made.manifest.digest, other.made.manifest.digest)
})

test('the same input makes the same image', async () => {
  assert.equal((await read()).made.manifest.digest, (await read()).made.manifest.digest)
})

test('an image can be made of nothing', () => {
  const made = makeImage(
    { layers: [], config: JSON.stringify({ ...amd64, rootfs: { type: 'layers', diff_ids: [] } }) },
    { layers: [layer], entrypoint: ['/probe'], labels: {} },
  )
  assert.equal(JSON.parse(made.manifest.body).layers.length, 1)
})

test('what lies beside the manager is a layer below it', async () => {
  const beside = bufferBlob(Buffer.from('debugger'))
  const made = makeImage(base, { layers: [beside, layer], entrypoint: ['/manager'], labels: {} })
  assert.deepEqual(
    JSON.parse(made.manifest.body).layers.map(({ digest }: { digest: string }) => digest),
    ['sha256:base', beside.digest, layer.digest],
  )
})

test('the layer types of Docker become those of OCI', () => {
  const types = ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.docker.image.rootfs.diff.tar']
  const content = {
    config: { mediaType: 'c', digest: 'd', size: 1 },
    layers: types.map(mediaType => ({ mediaType, digest: 'd', size: 1 })),
  }
  assert.deepEqual(
    readManifest('base', manifest('application/vnd.docker.distribution.manifest.v2+json', content)).layers.map(
      ({ mediaType }) => mediaType,
    ),
    ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.oci.image.layer.v1.tar'],
  )
})

const index = manifest('application/vnd.oci.image.index.v1+json', {
  manifests: [
    { mediaType: 'm', digest: 'sha256:arm', size: 1, platform: { os: 'linux', architecture: 'arm64' } },
    { mediaType: 'm', digest: 'sha256:amd', size: 1, platform: { os: 'linux', architecture: 'amd64' } },
    { mediaType: 'm', digest: 'sha256:att', size: 1 },
  ],
})

test('the manifest for a platform is found in an index', () => {
  assert.equal(platformDigest('base', index, amd64), 'sha256:amd')
  assert.equal(platformDigest('base', manifest('application/vnd.oci.image.manifest.v1+json', {}), amd64), undefined)
})

const refusal = (what: string, why: string) => (error: unknown) => error instanceof Failure && error.what === what && error.why === why

test('a base image without the platform is refused with those that it has', () => {
  const what = 'base image base has nothing for linux/s390x'
  assert.throws(
    () => platformDigest('base', index, { os: 'linux', architecture: 's390x' }),
    refusal(what, 'it has linux/arm64, linux/amd64'),
  )
  assert.throws(() => requirePlatform('base', base.config, { os: 'linux', architecture: 's390x' }), refusal(what, 'it has linux/amd64'))
})

test('a manifest that is none is refused with its type', () => {
  const old = manifest('application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1, fsLayers: [] })
  assert.throws(
    () => readManifest('base', old),
    refusal('base image base cannot be used', 'its manifest has the type application/vnd.docker.distribution.manifest.v1+prettyjws'),
  )
})
