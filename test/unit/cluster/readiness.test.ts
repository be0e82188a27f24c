/** How images are pulled on nodes, asked of a stand-in for docker. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pullOnNodes } from '../../../src/cluster/readiness.ts'
import { Failure } from '../../../src/host/failure.ts'
import { fakeDocker } from './fake-docker.ts'

const cluster = { nodes: ['demo-control-plane'] }
const image = 'ghcr.io/org/capd-manager:1'
const AUTH = Buffer.from('robot$ci:secret-word').toString('base64')
function working() {
  const lines: string[] = []
  return { lines, signal: new AbortController().signal, log: (line: string) => void lines.push(line), waiting: () => {} }
}

test('a login goes to a node by standard input, and is on no command line', async () => {
  await using docker = await fakeDocker({ 'exec --interactive demo-control-plane': [{}] })
  await pullOnNodes(cluster, image, working(), AUTH)
  const [call = '', ...others] = await docker.calls()
  assert.deepEqual(others, [])
  assert.match(call, /read -r CRICTL_AUTH; export CRICTL_AUTH; crictl inspecti .* exec crictl pull/)
  assert.ok(!call.includes(AUTH))
})

test('a node without crictl leaves an image behind a login to its kubelet', async () => {
  await using docker = await fakeDocker({ exec: [{ exitCode: 79 }] })
  const work = working()
  await pullOnNodes(cluster, image, work, AUTH)
  assert.equal((await docker.calls()).length, 1)
  assert.deepEqual(work.lines, [`demo-control-plane has no crictl: its kubelet pulls ${image}`])
})

test('a node that is refused says what to set', async () => {
  const stderr = 'failed to resolve reference: pull access denied, repository does not exist or may require authorization\n'
  await using _docker = await fakeDocker({
    'exec demo-control-plane sh': [{ exitCode: 1, stderr }],
    'exec demo-control-plane containerd': [{}],
  })
  await assert.rejects(pullOnNodes(cluster, image, working()), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, `node demo-control-plane cannot pull ${image}`)
    assert.equal(
      error.remedy,
      'set registry-username and registry-password for a registry that wants a login, or look at certs.d on the node',
    )
    return true
  })
})
