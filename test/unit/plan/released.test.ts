import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { makePlan } from '../../../src/plan/plan.ts'
import type { Task } from '../../../src/plan/task.ts'
import type { Wanted } from '../../../src/plan/wanted.ts'
import { releasedProviders, resolveProviders } from '../../../src/providers/resolve.ts'
import { runPlan } from '../../../src/run/run.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { capiCheckout } from '../providers/checkout.ts'
import { wantedWorkload } from './wanted-workload.ts'

const checkout = [capiCheckout()]

async function planFor(given: Record<string, string>, more: Partial<Pick<Wanted, 'repositories' | 'workloads'>> = {}) {
  const settings = await loadSettings({ given: { repository: '/', ...given }, env: { HOME: '/home/me' }, cwd: '/' })
  const { repositories = [] } = more
  return makePlan({
    settings,
    repositories,
    providers: resolveProviders(settings, repositories),
    released: releasedProviders(settings, repositories),
    observability: [],
    workloads: [],
    clusterIsOurs: false,
    record: () => Promise.reject(new Error('a plan makes nothing')),
    ...more,
  })
}

const named = (tasks: readonly Task[], name: string): Task => tasks.find(one => one.name === name) ?? assert.fail(`no task ${name}`)
const reaches = (from: Task, to: Task): boolean => from.needs.some(need => need === to || reaches(need, to))
const RELEASED = { providers: 'core:v1.13 docker aws:v2.13.0' }

test('releases alone need no source, no Go, no kustomize and no registry', async () => {
  const { tasks } = await planFor(RELEASED)
  const names = tasks.map(({ name }) => name)
  assert.deepEqual(
    names.filter(name => /^(compile|image|base image|build inputs|tool kustomize|registry$)/.test(name)),
    [],
  )
  for (const name of ['components aws', 'ready aws', 'ready core', 'ready docker', 'nodes ready']) assert.ok(names.includes(name), name)
  assert.equal(new Set(names).size, names.length)
})

test('releases are downloaded while the cluster boots, and their images pulled before they are deployed', async () => {
  const { tasks } = await planFor(RELEASED)
  for (const name of ['components aws', 'render aws', 'contracts'])
    assert.equal(reaches(named(tasks, name), named(tasks, 'cluster')), false)
  assert.equal(reaches(named(tasks, 'cluster'), named(tasks, 'components aws')), false)
  for (const name of ['pull aws', 'crds aws', 'certificates aws', 'ready cert-manager', 'provider inventory'])
    assert.equal(reaches(named(tasks, 'deploy aws'), named(tasks, name)), true, name)
})

test('nothing is applied before contracts and variables are checked, of built providers and cert-manager neither', async () => {
  const { tasks } = await planFor({ providers: 'docker aws:v2.13.0' }, { repositories: checkout })
  for (const check of ['contracts', 'variables'])
    for (const name of ['crds aws', 'crds docker', 'crds core', 'cert-manager crds', 'provider inventory'])
      assert.equal(reaches(named(tasks, name), named(tasks, check)), true, `${name} before ${check}`)
  assert.equal(reaches(named(tasks, 'compile docker'), named(tasks, 'contracts')), false)
})

test('core comes first, released or built', async () => {
  const { providers } = await planFor({ providers: 'docker core:v1.13.4' }, { repositories: checkout })
  assert.deepEqual(
    providers.map(({ name }) => name),
    ['ready core', 'ready docker'],
  )
})

test('a clusterctl of the release of core is installed', async () => {
  const docs = async (core: string) => named((await planFor({ providers: `core:${core}` })).tasks, 'tool clusterctl').docs
  assert.match(await docs('v1.13.4'), /^Finds clusterctl v1\.13\.4 /)
  assert.match(await docs('v1.13'), /^Finds clusterctl 1\.13\.x /)
  assert.match(await docs('latest'), /^Finds clusterctl latest /)
})

test('a template that only a release has is downloaded before anything is made', async () => {
  const from = { flavor: 'development', classes: [], otherwise: new Failure({ what: 'no such template' }) }
  const { tasks } = await planFor({ ...RELEASED, 'workload-template': 'development' }, { workloads: [wantedWorkload('demo', from)] })
  assert.equal(reaches(named(tasks, 'template development'), named(tasks, 'components docker')), true)
  assert.equal(reaches(named(tasks, 'cluster'), named(tasks, 'template development')), true)
})

/** Runs the tasks of a plan that check releases, those of a folder. */
async function checked(given: Record<string, string>, files: Readonly<Record<string, string>>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'released-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      const path = join(folder, file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    }
    const urls = [
      `cluster-api=file://${folder}/cluster-api/v1.0.0/c.yaml`,
      `infrastructure-foo=file://${folder}/infrastructure-foo/latest/c.yaml`,
    ]
    const { tasks } = await planFor({ providers: 'core:v1.0.0 foo:v0.1.0', 'provider-urls': urls.join('\n'), ...given })
    const wanted = ['components core', 'components foo', 'contracts', 'variables', 'render core', 'render foo']
    const result = await runPlan({ tasks: wanted.map(name => named(tasks, name)).toSorted(byNeed) }, () => {}, new AbortController().signal)
    return result.failures[0]
  } finally {
    await rm(folder, { recursive: true })
  }
}
const byNeed = (one: Task, other: Task) => Number(reaches(one, other)) - Number(reaches(other, one))

const metadata = (major: number, minor: number, contract: string) =>
  `releaseSeries: [{major: ${major}, minor: ${minor}, contract: ${contract}}]`
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n'
const FILES = {
  'cluster-api/v1.0.0/metadata.yaml': metadata(1, 0, 'v1beta1'),
  'cluster-api/v1.0.0/c.yaml': `${NAMESPACE}# \${TOPOLOGY:=false}\n`,
  'infrastructure-foo/v0.1.0/metadata.yaml': metadata(0, 1, 'v1beta1'),
  'infrastructure-foo/v0.1.0/c.yaml': NAMESPACE,
}

test('releases that fit together are rendered', async () => assert.equal(await checked({}, FILES), undefined))

test('missing variables of all releases are one error with the places that use them', async () => {
  const failure = await checked(
    { substitutions: 'B=b' },
    {
      ...FILES,
      'cluster-api/v1.0.0/c.yaml': `${NAMESPACE}# \${A} \${ C }\n`,
      'infrastructure-foo/v0.1.0/c.yaml': `${NAMESPACE}# \${B} \${C}\n`,
    },
  )
  assert.ok(failure instanceof Failure)
  assert.equal(failure.what, '2 variables are not set: A, C')
  assert.equal(failure.remedy, 'set them among the substitutions, the credentials or in the environment')
  assert.match(
    failure.details.join('\n'),
    /^A: required, used at .*cluster-api\/v1\.0\.0\/c\.yaml:4:3: # \$\{A\} \$\{ C \}\nC: required, used at .*:4:8, .*foo/,
  )
})

const SECRET = `${NAMESPACE}---\napiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: a}\ndata:\n  credentials: \${AWS_B64ENCODED_CREDENTIALS}\n`

test('credentials that are missing are an error that says what they are made from', async () => {
  const failure = await checked({}, { ...FILES, 'infrastructure-foo/v0.1.0/c.yaml': SECRET })
  assert.ok(failure instanceof Failure)
  assert.equal(failure.what, 'variable AWS_B64ENCODED_CREDENTIALS is not set')
  assert.match(failure.remedy ?? '', /; AWS_B64ENCODED_CREDENTIALS is made from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY /)
  assert.match(failure.details[0] ?? '', /c\.yaml:9:16: credentials: \$\{AWS_B64ENCODED_CREDENTIALS\}$/)
})

test('credentials that no Secret takes are found before anything is applied, and are not shown', async () => {
  const failure = await checked(
    { substitutions: 'AWS_B64ENCODED_CREDENTIALS=plain text' },
    { ...FILES, 'infrastructure-foo/v0.1.0/c.yaml': SECRET },
  )
  assert.ok(failure instanceof Failure)
  assert.equal(failure.what, 'variable AWS_B64ENCODED_CREDENTIALS is not base64')
  assert.doesNotMatch(JSON.stringify(failure), /plain text/)
})

test('a contract that does not fit is found before anything is applied', async () => {
  const failure = await checked({}, { ...FILES, 'infrastructure-foo/v0.1.0/metadata.yaml': metadata(0, 1, 'v1beta2') })
  assert.ok(failure instanceof Failure)
  assert.equal(failure.message, 'foo v0.1.0 does not fit core v1.0.0: foo has the contract v1beta2; core has v1beta1 and takes v1beta1')
})

test('a release without its components says so', async () => {
  const { 'infrastructure-foo/v0.1.0/c.yaml': _, ...files } = FILES
  const failure = await checked({}, files)
  assert.ok(failure instanceof Failure)
  assert.equal(failure.what, 'the release v0.1.0 of provider foo has no c.yaml')
})
