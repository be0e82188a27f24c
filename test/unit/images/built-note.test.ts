import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type BuildInputs, builtBefore, keyOfBuild, noteBuilt } from '../../../src/images/built-note.ts'
import { RegistryClient } from '../../../src/images/registry-client.ts'
import { fakeRegistry } from './fake-registry.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const inputs: BuildInputs = {
  context: 'c',
  dockerfile: 'FROM a',
  args: { A: '1', B: '2' },
  platform: { os: 'linux', architecture: 'amd64' },
}
const HEAD = 'HEAD /v2/core/manifests/0123'
let folder: string
const note = () => join(folder, 'notes/core.image.json')

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-actions-note-'))
})
after(() => rm(folder, { recursive: true }))

const asked = async (key: string, digest: string) => {
  await using registry = await fakeRegistry({ [HEAD]: [{ status: 200, headers: { 'docker-content-digest': digest } }] })
  return await builtBefore(note(), key, { registry: 'local', repository: 'core' }, new RegistryClient({ local: registry.url }), work)
}

test('context, Dockerfile, args and platform decide what a build makes, the order of args does not', () => {
  const keys = [
    inputs,
    { ...inputs, context: 'd' },
    { ...inputs, dockerfile: 'FROM b' },
    { ...inputs, args: { A: '1', B: '3' } },
    { ...inputs, platform: { os: 'linux', architecture: 'arm64' } },
  ].map(keyOfBuild)
  assert.equal(new Set(keys).size, keys.length)
  assert.equal(keyOfBuild({ ...inputs, args: { B: '2', A: '1' } }), keys[0])
})

test('an image that was built from the same and that the registry has is not built again', async () => {
  await noteBuilt(note(), ['key', 'key of what the build has left'], { reference: 'localhost:5000/core:0123', digest: 'sha256:abc' })
  assert.deepEqual(await asked('key', 'sha256:abc'), { reference: 'local/core:0123', digest: 'sha256:abc', pushed: false })
  assert.equal((await asked('key of what the build has left', 'sha256:abc'))?.digest, 'sha256:abc')
  assert.equal(await asked('other key', 'sha256:abc'), undefined)
  assert.equal(await asked('key', 'sha256:of another'), undefined)
})

test('nothing is known of an image whose files changed while it was built, nor from a note that cannot be read', async () => {
  await noteBuilt(note(), [], { reference: 'localhost:5000/core:0123', digest: 'sha256:abc' })
  assert.equal(await asked('key', 'sha256:abc'), undefined)
  await writeFile(note(), '{"keys"')
  assert.equal(await asked('key', 'sha256:abc'), undefined)
})
