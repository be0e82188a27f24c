import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { writeArchive } from '../../../src/images/archive.ts'
import { bufferBlob, sha256 } from '../../../src/images/blob.ts'
import { readImage } from '../../../src/images/layout.ts'
import { parseReference } from '../../../src/images/reference.ts'

test('an image becomes one file, which is read back as the same image and has the names that containerd and engines look for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-archive-'))
  const layer = bufferBlob(Buffer.alloc(3000, 'x'))
  const config = bufferBlob(Buffer.from('{}'))
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const described = ({ digest, size }: typeof layer) => ({ mediaType: 'x', digest, size })
  const body = JSON.stringify({ config: described(config), layers: [described(layer)] })
  const image = { manifest: { mediaType, body, digest: sha256(body) }, blobs: [layer, config] }
  const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
  await writeArchive(parseReference('capi-actions.local/capd-manager:3f0c'), image, join(folder, 'image.tar'), work)
  await mkdir(join(folder, 'out'))
  await promisify(execFile)('tar', ['-xf', join(folder, 'image.tar'), '-C', join(folder, 'out')])
  const read = await readImage(join(folder, 'out'), { os: 'linux', architecture: 'amd64' })
  assert.equal(read.manifest.digest, image.manifest.digest)
  const index = JSON.parse(await readFile(join(folder, 'out/index.json'), 'utf8'))
  assert.equal(index.manifests[0].annotations['io.containerd.image.name'], 'capi-actions.local/capd-manager:3f0c')
  const [saved] = JSON.parse(await readFile(join(folder, 'out/manifest.json'), 'utf8'))
  assert.deepEqual(saved.RepoTags, ['capi-actions.local/capd-manager:3f0c'])
  assert.equal((await readFile(join(folder, 'out', saved.Layers[0]))).length, 3000)
  await rm(folder, { recursive: true })
})
