import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInputs } from '../../../src/matrix/load.ts'
import { matrixJson, planMatrix } from '../../../src/matrix/plan.ts'
import type { Contract, Provider } from '../../../src/matrix/provider.ts'
import { refusal } from '../refusal.ts'

const contract = (name: string): Contract => ({ name, series: 'v0.15', where: 'metadata.yaml:3:5' })
const provider = (ref = '', version = 'v1.13.4', name = 'v1beta2'): Provider => ({
  ref,
  required: { version, by: 'go.mod' },
  contract: contract(name),
})
const plan = (inputs: Readonly<Record<string, string>>, ...providers: Provider[]) =>
  planMatrix(readInputs(inputs), providers.length > 0 ? providers : [provider()])
const jobs = (inputs: Readonly<Record<string, string>>, ...providers: Provider[]) =>
  plan(inputs, ...providers).jobs.map(({ ref, capi, kubernetes }) => [ref, capi, kubernetes].join(' ').trim())
const twoByTwo = { 'capi-versions': 'v1.13.4, v1.14.2', 'kubernetes-versions': 'v1.34.4, v1.35.4' }

test('without inputs it is what go.mod requires, on all Kubernetes minors that it supports', () => {
  assert.deepEqual(plan({}), {
    jobs: [
      { capi: 'v1.13.4', kubernetes: 'v1.32.11', ref: '' },
      { capi: 'v1.13.4', kubernetes: 'v1.33.12', ref: '' },
      { capi: 'v1.13.4', kubernetes: 'v1.34.11', ref: '' },
      { capi: 'v1.13.4', kubernetes: 'v1.35.8', ref: '' },
      { capi: 'v1.13.4', kubernetes: 'v1.36.4', ref: '' },
    ],
    notices: [],
  })
})

test('two by two are four, refs before Cluster API before Kubernetes', () => {
  assert.deepEqual(jobs(twoByTwo, provider('main'), provider('v0.15.0')), [
    'main v1.13.4 v1.34.4',
    'main v1.13.4 v1.35.4',
    'main v1.14.2 v1.34.4',
    'main v1.14.2 v1.35.4',
    'v0.15.0 v1.13.4 v1.34.4',
    'v0.15.0 v1.13.4 v1.35.4',
    'v0.15.0 v1.14.2 v1.34.4',
    'v0.15.0 v1.14.2 v1.35.4',
  ])
})

test('each ref is tested with the Cluster API version that it requires itself', () => {
  assert.deepEqual(
    jobs({ 'kubernetes-versions': 'v1.33.4' }, provider('main', 'v1.14.2'), provider('release-0.14', 'v1.10.3', 'v1beta1')),
    ['main v1.14.2 v1.33.4', 'release-0.14 v1.10.3 v1.33.4'],
  )
})

test('versions come in the order in which they were said, each once', () => {
  const inputs = { 'capi-versions': 'v1.14.2 v1.9.11 v1.9 v1.14.2', 'kubernetes-versions': '1.31.14,1.31' }
  assert.deepEqual(jobs({ ...inputs, include: '- {capi: v1.14.2, kubernetes: v1.36.1}' }, provider('', 'v1.13.4', 'v1beta1')), [
    'v1.9.11 v1.31.14',
    'v1.14.2 v1.36.1',
  ])
})

test('what Cluster API does not support as management cluster is left out, and a notice names it', () => {
  const { jobs, notices } = plan(
    { 'capi-versions': 'v1.13.4 v1.14.2', 'kubernetes-versions': 'v1.31.14 v1.32.11 v1.33.4' },
    provider('main'),
    provider('v2'),
  )
  assert.deepEqual(
    jobs.map(({ ref, capi, kubernetes }) => [ref, capi, kubernetes].join(' ')),
    [
      'main v1.13.4 v1.32.11',
      'main v1.13.4 v1.33.4',
      'main v1.14.2 v1.33.4',
      'v2 v1.13.4 v1.32.11',
      'v2 v1.13.4 v1.33.4',
      'v2 v1.14.2 v1.33.4',
    ],
  )
  assert.deepEqual(notices, [
    'left out: Cluster API v1.13.4 on Kubernetes v1.31.14 (it supports v1.32 to v1.36 as management clusters); ' +
      'Cluster API v1.14.2 on Kubernetes v1.31.14, v1.32.11 (it supports v1.33 to v1.37 as management clusters)',
  ])
})

test('a Kubernetes minor is supported from the patch on that says so', () => {
  assert.deepEqual(jobs({ 'capi-versions': 'v1.12.0 v1.12.1', 'kubernetes-versions': 'v1.35.4' }), ['v1.12.1 v1.35.4'])
})

test('what is excluded is neither left out nor judged', () => {
  const { jobs, notices } = plan({
    'capi-versions': 'v1.10.4 v1.13.4',
    'kubernetes-versions': 'v1.31.4 v1.33.4',
    exclude: '- capi: v1.10\n- {capi: v1.13.4, kubernetes: v1.31}',
  })
  assert.deepEqual([jobs, notices], [[{ capi: 'v1.13.4', kubernetes: 'v1.33.4', ref: '' }], []])
})

test('what is included is added after the rest, supported or not', () => {
  const { jobs } = plan({
    'kubernetes-versions': 'v1.34.4',
    include: '- {kubernetes: v1.34, runner: big}\n- {capi: v1.15.0-alpha.0, kubernetes: v1.31.4, experimental: true}',
  })
  assert.deepEqual(jobs, [
    { capi: 'v1.13.4', kubernetes: 'v1.34.4', ref: '', runner: 'big' },
    { capi: 'v1.15.0-alpha.0', kubernetes: 'v1.31.4', experimental: true },
  ])
})

test('a contract that Cluster API does not serve stops the plan, and the error names versions that would fit', () => {
  const { what, why, remedy, where } = refusal(() => plan({ 'capi-versions': 'v1.9, v1.10.4, v1.13.4' }))
  assert.deepEqual(
    [what, why, remedy, where],
    [
      'the provider has the contract v1beta2, which Cluster API v1.9.11, v1.10.4 do not serve',
      'Cluster API v1.11 to v1.14 would fit',
      'name versions that fit in `capi-versions`, or `exclude` these combinations',
      ['metadata.yaml:3:5'],
    ],
  )
})

test('a contract that no version serves is said so', () => {
  const { what, why } = refusal(() => plan({}, provider('main', 'v1.13.4', 'v1alpha4')))
  assert.deepEqual(
    [what, why],
    ['the provider at main has the contract v1alpha4, which Cluster API v1.13.4 does not serve', 'no version from v1.7 to v1.14 serves it'],
  )
})

test('all refs whose contract does not fit are named at once', () => {
  const { what, details } = refusal(() =>
    plan({ 'capi-versions': 'v1.10.4' }, provider('main'), provider('v1', 'v1.10.4', 'v1beta1'), provider('next')),
  )
  assert.equal(what, '2 refs of the provider do not fit the Cluster API versions that they would be tested with')
  assert.deepEqual(details, [
    'the provider at main has the contract v1beta2, which Cluster API v1.10.4 does not serve: Cluster API v1.11 to v1.14 would fit (metadata.yaml:3:5)',
    'the provider at next has the contract v1beta2, which Cluster API v1.10.4 does not serve: Cluster API v1.11 to v1.14 would fit (metadata.yaml:3:5)',
  ])
})

test('a provider of the older contract fits Cluster API that serves both', () => {
  assert.deepEqual(jobs(twoByTwo, provider('', 'v1.10.4', 'v1beta1')).length, 4)
})

test('a provider without metadata.yaml is not checked, and a notice says so', () => {
  const { jobs, notices } = plan({ 'capi-versions': 'v1.9.11', 'kubernetes-versions': 'v1.31.4' }, { ...provider(), contract: undefined })
  assert.deepEqual(jobs, [{ capi: 'v1.9.11', kubernetes: 'v1.31.4', ref: '' }])
  assert.deepEqual(notices, ['the provider has no metadata.yaml with release series: whether its contract fits Cluster API is not checked'])
})

test('a provider that tells no Cluster API version needs it said', () => {
  const silent: Provider = { ...provider('main'), required: { unknown: 'there is no go.mod' } }
  const { what, why, remedy } = refusal(() => plan({}, silent))
  assert.deepEqual([what, why, remedy], ['the provider at main tells no Cluster API version', 'there is no go.mod', 'set `capi-versions`'])
  assert.equal(jobs(twoByTwo, silent).length, 4)
})

test('a required version of which nothing is known is refused', () => {
  const { what, why, remedy } = refusal(() => plan({}, provider('', 'v1.15.0')))
  assert.deepEqual(
    [what, why, remedy],
    [
      'the provider is for Cluster API v1.15.0, of which nothing is known here',
      'go.mod says so, and what is known is v1.7 to v1.14',
      'set `capi-versions`, or `include` its combinations, which are not checked',
    ],
  )
})

test('Cluster API itself is the newest patch of its series', () => {
  assert.deepEqual(jobs({ 'kubernetes-versions': 'v1.33.4' }, provider('', 'v1.10', 'v1beta1')), ['v1.10.10 v1.33.4'])
})

test('more jobs than allowed are an error that says how many there would be', () => {
  const few = refusal(() => plan({ ...twoByTwo, 'max-jobs': '3' }))
  assert.deepEqual([few.what, few.why], ['the matrix would have 4 jobs, and at most 3 are allowed', '`max-jobs` says so'])
  const refs = Array.from({ length: 65 }, (_, index) => provider(`v${index}`))
  const many = refusal(() => plan(twoByTwo, ...refs))
  assert.deepEqual(
    [many.what, many.why],
    ['the matrix would have 260 jobs, and at most 256 are allowed', 'GitHub makes no more of one matrix'],
  )
  assert.equal(plan(twoByTwo, ...refs.slice(1)).jobs.length, 256)
})

test('a matrix without jobs is an error that says why', () => {
  const unsupported = refusal(() => plan({ 'kubernetes-versions': 'v1.31' }))
  assert.deepEqual(
    [unsupported.what, unsupported.why],
    ['the matrix has no jobs', 'left out: Cluster API v1.13.4 on Kubernetes v1.31.14 (it supports v1.32 to v1.36 as management clusters)'],
  )
  for (const exclude of ['- ref: ""', '- {}']) assert.equal(refusal(() => plan({ exclude })).why, '`exclude` leaves nothing over')
})

test('the matrix is one line of JSON, the same each time', () => {
  const text = matrixJson(plan({ ...twoByTwo, include: '- {zone: b, arch: arm64}' }).jobs.slice(0, 1))
  assert.equal(text, '{"include":[{"capi":"v1.13.4","kubernetes":"v1.34.4","ref":"","zone":"b","arch":"arm64"}]}')
})
