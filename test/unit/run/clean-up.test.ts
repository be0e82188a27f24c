import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { RUN_LABEL } from '../../../src/cluster/registry.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { Made } from '../../../src/host/work.ts'
import { cleanUp, inOrderOfRemoval } from '../../../src/run/clean-up.ts'
import { openState, readState } from '../../../src/run/state.ts'
import { fakeDocker, inspected, printed } from '../cluster/fake-docker.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
let root: string
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'capi-actions-clean-up-')), 'capi-actions')
})
afterEach(() => rm(join(root, '..'), { recursive: true }))

test('what is recorded is removed, and said, and a second time there is nothing to remove', async () => {
  const state = join(root, 'demo')
  const elsewhere = join(root, '..', 'demo.kubeconfig')
  const record = await openState(state)
  await record({ kind: 'path', path: elsewhere })
  await writeFile(elsewhere, 'kind: Config\n')
  assert.deepEqual(await cleanUp(state, work), [`removed ${elsewhere}`, `removed ${state}`])
  assert.equal(existsSync(elsewhere), false)
  assert.deepEqual(await cleanUp(state, work), [])
})

test('of what is recorded a part is removed alone, and the rest stays recorded', async () => {
  const state = join(root, 'demo')
  const [mine, theirs]: Made[] = [
    { kind: 'path', path: join(root, '..', 'mine') },
    { kind: 'path', path: join(root, '..', 'theirs') },
  ]
  const record = await openState(state)
  for (const one of [mine, theirs]) if (one?.kind === 'path') await record(one)
  await writeFile(join(root, '..', 'mine'), '')
  await writeFile(join(root, '..', 'theirs'), '')
  assert.deepEqual(await cleanUp(state, work, [mine as Made, { kind: 'path', path: state }]), [`removed ${join(root, '..', 'mine')}`])
  assert.equal(existsSync(join(root, '..', 'theirs')), true)
  assert.deepEqual(await readState(state), [{ kind: 'path', path: state }, theirs])
})

test('the folder of all states goes with the last of them', async () => {
  await openState(join(root, 'one'))
  await openState(join(root, 'other'))
  await cleanUp(join(root, 'one'), work)
  assert.equal(existsSync(root), true)
  await cleanUp(join(root, 'other'), work)
  assert.equal(existsSync(root), false)
})

test("a state folder that was the user's stays, with what the user has in it", async () => {
  await mkdir(join(root, 'mine'), { recursive: true })
  await writeFile(join(root, 'mine', 'notes.txt'), 'mine')
  const record = await openState(join(root, 'mine'))
  await record({ kind: 'path', path: join(root, 'mine', 'kubeconfig') })
  await cleanUp(join(root, 'mine'), work)
  assert.equal(existsSync(join(root, 'mine', 'notes.txt')), true)
  assert.equal(existsSync(join(root, 'mine', 'made.jsonl')), false)
})

const kubeconfig = '/nowhere/kubeconfig'
const management: Made = { kind: 'kind cluster', name: 'capi-test', kubeconfig }
const workload: Made = { kind: 'workload cluster', name: 'demo', namespace: 'default', kubeconfig, context: 'kind-capi-test' }
const registry: Made = { kind: 'container', name: 'kind-registry' }
const network: Made = { kind: 'network', name: 'kind' }
const image: Made = { kind: 'image', name: 'localhost:5000/capx:src-1' }

test('machines of a workload cluster go after the management cluster that would make them again, and before the network', () => {
  assert.deepEqual(inOrderOfRemoval([image, network, registry, management, workload]), [management, workload, registry, network, image])
})

test('machines elsewhere are taken down before the management cluster goes, for nothing else could do it', () => {
  const away: Made = { ...workload, name: 'away', elsewhere: true }
  assert.deepEqual(inOrderOfRemoval([network, management, workload, away]), [away, management, workload, network])
})

test('the management cluster of machines elsewhere that could not be taken down stays, with the way there', async () => {
  await using _docker = await fakeDocker({})
  const server = createServer((_request, response) => response.writeHead(403).end())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const file = await kubeconfigFor((server.address() as AddressInfo).port, 'kind-capi-test')
  const record = await openState(join(root, 'demo'))
  const made: Made[] = [
    { ...management, kubeconfig: file },
    { ...workload, kubeconfig: file, elsewhere: true },
  ]
  for (const one of made) await record(one)
  await assert.rejects(cleanUp(join(root, 'demo'), work), { what: 'workload cluster demo could not be removed' })
  server.closeAllConnections()
  server.close()
  assert.deepEqual((await readState(join(root, 'demo'))).slice(1), made)
})

test('a workload cluster in a management cluster that stays is deleted first, and its way there and the network last', () => {
  const context: Made = { kind: 'context', kubeconfig, name: 'kind-capi-test' }
  const connection: Made = { kind: 'connection', network: 'kind', container: 'kind-registry' }
  assert.deepEqual(inOrderOfRemoval([network, context, connection, registry, workload]), [workload, registry, connection, network, context])
})

test('objects in a cluster that is not ours go after the workload cluster, whose controllers they are', () => {
  const objects: Made = { kind: 'objects', kubeconfig, context: 'theirs', objects: [] }
  const there: Made = { ...workload, context: 'theirs' }
  assert.deepEqual(inOrderOfRemoval([objects, there]), [there, objects])
})

test('a release goes before the objects that it was installed among, and with a cluster that is gone it is gone', async () => {
  const objects: Made = { kind: 'objects', kubeconfig, context: 'theirs', objects: [] }
  const release: Made = { kind: 'helm release', helm: '/helm', name: 'metallb', namespace: 'metallb-system', kubeconfig, context: 'theirs' }
  const there: Made = { ...workload, context: 'theirs' }
  assert.deepEqual(inOrderOfRemoval([objects, release, there]), [there, release, objects])
  const record = await openState(join(root, 'demo'))
  await record(release)
  assert.deepEqual(await cleanUp(join(root, 'demo'), work), [`removed ${join(root, 'demo')}`])
})

test('objects of all waves in a cluster that is gone are gone with it, and told as one', async () => {
  const broken = join(root, '..', 'broken.kubeconfig')
  await writeFile(broken, 'apiVersion: v1\nkind: Config\n')
  const state = join(root, 'demo')
  const wave = (name: string): Made => ({
    kind: 'objects',
    kubeconfig: broken,
    context: 'theirs',
    objects: [{ apiVersion: 'v1', kind: 'Namespace', name }],
  })
  const record = await openState(state)
  for (const name of ['one', 'two']) await record(wave(name))
  const lines: string[] = []
  assert.deepEqual(await cleanUp(state, { ...work, log: line => lines.push(line) }), [`removed ${state}`])
  assert.deepEqual(lines, [`2 objects in theirs are gone with it: kubeconfig ${broken} has no context theirs: it has none`])
})

test('a workload cluster whose management cluster is gone is gone with it', async () => {
  await using docker = await fakeDocker({})
  const lines: string[] = []
  const record = await openState(join(root, 'demo'))
  await record(workload)
  assert.deepEqual(await cleanUp(join(root, 'demo'), { ...work, log: line => lines.push(line) }), [`removed ${join(root, 'demo')}`])
  assert.match(lines[0] ?? '', /^workload cluster demo is gone with its management cluster: /)
  assert.deepEqual(await docker.calls(), ['container ls --all --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=demo'])
})

test('all is tried when one thing can not be removed, which alone stays recorded with what it needs', async () => {
  await using _docker = await fakeDocker({
    'container inspect': [printed(inspected('kind-registry', { [RUN_LABEL]: 'capi-test' }))],
    'container rm': [{ exitCode: 1, stderr: 'device busy\n' }, {}],
  })
  const state = join(root, 'demo')
  const file = join(state, 'demo.kubeconfig')
  const record = await openState(state)
  for (const one of [network, registry, { kind: 'path', path: file } as const]) await record(one)
  await writeFile(file, '')
  await assert.rejects(cleanUp(state, work), (error: unknown) => {
    assert.ok(error instanceof Failure && error.cause instanceof Failure)
    assert.equal(error.what, 'container kind-registry could not be removed')
    assert.match(error.why ?? '', /device busy/)
    return true
  })
  assert.equal(existsSync(file), false)
  assert.deepEqual(await readState(state), [{ kind: 'path', path: state }, network, registry])
  assert.deepEqual(await cleanUp(state, work), ['removed container kind-registry', `removed ${state}`])
  assert.equal(existsSync(state), false)
})

test('a context that was added to a kubeconfig is taken out of it', async () => {
  const file = join(root, '..', 'config')
  await writeFile(file, 'contexts:\n- name: prod\n- name: kind-demo\n')
  const record = await openState(join(root, 'demo'))
  await record({ kind: 'context', kubeconfig: file, name: 'kind-demo' })
  assert.ok((await cleanUp(join(root, 'demo'), work)).includes('removed context kind-demo'))
  assert.equal(await readFile(file, 'utf8'), 'contexts:\n- name: prod\n')
})

/** A kubeconfig of a management cluster at that port of this machine. */
async function kubeconfigFor(port: number, context = 'mine'): Promise<string> {
  const file = join(root, '..', 'kubeconfig')
  const cluster = `{name: c, cluster: {server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true}}`
  await writeFile(
    file,
    `clusters: [${cluster}]\nusers: [{name: c, user: {}}]\ncontexts: [{name: ${context}, context: {cluster: c, user: c}}]\n`,
  )
  return file
}

test('a management cluster where nothing listens any more, or whose context is gone, is gone', async () => {
  await using _docker = await fakeDocker({})
  // Nothing can listen at port 1 but what root put there.
  const file = await kubeconfigFor(1)
  const record = await openState(join(root, 'demo'))
  for (const context of ['mine', 'another']) await record({ ...workload, kubeconfig: file, context })
  assert.deepEqual(await cleanUp(join(root, 'demo'), work), [`removed ${join(root, 'demo')}`])
})

test('a management cluster that refuses is there: the workload cluster stays recorded, with the context', async () => {
  await using _docker = await fakeDocker({})
  const server = createServer((_request, response) => response.writeHead(403).end())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const file = await kubeconfigFor((server.address() as AddressInfo).port)
  const record = await openState(join(root, 'demo'))
  const refused: Made = { ...workload, kubeconfig: file, context: 'mine' }
  const context: Made = { kind: 'context', kubeconfig: file, name: 'mine' }
  await record(context)
  await record(refused)
  await assert.rejects(cleanUp(join(root, 'demo'), work), { what: 'workload cluster demo could not be removed' })
  server.closeAllConnections()
  server.close()
  assert.deepEqual(await readState(join(root, 'demo')), [{ kind: 'path', path: join(root, 'demo') }, context, refused])
})

test('what was made in podman is looked for there, whatever engine this process would choose', async () => {
  const state = join(root, 'demo')
  const record = await openState(state)
  await record({ kind: 'container', name: 'reg', engine: 'podman' })
  await record({ kind: 'container', name: 'other' })
  await using commands = await fakeDocker({
    'podman container inspect': [printed(inspected('reg', { [RUN_LABEL]: 'demo' }))],
    'podman container rm': [{}],
  })
  assert.deepEqual(await cleanUp(state, work), ['removed container reg', `removed ${state}`])
  assert.deepEqual(await commands.calls(), [
    'container inspect other',
    'podman container inspect reg',
    'podman container rm --force --volumes reg',
  ])
})
