import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { requireAllowed } from '../../../src/kube/allowed-contexts.ts'
import { connect } from '../../../src/kube/connect.ts'

const where = 'tilt-settings.yaml:1:1'

test('a kind cluster is allowed by the name of the cluster, whatever its context is called', () => {
  requireAllowed({ context: 'mine', cluster: 'kind-capi-test' }, { contexts: [], where })
  assert.throws(() => requireAllowed({ context: 'kind-capi-test', cluster: 'prod' }, { contexts: [], where }), {
    what: 'context kind-capi-test is not allowed',
    why: 'its cluster prod is no kind cluster, and allowed contexts are none',
    where: [where],
  })
})

test('any other context is allowed where its own name is listed', () => {
  requireAllowed({ context: 'staging', cluster: 'eu-1' }, { contexts: ['dev', 'staging'], where })
  assert.throws(() => requireAllowed({ context: 'prod', cluster: 'staging' }, { contexts: ['dev', 'staging'], where }), {
    why: 'its cluster staging is no kind cluster, and allowed contexts are dev, staging',
    remedy: 'add prod to them if it may be changed, or say in `context` which other is meant',
  })
})

test('a context that is not allowed is refused before anything is sent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'allowed-contexts-'))
  try {
    const file = join(folder, 'kubeconfig')
    await writeFile(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'prod',
        contexts: [{ name: 'prod', context: { cluster: 'eu', user: 'me' } }],
        clusters: [{ name: 'eu', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'me', user: { token: 'x' } }],
      }),
    )
    await assert.rejects(connect(file, undefined, { contexts: ['staging'], where }), { what: 'context prod is not allowed' })
    const kube = await connect(file)
    assert.equal(kube.context, 'prod', 'without a list, who names a kubeconfig means it')
    kube.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})
