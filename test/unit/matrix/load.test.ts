import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readInputs } from '../../../src/matrix/load.ts'
import { refusal } from '../refusal.ts'

test('what nobody says follows from the provider and Cluster API', () => {
  const nothing = {
    repository: '.',
    refs: [],
    capi: undefined,
    kubernetes: undefined,
    include: [],
    exclude: [],
    maxJobs: 256,
  }
  assert.deepEqual(readInputs({}), nothing)
  const comments = { 'capi-versions': '# none yet\n', 'kubernetes-versions': ' ', include: '# - capi: v1.13\n', exclude: '[]' }
  assert.deepEqual(readInputs(comments), nothing)
})

test('lists are lines or words between commas, with comments', () => {
  const wanted = readInputs({
    repository: ' provider \n',
    'provider-refs': '# branches\nmain, release-0.15  # the last one\nfix#12\n',
    'capi-versions': 'v1.13.4,1.14',
    'kubernetes-versions': '1.34.4\nv1.35 # and not v1.36\n',
    'max-jobs': '12\n',
  })
  assert.deepEqual(wanted, {
    repository: 'provider',
    refs: ['main', 'release-0.15', 'fix#12'],
    capi: ['v1.13.4', 'v1.14'],
    kubernetes: ['v1.34.4', 'v1.35'],
    include: [],
    exclude: [],
    maxJobs: 12,
  })
})

test('include and exclude are YAML or JSON, their versions get a v', () => {
  const wanted = readInputs({
    include: '  - capi: "1.13"   # a comment\n    experimental: true\n  - {runner: big, retries: 2}\n',
    exclude: '[{"capi": "v1.14.2", "kubernetes": "1.33", "ref": "main"}]',
  })
  assert.deepEqual(wanted.include, [
    { capi: 'v1.13', experimental: true },
    { runner: 'big', retries: 2 },
  ])
  assert.deepEqual(wanted.exclude, [{ capi: 'v1.14.2', kubernetes: 'v1.33', ref: 'main' }])
})

const wrong: readonly [input: string, text: string, what: string][] = [
  ['capi-version', 'v1.13', 'capi-version is no input, did you mean capi-versions?'],
  ['constructor', 'x', 'constructor is no input'],
  ['capi-versions', 'v1.15', 'capi-versions[0] is "v1.15", but must be of Cluster API v1.7 to v1.14, did you mean v1.14?'],
  ['capi-versions', 'v1.13,1.31.2', 'capi-versions[1] is "1.31.2", but must be of Cluster API v1.7 to v1.14, did you mean v1.14?'],
  ['capi-versions', 'v0.4.8', 'capi-versions[0] is "v0.4.8", but must be of Cluster API v1.7 to v1.14, did you mean v1.7?'],
  ['capi-versions', 'v1.13.x', 'capi-versions[0] is "v1.13.x", but must be a version (v1.14.2) or a minor (v1.14), did you mean v1.13?'],
  ['capi-versions', '=1.13.4', 'capi-versions[0] is "=1.13.4", but must be a version (v1.14.2) or a minor (v1.14), did you mean v1.13?'],
  ['capi-versions', 'latest', 'capi-versions[0] is "latest", but must be a version (v1.14.2) or a minor (v1.14)'],
  ['kubernetes-versions', '1.3', 'kubernetes-versions[0] is "1.3", but must be of Kubernetes v1.26 to v1.37, did you mean v1.26?'],
  [
    'kubernetes-versions',
    '^1.34',
    'kubernetes-versions[0] is "^1.34", but must be a version (v1.34.4) or a minor (v1.34), did you mean v1.34?',
  ],
  ['provider-refs', 'main, --upload-pack=x', 'provider-refs[1] is "--upload-pack=x", but must be a git ref: a branch, a tag or a commit'],
  ['provider-refs', 'a..b', 'provider-refs[0] is "a..b", but must be a git ref: a branch, a tag or a commit'],
  ['max-jobs', '257', 'max-jobs is 257, but must be a whole number from 1 to 256'],
  ['max-jobs', '0', 'max-jobs is 0, but must be a whole number from 1 to 256'],
  ['max-jobs', 'all', 'max-jobs is "all", but must be a whole number from 1 to 256'],
  ['exclude', '- kubernets: v1.34', 'exclude[0] must not have the field kubernets, did you mean kubernetes?'],
  ['exclude', 'capi: v1.13', 'exclude is {"capi":"v1.13"}, but must be a list of mappings'],
  ['exclude', '- kubernetes: 1.30', 'exclude[0].kubernetes is 1.3, but must be text: put it in quotes'],
  ['exclude', '- capi: newest', 'exclude[0].capi is "newest", but must be a version (v1.14.2) or a minor (v1.14)'],
  ['include', '- v1.13', 'include[0] is "v1.13", but must be a mapping'],
  ['include', '- ref: 12', 'include[0].ref is 12, but must be text: put it in quotes'],
]
for (const [input, text, what] of wrong)
  test(`${input} can not be ${JSON.stringify(text)}`, () => {
    const failure = refusal(() => readInputs({ [input]: text }))
    assert.deepEqual([failure.what, failure.where], [what, [`input ${input}`]])
  })

test('text that is no YAML is refused with its line', () => {
  const failure = refusal(() => readInputs({ include: '- capi: v1.13\n- {' }))
  assert.match(failure.what, /^include is not a list: .* in line 2$/)
  assert.deepEqual(failure.where, ['input include'])
})

test('everything that is wrong is said at once', () => {
  const failure = refusal(() => readInputs({ 'max-job': '3', 'capi-versions': 'v1.6', include: 'x' }))
  assert.equal(failure.what, '3 settings are not valid')
  assert.deepEqual(failure.details, [
    'max-job is no input, did you mean max-jobs? (input max-job)',
    'capi-versions[0] is "v1.6", but must be of Cluster API v1.7 to v1.14, did you mean v1.7? (input capi-versions)',
    'include is "x", but must be a list of mappings (input include)',
  ])
})
