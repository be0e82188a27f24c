import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { shortName } from '../../testbed/docker.ts'
import { parseImageName, writeImage } from '../../testbed/image.ts'
import { registryAnswer } from '../../testbed/served/registry.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

test('an image name has a registry, a repository and a tag, and docker.io is what is not said', () => {
  assert.deepEqual(parseImageName('registry.k8s.io/coredns/coredns:v1.12.1'), {
    registry: 'registry.k8s.io',
    repository: 'coredns/coredns',
    tag: 'v1.12.1',
  })
  assert.deepEqual(parseImageName('registry:3'), { registry: 'docker.io', repository: 'library/registry', tag: '3' })
  assert.deepEqual(parseImageName('kindest/node'), { registry: 'docker.io', repository: 'kindest/node', tag: 'latest' })
  assert.deepEqual(parseImageName('localhost:5000/a/b:dev'), { registry: 'localhost:5000', repository: 'a/b', tag: 'dev' })
})

test("docker's own commands leave docker.io and library out", () => {
  assert.equal(shortName('docker.io/library/registry:3'), 'registry:3')
  assert.equal(shortName('docker.io/kindest/node:v1.34.4'), 'kindest/node:v1.34.4')
  assert.equal(shortName('registry.k8s.io/pause:3.10.1'), 'registry.k8s.io/pause:3.10.1')
})

test('an image on a base is served by tag and by digest, and its layers by theirs', async t => {
  const root = await mkdtemp(path.join(tmpdir(), 'image-'))
  t.after(() => rm(root, { recursive: true }))
  for (const tree of ['base', 'own']) {
    await mkdir(path.join(root, tree))
    await writeFile(path.join(root, tree, `${tree}.txt`), tree)
  }
  const config = { User: '65532', Env: ['PATH=/'] }
  await writeImage(path.join(root, 'a'), { names: ['gcr.io/base:1'], config, layer: path.join(root, 'base'), compress: true }, work)
  const name = 'quay.io/team/app:v1'
  const own = {
    names: [name],
    config: { Entrypoint: ['/app'] },
    base: path.join(root, 'a'),
    layer: path.join(root, 'own'),
    compress: false,
  }
  const image = await writeImage(path.join(root, 'b'), own, work)
  assert.deepEqual(image.config, { User: '65532', Env: ['PATH=/'], Entrypoint: ['/app'] })

  const served = [{ repository: 'team/app', tag: 'v1', directory: path.join(root, 'b'), index: image.index }]
  const read = async (url: string) => {
    const found = registryAnswer(served, 'GET', url)
    assert.equal(found.kind, 'blob', url)
    return found.kind === 'blob' ? readFile(found.file) : Buffer.of()
  }
  const index = JSON.parse((await read('/v2/team/app/manifests/v1')).toString())
  const manifest = JSON.parse((await read(`/v2/team/app/manifests/${index.manifests[0].digest}`)).toString())
  assert.equal(manifest.layers.length, 2)
  assert.deepEqual(
    manifest.layers.map((layer: { mediaType: string }) => layer.mediaType),
    ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.oci.image.layer.v1.tar'],
  )
  for (const layer of manifest.layers) assert.equal((await read(`/v2/team/app/blobs/${layer.digest}`)).length, layer.size)
  const { rootfs } = JSON.parse((await read(`/v2/team/app/blobs/${manifest.config.digest}`)).toString())
  assert.equal(rootfs.diff_ids.length, 2)
  const [entry] = JSON.parse(await readFile(path.join(root, 'b', 'manifest.json'), 'utf8'))
  assert.deepEqual(entry.RepoTags, [name])
})

test('what is not there is an error in the words of the distribution API, and pushing is refused', () => {
  const served = [{ repository: 'team/app', tag: 'v1', directory: '/nowhere', index: `sha256:${'0'.repeat(64)}` }]
  const code = (method: string, url: string) => {
    const found = registryAnswer(served, method, url)
    return found.kind === 'error' ? `${found.status} ${found.code}` : found.kind
  }
  assert.equal(code('GET', '/v2/'), 'empty')
  assert.equal(code('GET', '/v2/other/app/manifests/v1'), '404 NAME_UNKNOWN')
  assert.equal(code('GET', '/v2/team/app/manifests/v2'), '404 MANIFEST_UNKNOWN')
  assert.equal(code('GET', `/v2/team/app/blobs/sha256:${'1'.repeat(64)}`), '404 BLOB_UNKNOWN')
  assert.equal(code('GET', '/v2/team/app/tags/list'), 'tags')
  assert.equal(code('POST', '/v2/team/app/blobs/uploads/'), '405 UNSUPPORTED')
})
