import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readChecksum, readDigest } from '../../../src/tools/checksum.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)

test('a bare hash is the checksum of whatever it lies beside', () => {
  assert.equal(readChecksum(a, 'kubectl'), a)
  assert.equal(readChecksum(`${a}\n`, 'kubectl'), a)
})

test('of several lines the one with the name counts', () => {
  const text = `${a}  kustomize_v5.8.1_darwin_arm64.tar.gz\r\n${b}  kustomize_v5.8.1_linux_amd64.tar.gz\r\n`
  assert.equal(readChecksum(text, 'kustomize_v5.8.1_linux_amd64.tar.gz'), b)
})

test('the mark of binary mode and a folder before the name are no part of it', () => {
  assert.equal(readChecksum(`${a} *bin/kind-linux-amd64`, 'kind-linux-amd64'), a)
})

test('a hash in capitals is the same hash', () => {
  assert.equal(readChecksum(`${a.toUpperCase()}  kind-linux-amd64`, 'kind-linux-amd64'), a)
})

test('another file, a shorter hash, several bare hashes and a login page are no checksum', () => {
  assert.equal(readChecksum(`${a}  kind-linux-arm64`, 'kind-linux-amd64'), undefined)
  assert.equal(readChecksum(`${'a'.repeat(40)}  kind-linux-amd64`, 'kind-linux-amd64'), undefined)
  assert.equal(readChecksum(`${a}\n${b}\n`, 'kubectl'), undefined)
  assert.equal(readChecksum('<html>log in</html>', 'kubectl'), undefined)
  assert.equal(readChecksum('', 'kubectl'), undefined)
})

test('the digest of a release asset is found by name', () => {
  const release = { assets: [null, { name: 'x', digest: 'sha256:1' }, { name: 'y', digest: null }] }
  assert.equal(readDigest(release, 'x'), 'sha256:1')
  assert.equal(readDigest(release, 'y'), '')
  assert.equal(readDigest(release, 'z'), undefined)
  assert.equal(readDigest('nonsense', 'x'), undefined)
})
