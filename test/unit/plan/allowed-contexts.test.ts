/** Which contexts a run may use that was given a kubeconfig: all, until somebody lists those that are allowed. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parts } from '../../../src/actions/parts.ts'
import { Failure } from '../../../src/host/failure.ts'
import { foreignCluster } from '../../../src/plan/cluster-tasks.ts'
import { loadSettings } from '../../../src/settings/load.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'allowed-contexts-'))
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'staging',
    contexts: ['staging', 'prod'].map(name => ({ name, context: { cluster: name, user: 'me' } })),
    clusters: ['staging', 'prod'].map(name => ({ name, cluster: { server: 'https://127.0.0.1:1' } })),
    users: [{ name: 'me', user: { token: 'x' } }],
  }
  await writeFile(join(cwd, 'kubeconfig'), JSON.stringify(config))
})
after(() => rm(cwd, { recursive: true }))

/** What the task that connects ends with, in a run that is stopped before it asks anybody. */
async function outcome(tiltSettings: string, given: Record<string, string> = {}): Promise<unknown> {
  await writeFile(join(cwd, 'tilt-settings.yaml'), tiltSettings)
  const settings = await loadSettings({
    given: { kubeconfig: 'kubeconfig', ...given },
    env: { HOME: '/' },
    cwd,
    of: parts['deploy-providers'].fields,
  })
  const wanted = {
    settings,
    repositories: [],
    providers: [],
    released: [],
    observability: [],
    workloads: [],
    clusterIsOurs: false,
    record: async () => {},
  }
  const work = {
    signal: AbortSignal.abort(),
    log: () => {},
    waiting: () => {},
    notice: () => {},
    unchanged: () => {},
    of: () => assert.fail('it needs nothing'),
  }
  return foreignCluster(wanted)
    .cluster.run(work)
    .then(
      () => 'connected',
      (error: unknown) => (error instanceof Failure ? `${error.what} (${error.where.join()})` : 'allowed'),
    )
}

test('where nobody lists contexts, who names a kubeconfig means it', async () => {
  assert.equal(await outcome(''), 'allowed')
  assert.equal(await outcome('', { context: 'prod' }), 'allowed')
})

test('allowed_contexts of tilt-settings refuses all others, also one that an input names', async () => {
  const listed = 'allowed_contexts: [staging]'
  assert.equal(await outcome(listed), 'allowed')
  assert.equal(await outcome(listed, { context: 'prod' }), 'context prod is not allowed (tilt-settings.yaml:1:1)')
  assert.equal(await outcome('allowed_contexts: []'), 'context staging is not allowed (tilt-settings.yaml:1:1)')
})

test('the input goes before the file, as everywhere', async () => {
  const given = { context: 'prod', 'allowed-contexts': 'prod' }
  assert.equal(await outcome('allowed_contexts: [staging]', given), 'allowed')
})
