/** Nights of this repository: its workflow, on real kind clusters, with two releases of Cluster API on two of Kubernetes. */
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { jobName } from '../../src/nightly/cells.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { jobEnvironment } from '../e2e/mirrors.ts'
import { extras } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { type FakeGitHub, fakeGitHub } from './fake-github.ts'
import { ghIn, type NightRun, repositoryIn, runNight, type Setting } from './night.ts'
import { witness } from './witness.ts'

const CLUSTER = 'e2e-nightly'
const REGISTRY_PORT = 5080
const GITHUB_PORT = 5081
const NAME = 'capi-actions/capi-actions'
const TOKEN = 'ghs_nightly'
const TEMPLATE = 'test/infrastructure/docker/templates/cluster-template-in-memory.yaml'

let testbed: Testbed
let github: FakeGitHub
let folder: string
let earlier: Machine
let setting: Setting
/** Versions of each, the older first. */
let capi: readonly [string, string]
let kubernetes: readonly [string, string]

before(async () => {
  testbed = await startTestbed({ extras: [extras.nightly, extras.act] })
  capi = [testbed.versions.clusterApi, testbed.second.clusterApi]
  kubernetes = [testbed.second.kubernetes, testbed.versions.kubernetes]
  github = await fakeGitHub(GITHUB_PORT, NAME, TOKEN)
  folder = await mkdtemp(join(tmpdir(), 'capi-actions-nightly-'))
  setting = {
    act: await testbed.tool('act'),
    repository: await repositoryIn(join(folder, 'repository')),
    github,
    name: NAME,
    token: TOKEN,
    commands: await ghIn(join(folder, 'commands')),
    env: {
      ...jobEnvironment(testbed, 'CAPI_ACTIONS_'),
      PROOF: folder,
      CAPI_ACTIONS_CLUSTER_NAME: CLUSTER,
      CAPI_ACTIONS_REGISTRY_NAME: `${CLUSTER}-registry`,
      CAPI_ACTIONS_REGISTRY_PORT: String(REGISTRY_PORT),
      CAPI_ACTIONS_CERT_MANAGER_VERSION: testbed.versions.certManager,
    },
  }
  earlier = await lookAtMachine()
})
after(async () => {
  await github?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

/** Cluster API's repository by tag. */
async function sources(name: string, trees: readonly string[]): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  for (const [index, tree] of trees.entries()) await symlink(tree, join(path, capi[index] ?? ''))
  return path
}

const withSources = (path: string): Setting => ({ ...setting, env: { ...setting.env, SOURCES: path } })
const resultsOf = (night: NightRun) => Object.fromEntries(night.ended.map(({ name, conclusion }) => [name, conclusion]))
const cell = (one: number, other: number): string => jobName({ capi: capi[one] ?? '', kubernetes: kubernetes[other] ?? '', ref: '' })
const linkTo = (night: NightRun, job: string, mark: string): string =>
  `[${mark}](${night.jobs.find(({ name }) => name === job)?.url ?? 'no job'})`

test('a night with a broken cell: the cells after it run all the same, the table has a cross, and an issue is opened', async () => {
  const broken = join(folder, 'broken')
  await cp(testbed.second.source(), broken, { recursive: true })
  const template = await readFile(join(broken, TEMPLATE), 'utf8')
  await writeFile(join(broken, TEMPLATE), template.replace('metadata:\n', 'metadata:\n  annotations: {night: "${NOBODY_SAYS_THIS}"}\n'))
  const night = await runNight(withSources(await sources('red', [testbed.source(), broken])), {
    event: 'workflow_dispatch',
    inputs: { 'capi-versions': `${capi[1]}, ${capi[0]}`, 'kubernetes-versions': kubernetes[1] },
  })
  const [ofBroken, ofWhole] = [cell(1, 1), cell(0, 1)]
  assert.deepEqual(resultsOf(night), { plan: 'success', [ofBroken]: 'failure', [ofWhole]: 'success', summary: 'success' })
  assert.match(night.ended.find(({ name }) => name === ofBroken)?.log ?? '', /::error.*NOBODY_SAYS_THIS is not set/)
  assert.match(night.summaries[0] ?? '', /^\*\*template variable NOBODY\\_SAYS\\_THIS is not set\*\*$/m)
  const table = [
    '### Nightly: ✖ red, 1 of 2 passed',
    '',
    `| Cluster API ╲ Kubernetes | \`${kubernetes[1]}\` |`,
    '| --- | :---: |',
    `| \`${capi[0]}\` | ${linkTo(night, ofWhole, '✔')} |`,
    `| \`${capi[1]}\` | ${linkTo(night, ofBroken, '✖')} |`,
    '',
  ].join('\n')
  assert.equal(night.summaries.at(-1), table)
  const [issue] = github.issues
  assert.equal(github.issues.length, 1)
  assert.equal(issue?.title, 'The workflow nightly fails')
  assert.ok(issue?.body.endsWith(`\n\n${table}`), issue?.body)
  assert.deepEqual(await lookAtMachine(), earlier)
  figures(night)
})

test('a green night: each cell has a workload cluster that is Available, the table has only ticks, and the issue is closed', async () => {
  const engine = witness()
  const night = await scheduled()
  const cells = [cell(0, 0), cell(0, 1), cell(1, 0), cell(1, 1)]
  assert.deepEqual(resultsOf(night), {
    plan: 'success',
    ...Object.fromEntries(cells.map(name => [name, 'success'])),
    summary: 'success',
  })
  assert.deepEqual(
    await engine.imagesOf(`${CLUSTER}-control-plane`),
    [...kubernetes, ...kubernetes].map(version => `kindest/node:${version}`),
  )
  for (const [index, name] of cells.entries()) {
    const log = night.ended.find(job => job.name === name)?.log ?? ''
    assert.match(
      log,
      new RegExp(`^providers: core, kubeadm-bootstrap, kubeadm-control-plane, docker ${capi[index < 2 ? 0 : 1]}$`, 'm'),
      name,
    )
    assert.match(log, /^workload cluster: default\/demo, Available$/m, name)
  }
  assert.equal(
    night.summaries.at(-1),
    [
      '### Nightly: ✔ green, 4 of 4 passed',
      '',
      `| Cluster API ╲ Kubernetes | \`${kubernetes[0]}\` | \`${kubernetes[1]}\` |`,
      '| --- | :---: | :---: |',
      ...[0, 1].map(row => `| \`${capi[row]}\` | ${[0, 1].map(column => linkTo(night, cell(row, column), '✔')).join(' | ')} |`),
      '',
    ].join('\n'),
  )
  assert.equal(github.issues[0]?.state, 'closed')
  assert.equal(github.issues[0]?.comments.length, 1)
  assert.match(github.issues[0]?.comments[0] ?? '', /^Green again: \[the run\]\(\S+\/actions\/runs\/2\) of [0-9a-f]{40}\.$/)
  assert.deepEqual(await lookAtMachine(), earlier)
  figures(night)
})

test('the next scheduled night of the same commit has nothing to do', async () => {
  const night = await scheduled()
  assert.deepEqual(resultsOf(night), { plan: 'success' })
  assert.match(night.ended[0]?.log ?? '', /nothing to test: green runs of [0-9a-f]{40} have proved all 4 cells/)
  assert.deepEqual(night.summaries, [])
  figures(night)
})

const scheduled = async (): Promise<NightRun> =>
  runNight(withSources(await sources(`night-${github.runs.length}`, [testbed.source(), testbed.second.source()])), {
    event: 'schedule',
    variables: { NIGHTLY_CAPI_VERSIONS: capi.join(', '), NIGHTLY_KUBERNETES_VERSIONS: kubernetes.join(', ') },
  })

/** What a night took, and its table, for those who read the log of this test. */
function figures({ ended, summaries, seconds }: NightRun): void {
  const lines = ended.map(({ name, conclusion, seconds: own }) => `${String(own).padStart(5)} s  ${conclusion.padEnd(8)} ${name}`)
  console.log(['', ...lines, `${String(seconds).padStart(5)} s  in all`, '', summaries.at(-1) ?? 'no table'].join('\n'))
}
