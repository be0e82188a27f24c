import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { reachOf } from '../../../src/components/observability.ts'
import { reachOfProject } from '../../../src/components/project.ts'
import { portHints } from '../../../src/manifests/debugging.ts'
import type { DeployedProvider } from '../../../src/plan/deploy-tasks.ts'
import { chooseForwards, type Forward, forwardsOf, keepForwards, readForwards, sayName } from '../../../src/run/port-forwards.ts'
import { openState, readState } from '../../../src/run/state.ts'

const object = (kind: string, name: string, spec?: object) => ({ apiVersion: 'v1', kind, metadata: { name }, ...(spec ? { spec } : {}) })
const debugging = { delve: true, continue: true, port: 30000, profilerPort: 40000, metricsPort: undefined }
const core: DeployedProvider = {
  name: 'core',
  version: 'v1.13.4',
  namespace: 'default',
  image: 'core:a',
  source: 'built',
  ports: portHints(object('Deployment', 'capi-controller-manager'), debugging),
}
const made = {
  kubeconfig: '/state/kubeconfig',
  context: 'kind-a',
  providers: [core, { ...core, name: 'docker', ports: undefined }],
  observability: [{ name: 'loki', reach: reachOf('loki', [object('StatefulSet', 'loki')]) }],
  projects: [
    { name: 'hello', image: 'hello:a', reach: reachOfProject([object('Service', 'hello', { ports: [{ port: 80 }] })], undefined) },
  ],
}
const forwards = forwardsOf(made)
const said = (chosen: readonly Forward[]) => chosen.map(one => `${sayName(one)} ${one.address} ${one.way.local}`)

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'port-forwards-'))
})
afterEach(() => rm(state, { recursive: true, force: true }))

test('debugger and profiler of a provider, a tool and a project can be reached, each at what is to be opened', () =>
  assert.deepEqual(said(forwards), [
    'core debugger localhost:30000 30000',
    'core profiler http://localhost:40000/debug/pprof 40000',
    'loki localhost:3100 3100',
    'hello http://localhost:8080 8080',
  ]))

test('what a run has made can be read by another process, and is recorded for clean-up', async () => {
  await keepForwards(state, made, true, await openState(state))
  assert.deepEqual(await readForwards(state), {
    kubeconfig: '/state/kubeconfig',
    context: 'kind-a',
    forwards: JSON.parse(JSON.stringify(forwards)),
  })
  assert.deepEqual(await readState(state), [{ kind: 'path', path: join(state, 'port-forwards.json') }])
})

test('what an earlier run has made stays beside what a part of the chain makes, and goes with a run of all of it', async () => {
  const record = await openState(state)
  await keepForwards(state, made, true, record)
  await keepForwards(state, { kubeconfig: '/state/kubeconfig', context: 'kind-a' }, false, record)
  assert.equal((await readForwards(state))?.forwards.length, 4)
  await keepForwards(state, { ...made, providers: [], projects: [] }, true, record)
  assert.deepEqual(said((await readForwards(state))?.forwards ?? []), ['loki localhost:3100 3100'])
  await keepForwards(state, { kubeconfig: '/state/kubeconfig', context: 'kind-a' }, true, record)
  await assert.rejects(stat(join(state, 'port-forwards.json')), { code: 'ENOENT' })
})

test('a run that came to no cluster leaves nothing', async () => {
  await keepForwards(state, {}, true, () => Promise.reject(new Error('nothing is to be recorded')))
  assert.equal(await readForwards(state), undefined)
})

test('those of another version are refused', async () => {
  await writeFile(join(state, 'port-forwards.json'), '{"format":99}')
  await assert.rejects(readForwards(state), { what: 'the ports of the last run were written by another version of capi-actions' })
})

test('nobody asked for is all, a name is all of its ports, a name and a port one of them', () => {
  assert.equal(chooseForwards(forwards, []).length, 4)
  assert.deepEqual(said(chooseForwards(forwards, ['core', 'core/profiler'])), [
    'core debugger localhost:30000 30000',
    'core profiler http://localhost:40000/debug/pprof 40000',
  ])
  assert.deepEqual(said(chooseForwards(forwards, ['core/profiler'])), ['core profiler http://localhost:40000/debug/pprof 40000'])
})

test('another port of this machine can be taken', () => {
  assert.deepEqual(said(chooseForwards(forwards, ['hello=9000', 'core/debugger=30001'])), [
    'hello http://localhost:9000 9000',
    'core debugger localhost:30001 30001',
  ])
  assert.throws(() => chooseForwards(forwards, ['hello=web']), { what: 'hello=web names no port', why: 'web is no number from 1 to 65535' })
  assert.throws(() => chooseForwards(forwards, ['core=30001']), {
    what: 'core=30001 gives one port to 2',
    remedy: 'say which: core/debugger, core/profiler',
  })
})

test('a name that there is not is an error with the nearest one and all of them', () => {
  assert.throws(() => chooseForwards(forwards, ['helo']), {
    what: 'there is no port to forward by the name helo, did you mean hello?',
    why: 'there are core, core/debugger, core/profiler, loki, hello',
  })
  assert.throws(() => chooseForwards(forwards, ['core/debuger']), /did you mean core\/debugger\?/)
})

test('two that want the same port are told', () =>
  assert.throws(() => chooseForwards(forwards, ['hello=3100', 'loki']), {
    what: 'hello and loki both want port 3100 of this machine',
    remedy: 'name the one to open, or give one another port: loki=3101',
  }))
