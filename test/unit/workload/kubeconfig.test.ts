import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
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
    const record = async (what: Made) => void made.push(what)
    await writeWorkloadKubeconfig(demo, file, { kube: server.kube, record, onHost: async () => undefined }, quietWork())
    assert.equal(await readFile(file, 'utf8'), 'apiVersion: v1')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(made, [{ kind: 'path', path: file }])
  } finally {
    await rm(directory, { recursive: true })
  }
})

const kubeconfigOf = (server: string) =>
  `apiVersion: v1\nclusters:\n- name: demo\n  cluster:\n    server: ${server}\n    certificate-authority-data: YQ==\n`

test('an address that this machine does not reach is replaced by the one that is published here, any other stays', async () => {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const directory = await mkdtemp(join(tmpdir(), 'kubeconfig-test-'))
  const written = async (server: string, published: string | undefined) => {
    const value = Buffer.from(kubeconfigOf(server)).toString('base64')
    await using secrets = await withSecret({ code: 200, body: { data: { value } } })
    const place = { kube: secrets.kube, record: async () => {}, onHost: async () => published }
    await writeWorkloadKubeconfig(demo, join(directory, 'demo.kubeconfig'), place, quietWork())
    return readFile(join(directory, 'demo.kubeconfig'), 'utf8')
  }
  try {
    const reached = `https://127.0.0.1:${port}`
    assert.equal(await written(reached, '127.0.0.1:32768'), kubeconfigOf(reached))
    // Nothing can listen at port 1 but what root put there.
    assert.equal(await written('https://127.0.0.1:1', '127.0.0.1:32768'), kubeconfigOf('https://127.0.0.1:32768'))
    assert.equal(await written('https://127.0.0.1:1', undefined), kubeconfigOf('https://127.0.0.1:1'))
  } finally {
    listening.close()
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
