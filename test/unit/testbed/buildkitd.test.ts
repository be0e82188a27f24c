import assert from 'node:assert/strict'
import test from 'node:test'
import { configText } from '../../testbed/buildkitd.ts'

test("every registry has the mirror, which is HTTP, and Go's caches are kept", () => {
  const mirror = 'http://127.0.0.1:17081'
  assert.equal(
    configText({ 'docker.io': mirror, 'gcr.io': mirror }),
    '[worker.oci]\n  gc = true\n  [[worker.oci.gcpolicy]]\n    all = true\n    maxUsedSpace = "12GB"\n' +
      '[registry."docker.io"]\n  mirrors = ["127.0.0.1:17081"]\n[registry."gcr.io"]\n  mirrors = ["127.0.0.1:17081"]\n' +
      '[registry."127.0.0.1:17081"]\n  http = true\n',
  )
})
