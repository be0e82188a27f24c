import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { environmentOfRun, outputsOf } from '../../../src/actions/outputs.ts'
import { reported } from '../../../src/actions/watch.ts'
import type { ActionStep } from '../../../src/host/action.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { MainPlan } from '../../../src/plan/plan.ts'
import { type Task, task } from '../../../src/plan/task.ts'
import type { Outcome } from '../../../src/run/events.ts'
import { madeBy, type UpOutcome, type UpResult } from '../../../src/run/up.ts'
import { loadSettings } from '../../../src/settings/load.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'outcome-'))
})
after(() => rm(cwd, { recursive: true }))

const never = <T>(name: string): Task<T> => task(name, name, [], () => Promise.reject(new Error('not run')))
const plan: Omit<MainPlan, 'tasks'> = {
  notices: [],
  tools: [never('tool kind'), never('tool kubectl'), never('tool helm')],
  cluster: never('cluster'),
  registry: never('registry'),
  certManager: undefined,
  images: [],
  workloads: [],
  variables: [],
  providers: [never('core'), never('docker')],
  observability: [],
  addOns: [],
  projects: [],
  clusterctlConfig: never('clusterctl config'),
  serviceAccount: undefined,
  judged: undefined,
  caching: { restored: [], saves: () => [] },
}
const record = (name: string, outcome: Outcome) => ({ name, needs: [], outcome })
const done = (name: string, value: unknown) => record(name, { status: 'done', value })
const skipped = (name: string, value: unknown) => record(name, { status: 'skipped', reason: 'it is there', value })
const kind = { name: 'kind', version: 'v0.32.0', path: '/cache/kind/bin/kind', source: 'cache' }
const kubectl = { name: 'kubectl', version: 'v1.36.1', path: '/usr/local/bin/kubectl', source: 'path' }

test('of a run that stopped early, what its tasks have made is known, and the outputs that this makes', () => {
  const made = madeBy(plan, {
    records: [
      skipped('tool kind', kind),
      done('cluster', { kubeconfig: '/state/kubeconfig', context: 'kind-a' }),
      record('registry', { status: 'cancelled' }),
      done('core', { name: 'core', version: 'v1.13.0', namespace: 'capi-system', image: 'localhost:5000/core:a', source: 'built' }),
      record('docker', { status: 'failed', error: new Error('x') }),
    ],
  })
  assert.deepEqual(outputsOf(made, '/report'), {
    kubeconfig: '/state/kubeconfig',
    context: 'kind-a',
    images: '{"core":"localhost:5000/core:a"}',
    'workload-kubeconfigs': '{}',
    providers: '[{"name":"core","version":"v1.13.0","namespace":"capi-system","image":"localhost:5000/core:a","source":"built"}]',
    report: '/report',
  })
  assert.deepEqual(made.toolFolders, ['/cache/kind/bin'])
})

test('later steps begin with what they may do: after a run that stopped before their ServiceAccount was made, with nothing', () => {
  const made = { kubeconfig: '/state/kubeconfig' }
  const serviceAccount = { kubeconfig: '/state/service-account.kubeconfig', token: 't', expires: 'later' }
  assert.deepEqual(environmentOfRun(made, { serviceAccount: undefined }), { KUBECONFIG: '/state/kubeconfig' })
  assert.deepEqual(environmentOfRun({ ...made, serviceAccount }, { serviceAccount: 'tests' }), { KUBECONFIG: serviceAccount.kubeconfig })
  assert.deepEqual(environmentOfRun(made, { serviceAccount: 'tests' }), {})
})

test('folders that are on PATH already are not put in front of it', () =>
  assert.deepEqual(madeBy(plan, { records: [skipped('tool kind', kind), skipped('tool kubectl', kubectl)] }).toolFolders, [
    '/cache/kind/bin',
  ]))

const whole: UpResult = {
  kubeconfig: '/state/kubeconfig',
  context: 'kind-a',
  registry: 'localhost:5000',
  images: {},
  providers: [],
  observability: [],
  addOns: [],
  projects: [],
  clusterctlConfig: undefined,
  workloadKubeconfig: undefined,
  workloadKubeconfigs: {},
  toolFolders: [],
}
const failure = new Failure({ what: 'the cluster fell over' })

async function report(folder: string, outcome: UpOutcome) {
  const said: string[] = []
  const say = (sentence: string) => void said.push(sentence)
  const ignore = () => {}
  const step: ActionStep = {
    title: 'capi-actions',
    inputs: {},
    env: {},
    signal: new AbortController().signal,
    say: ignore,
    sayFolded: ignore,
    notice: ignore,
    warn: say,
    mask: ignore,
    remember: ignore,
    summarize: ignore,
  }
  const settings = await loadSettings({ given: { 'report-dir': folder }, env: { HOME: cwd }, cwd })
  return { said, outcome: await reported(step, settings, async () => outcome) }
}

test('the report of a run that failed is left behind, with the failure and what was made', async () => {
  const { said, outcome } = await report('left', { made: { context: 'kind-a' }, failure })
  assert.deepEqual([said, outcome], [[], { made: { context: 'kind-a' }, failure, report: join(cwd, 'left') }])
  assert.deepEqual(await readdir(join(cwd, 'left')), ['run.log', 'summary.md', 'timeline.json'])
})

for (const [name, outcome] of Object.entries({ succeeded: { made: whole }, failed: { made: {}, failure } }))
  test(`a report that can not be written is a warning, and the run has ${name} as before`, async () => {
    await writeFile(join(cwd, name), 'in the way')
    const left = await report(name, outcome)
    assert.match(left.said.join(), /^the report can't be written to .*EEXIST/)
    assert.deepEqual(left.outcome, { ...outcome, report: undefined })
  })
