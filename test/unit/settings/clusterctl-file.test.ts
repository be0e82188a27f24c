/** A clusterctl.yaml of the user's, as far as a run takes what it says. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadSettings } from '../../../src/settings/load.ts'
import { providerVariables } from '../../../src/settings/variables.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'clusterctl-file-'))
  await writeFile(
    join(cwd, 'clusterctl.yaml'),
    `providers:
- name: foo
  type: InfrastructureProvider
  url: https://github.com/org/repo/releases/latest/infrastructure-components.yaml
- name: cluster-api
  type: CoreProvider
  url: file:///releases/cluster-api/latest/core-components.yaml
images: {all: {repository: example.org}}
overridesFolder: /overrides
EXP_MACHINE_POOL: false
AWS_SSH_KEY_NAME: mine
PASSWORD_OF_IT: of-the-file
COUNT: 3
`,
  )
  await writeFile(join(cwd, 'wrong.yaml'), 'providers:\n- name: foo\n  type: InfrastructureProvider\n  url: https://example.org/x.yaml\n')
})
after(() => rm(cwd, { recursive: true }))

const load = (given: Record<string, string>, env: Record<string, string> = {}) =>
  loadSettings({ given: { 'clusterctl-file': 'clusterctl.yaml', ...given }, env, cwd })

test('its variables have values where nobody else gives one, as clusterctl takes them', async () => {
  const said = { substitutions: 'COUNT=5' }
  const { EXP_MACHINE_POOL, AWS_SSH_KEY_NAME, COUNT, overridesFolder } = providerVariables(
    await load(said, { AWS_SSH_KEY_NAME: 'of-the-environment' }),
  )
  assert.deepEqual([EXP_MACHINE_POOL, AWS_SSH_KEY_NAME, COUNT, overridesFolder], ['false', 'of-the-environment', '5', undefined])
})

test('what is a secret by its name is masked', async () => assert.ok((await load({})).secrets.includes('of-the-file')))

test('its providers are known by their labels, those of provider-urls go before them', async () => {
  const { providerUrls } = await load({ 'provider-urls': 'infrastructure-foo=file:///mine/infrastructure-foo/latest/c.yaml' })
  assert.deepEqual(providerUrls, {
    'infrastructure-foo': 'file:///mine/infrastructure-foo/latest/c.yaml',
    'cluster-api': 'file:///releases/cluster-api/latest/core-components.yaml',
  })
})

test('a provider whose URL leads to no release is an error with its line', async () => {
  await assert.rejects(load({ 'clusterctl-file': 'wrong.yaml' }), { where: ['wrong.yaml:2:3'] })
  await assert.rejects(load({ 'clusterctl-file': 'gone.yaml' }), /clusterctl-file can’t be read/)
})
