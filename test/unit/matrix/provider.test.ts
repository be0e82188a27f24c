import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contractIn, provider, requiredCapi } from '../../../src/matrix/provider.ts'
import { refusal } from '../refusal.ts'

const by = 'go.mod'
const none = { unknown: 'go.mod requires no sigs.k8s.io/cluster-api' }

const goMods: readonly [name: string, text: string, expected: ReturnType<typeof requiredCapi>][] = [
  ['in a line', 'module x\nrequire sigs.k8s.io/cluster-api v1.13.4\n', { version: 'v1.13.4', by }],
  [
    'in a block',
    'module x\nrequire (\n\tk8s.io/api v0.34.1\n\tsigs.k8s.io/cluster-api v1.13.4 // indirect\n)\n',
    { version: 'v1.13.4', by },
  ],
  ['in quotes, with Windows line ends', 'module x\r\nrequire "sigs.k8s.io/cluster-api" v1.14.0-rc.1\r\n', { version: 'v1.14.0-rc.1', by }],
  ['not in a comment', 'module x\n// require sigs.k8s.io/cluster-api v1.13.4\n', none],
  ['not by its tests alone', 'module x\nrequire sigs.k8s.io/cluster-api/test v1.13.4\n', none],
  ['not by what is excluded', 'module x\nexclude sigs.k8s.io/cluster-api v1.13.4\n', none],
  [
    'replaced by another version',
    'module x\nrequire sigs.k8s.io/cluster-api v1.13.4\nreplace sigs.k8s.io/cluster-api => github.com/fork/cluster-api v1.13.2\n',
    { version: 'v1.13.2', by },
  ],
  [
    'replaced by a folder',
    'module x\nreplace (\n\tsigs.k8s.io/cluster-api => ../cluster-api\n)\nrequire sigs.k8s.io/cluster-api v1.13.4\n',
    { version: 'v1.13.4', by },
  ],
  [
    'with another version replaced',
    'module x\nrequire sigs.k8s.io/cluster-api v1.13.4\nreplace sigs.k8s.io/cluster-api v1.12.0 => sigs.k8s.io/cluster-api v1.12.1\n',
    { version: 'v1.13.4', by },
  ],
  [
    'with this version replaced',
    'module x\nrequire sigs.k8s.io/cluster-api v1.13.4\nreplace sigs.k8s.io/cluster-api v1.13.4 => sigs.k8s.io/cluster-api v1.13.5\n',
    { version: 'v1.13.5', by },
  ],
  [
    'as a commit',
    'module x\nrequire sigs.k8s.io/cluster-api v1.14.0-beta.0.0.20260703101112-0123456789ab\n',
    { unknown: 'go.mod requires Cluster API v1.14.0-beta.0.0.20260703101112-0123456789ab, a commit and no release' },
  ],
]
for (const [name, text, expected] of goMods)
  test(`Cluster API is required ${name}`, () => assert.deepEqual(requiredCapi(text, undefined), expected))

test('a repository without go.mod requires nothing', () => {
  assert.deepEqual(requiredCapi(undefined, undefined), { unknown: 'there is no go.mod' })
})

test('Cluster API itself is its newest release series', () => {
  const goMod = 'module sigs.k8s.io/cluster-api\n'
  const contract = { name: 'v1beta2', series: 'v1.13', where: 'metadata.yaml:3:5' }
  assert.deepEqual(requiredCapi(goMod, contract), { version: 'v1.13', by: 'metadata.yaml' })
  assert.deepEqual(requiredCapi(goMod, undefined), {
    unknown: 'the repository is Cluster API itself, and metadata.yaml has no release series',
  })
})

const metadata = `apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
releaseSeries:
- major: 0
  minor: 9
  contract: v1beta1
- {major: 0, minor: 15, contract: v1beta2}
- major: 0
  minor: 14
  contract: v1beta1
`

test('the contract is that of the newest release series, wherever it stands', () => {
  assert.deepEqual(contractIn(metadata, 'metadata.yaml'), { name: 'v1beta2', series: 'v0.15', where: 'metadata.yaml:6:25' })
})

test('metadata.yaml without release series has no contract', () => {
  for (const text of ['', 'releaseSeries: []', 'releaseSeries: {}', 'releaseSeries:\n- {major: 1, minor: "2", contract: v1beta1}', '- 1'])
    assert.equal(contractIn(text, 'metadata.yaml'), undefined, text)
})

test('metadata.yaml that is no YAML is refused', () => {
  const failure = refusal(() => contractIn('a: [', 'metadata.yaml at main'))
  assert.equal(failure.what, 'metadata.yaml at main is not valid YAML')
})

test('a provider is what its files say, as far as it has them', () => {
  const goMod = 'module x\nrequire sigs.k8s.io/cluster-api v1.13.4\n'
  assert.deepEqual(provider('main', { goMod, metadata: { text: metadata, file: 'metadata.yaml at main' } }), {
    ref: 'main',
    required: { version: 'v1.13.4', by },
    contract: { name: 'v1beta2', series: 'v0.15', where: 'metadata.yaml at main:6:25' },
  })
  assert.deepEqual(provider('', { goMod: undefined, metadata: undefined }), {
    ref: '',
    required: { unknown: 'there is no go.mod' },
    contract: undefined,
  })
})
