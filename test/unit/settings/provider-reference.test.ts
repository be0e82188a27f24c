import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSettings } from '../../../src/settings/load.ts'
import { providerNames, readReference } from '../../../src/settings/provider-reference.ts'

const load = (given: Record<string, string>) => loadSettings({ given, env: {}, cwd: import.meta.dirname })

test('a provider is named alone, or with the version of a release in words', () => {
  assert.deepEqual(readReference('docker'), { name: 'docker', version: undefined })
  const versions = ['v2.13.0', '2.13.0-rc.1', 'v2.13', '2', 'latest'].map(version => readReference(`aws:${version}`).version)
  assert.deepEqual(versions, [
    { is: 'exact', version: 'v2.13.0' },
    { is: 'exact', version: 'v2.13.0-rc.1' },
    { is: 'newest of', series: 'v2.13', range: '2.13.x' },
    { is: 'newest of', series: 'v2', range: '2.x' },
    { is: 'latest' },
  ])
  assert.deepEqual(providerNames(['docker:v1.13.4', 'aws', 'vm-operator-8.0']), ['docker', 'aws', 'vm-operator-8.0'])
})

test('a provider may have dots, "_" and capital letters in its name, as entries of tilt-provider files may', async () => {
  const names = ['vm-operator-8.0', 'MyProvider', 'my_provider']
  assert.deepEqual((await load({ providers: names.join(' ') })).providers, names)
})

for (const said of ['aws:', 'aws:newest', 'aws:v2.13.0.1', 'aws@v2', ':v1', '_aws'])
  test(`${said} names no provider`, () => assert.rejects(load({ providers: said }), /but must be a name such as docker, one with/))

test('releases of other providers are said by label and URL, as in clusterctl.yaml', async () => {
  const text = [
    'infrastructure-foo=https://github.com/org/repo/releases/latest/infrastructure-components.yaml',
    'addon-bar=file:///releases/addon-bar/v1.0.0/addon-components.yaml',
  ]
  assert.deepEqual(Object.keys((await load({ 'provider-urls': text.join('\n') })).providerUrls), ['infrastructure-foo', 'addon-bar'])
})

for (const [said, why] of [
  ['foo=https://github.com/org/repo/releases/latest/x.yaml', 'must be named as its objects are labelled'],
  ['infrastructure-foo=https://gitlab.com/org/repo/releases/latest/x.yaml', 'must be https://github.com/<owner>'],
  ['infrastructure-foo=https://github.com/org/repo', 'must be https://github.com/<owner>'],
  ['infrastructure-foo', 'must be lines of the form'],
] as const)
  test(`${said} says of no release where it is`, () => assert.rejects(load({ 'provider-urls': said }), new RegExp(why)))
