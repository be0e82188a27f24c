import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestIn } from '../../../src/cluster/load-image.ts'

test('the digest of an image is read from the table that ctr prints', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const table = `REF                  TYPE                                       DIGEST  SIZE     PLATFORMS   LABELS
example.test/a:1     application/vnd.oci.image.manifest.v1+json ${digest} 11.9 MiB linux/amd64 io.cri-containerd.image=managed
`
  assert.equal(digestIn(table, 'example.test/a:1'), digest)
  assert.equal(digestIn(table, 'example.test/a'), undefined)
})
