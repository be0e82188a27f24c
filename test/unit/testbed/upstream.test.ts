import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { downloads, verified } from '../../testbed/upstream.ts'

const content = Buffer.from('a command')
const hash = createHash('sha256').update(content).digest('hex')

test("kubectl is verified by the bare hash beside it, clusterctl by the digest of GitHub's API", async () => {
  const get = async (url: string) => {
    if (url.endsWith('.sha256')) return Buffer.from(`${hash}\n`)
    if (url.includes('api.github.com')) {
      const name = downloads.clusterctl?.url.split('/').at(-1)
      return Buffer.from(JSON.stringify({ assets: [{ name, digest: `sha256:${hash}` }] }))
    }
    return content
  }
  for (const download of [downloads.kubectl, downloads.clusterctl]) {
    assert.ok(download)
    assert.equal(await verified(download, get), content)
  }
})

test('a download with another hash, or with none published, is refused', async () => {
  const wrong = { url: 'https://example.test/a', digest: async () => '0'.repeat(64) }
  const none = { url: 'https://example.test/a', digest: async () => '' }
  const get = async () => content
  await assert.rejects(
    verified(wrong, get),
    (error: Failure) => error instanceof Failure && error.why === `its SHA-256 is ${hash}, published is ${'0'.repeat(64)}`,
  )
  await assert.rejects(verified(none, get), /published is none/)
})
