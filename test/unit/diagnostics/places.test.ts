import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { makeFolder } from '../../../src/diagnostics/folder.ts'
import { whereaboutsOf } from '../../../src/diagnostics/whereabouts.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'places-'))
})
afterEach(() => rm(root, { recursive: true }))

const make = (diagnosticsDir?: string) => makeFolder({ diagnosticsDir, stateDir: join(root, 'state'), temporary: join(root, 'temporary') })

test('a state folder that no run has made stays unmade', async () => {
  assert.equal(await make(), join(root, 'temporary/diagnostics'))
  assert.deepEqual(await readdir(root), ['temporary'])
})

test('each step has a folder of its own', async () => {
  await mkdir(join(root, 'state'))
  assert.deepEqual(
    [await make(), await make(), await make()],
    ['', '-2', '-3'].map(end => join(root, `state/diagnostics${end}`)),
  )
})

test('a folder that the user names keeps what is in it', async () => {
  await writeFile(join(root, 'mine'), '')
  assert.equal(await make(root), root)
  assert.deepEqual(await readdir(root), ['mine'])
  assert.equal(await make(join(root, 'new/folder')), join(root, 'new/folder'))
})

test('a folder that cannot be made is an error that names it', async () => {
  await writeFile(join(root, 'file'), '')
  await assert.rejects(make(join(root, 'file')), { what: `${root}/file cannot be written` })
})

const said = {
  kubeconfig: undefined,
  context: undefined,
  kubeconfigFile: '/state/kubeconfig',
  clusterName: 'one',
  environment: {},
  stateDir: '/state',
}

test('the cluster is the one that the user names, else that of KUBECONFIG, else that of an earlier step', () => {
  const environment = { KUBECONFIG: ':/home/config:/other' }
  assert.deepEqual(whereaboutsOf({ ...said, kubeconfig: '/mine', environment }), { kubeconfig: '/mine', context: undefined })
  assert.deepEqual(whereaboutsOf({ ...said, environment }), { kubeconfig: '/home/config', context: undefined })
  assert.deepEqual(whereaboutsOf(said), { kubeconfig: '/state/kubeconfig', context: 'kind-one' })
})

test('of a kubeconfig of ours the context is that of the cluster, unless the user names another', () => {
  const environment = { KUBECONFIG: '/state/kubeconfig' }
  assert.deepEqual(whereaboutsOf({ ...said, environment }), { kubeconfig: '/state/kubeconfig', context: 'kind-one' })
  assert.deepEqual(whereaboutsOf({ ...said, context: 'other' }), { kubeconfig: '/state/kubeconfig', context: 'other' })
})

test('the kubeconfig of a ServiceAccount of ours is passed over: it sees too little', () => {
  const environment = { KUBECONFIG: '/state/service-account.kubeconfig' }
  assert.deepEqual(whereaboutsOf({ ...said, environment }), { kubeconfig: '/state/kubeconfig', context: 'kind-one' })
})
