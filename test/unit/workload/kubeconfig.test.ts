import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Made } from '../../../src/host/work.ts'
import { readWorkloadKubeconfig, writeWorkloadKubeconfig } from '../../../src/workload/kubeconfig.ts'
import { fakeApiServer, quietWork, type Reply } from '../kube/fake-api-server.ts'

const demo = { namespace: 'work', name: 'demo' }
const SECRETS = { code: 200, body: { resources: [{ name: 'secrets', kind: 'Secret', namespaced: true }] } }
const withSecret = (...replies: Reply[]) =>
  fakeApiServer({ 'GET /api/v1': [SECRETS], 'GET /api/v1/namespaces/work/secrets/demo-kubeconfig': replies })

test('the kubeconfig is recorded, then written for its owner only, even over a file that others may read', async () => {
  await using server = await withSecret({ code: 200, body: { data: { value: Buffer.from('apiVersion: v1').toString('base64') } } })
  const directory = await mkdtemp(join(tmpdir(), 'kubeconfig-test-'))
  try {
    const file = join(directory, 'demo.kubeconfig')
    await writeFile(file, 'old', { mode: 0o644 })
    const made: Made[] = []
    await writeWorkloadKubeconfig(demo, file, server.kube, async what => void made.push(what), quietWork())
    assert.equal(await readFile(file, 'utf8'), 'apiVersion: v1')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(made, [{ kind: 'path', path: file }])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a cluster without a kubeconfig is named with the Secret that is missing', async () => {
  await using server = await withSecret({ code: 404, body: { reason: 'NotFound' } })
  await assert.rejects(readWorkloadKubeconfig(demo, server.kube, new AbortController().signal), {
    what: 'workload cluster demo has no kubeconfig',
    why: 'there is no Secret work/demo-kubeconfig',
  })
})
