import assert from 'node:assert/strict'
import test from 'node:test'
import { falsifyChecksums, faultsSchema, matches, takeFault } from '../../testbed/served/faults.ts'

test('a path without stars means itself and everything below it', () => {
  assert.ok(matches('/dl.k8s.io/', '/dl.k8s.io/release/stable.txt'))
  assert.ok(matches('/dl.k8s.io/release/stable.txt', '/dl.k8s.io/release/stable.txt'))
  assert.ok(!matches('/dl.k8s.io/', '/github.com/dl.k8s.io/'))
})

test('one star stays between slashes, two go over them, and a dot is a dot', () => {
  assert.ok(matches('/github.com/*/kind/**', '/github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-linux-amd64'))
  assert.ok(!matches('/github.com/*', '/github.com/kubernetes-sigs/kind'))
  assert.ok(matches('/**.sha256sum', '/github.com/a/b/kind.sha256sum'))
  assert.ok(!matches('/**.sha256sum', '/github.com/a/b/kind_sha256sum'))
})

test('the first fault that matches holds, and one that holds for some requests is used up', () => {
  const faults = [
    { path: '/a', status: 429, times: 2 },
    { path: '/', status: 500 },
  ]
  const first = takeFault(faults, '/a')
  assert.equal(first.fault?.status, 429)
  const second = takeFault(first.left, '/a')
  assert.equal(second.fault?.status, 429)
  const third = takeFault(second.left, '/a')
  assert.equal(third.fault?.status, 500)
  assert.deepEqual(third.left, [{ path: '/', status: 500 }])
})

test('a request that no fault matches leaves all of them', () => {
  const faults = [{ path: '/a', status: 404, times: 1 }]
  assert.deepEqual(takeFault(faults, '/b'), { fault: undefined, left: faults })
})

test('a fault with an unknown key or a status that is no error is refused', () => {
  assert.ok(faultsSchema.safeParse([{ path: '/a', cut: true, stall: 2, retryAfter: 1, status: 429 }]).success)
  assert.ok(!faultsSchema.safeParse([{ path: '/a', stauts: 404 }]).success)
  assert.ok(!faultsSchema.safeParse([{ path: '/a', status: 200 }]).success)
  assert.ok(!faultsSchema.safeParse([{ path: 'a' }]).success)
})

test('a falsified checksum has the same form and another value', () => {
  const hash = 'a'.repeat(64)
  assert.equal(falsifyChecksums(`${hash}  kind-linux-amd64\n`), `0${'a'.repeat(63)}  kind-linux-amd64\n`)
  assert.equal(falsifyChecksums('0'.repeat(128)), `1${'0'.repeat(127)}`)
  assert.equal(falsifyChecksums(`{"digest":"sha256:${hash}"}`), `{"digest":"sha256:0${'a'.repeat(63)}"}`)
  assert.equal(falsifyChecksums('v1.34.4'), 'v1.34.4')
})
