import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { fieldKeys } from '../../../src/settings/fields.ts'
import { loadSettings, type SettingsSources } from '../../../src/settings/load.ts'
import type { Settings } from '../../../src/settings/settings.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'version-file-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const load = (given: SettingsSources['given'], more: Partial<SettingsSources> = {}): Promise<Settings> =>
  loadSettings({ given, env: { HOME: '/home/me' }, cwd, of: fieldKeys, ...more })

const write = (name: string, text: string) => writeFile(join(cwd, name), text)
const FILE = { 'version-file': '.tool-versions' }

const versionsOf = ({ kindVersion, kustomizeVersion, clusterctlVersion, kubectlVersion, helmVersion }: Settings) => [
  kindVersion,
  kustomizeVersion,
  clusterctlVersion,
  kubectlVersion,
  helmVersion,
]

/** What a user sees of settings that are refused. */
async function refusalOf(loading: Promise<Settings>): Promise<Pick<Failure, 'what' | 'where' | 'details'>> {
  const error = await loading.then(
    () => assert.fail('the settings were taken'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Failure)) throw error
  const { what, where, details } = error
  return { what, where, details }
}

test('without a version file nothing is read: a .tool-versions that lies about has no say', async () => {
  await write('.tool-versions', 'kind 0.1.0\nhelm 2.0.0\n')
  const settings = await load({})
  assert.deepEqual(versionsOf(settings), ['v0.32.0', '^5', undefined, '1.36.x', undefined])
  assert.deepEqual(settings.tools, ['kind', 'kustomize', 'clusterctl', 'kubectl'])
})

test('versions of the file stand in the settings, with file and line', async () => {
  await write('.tool-versions', 'kind 0.31.0\nkustomize 5.8.1\nclusterctl 1.13.4\nkubectl 1.34\nhelm latest\n')
  const settings = await load(FILE)
  assert.deepEqual(versionsOf(settings), ['0.31.0', '5.8.1', '1.13.4', '1.34', 'latest'])
  assert.deepEqual(settings.sources.kubectlVersion, { kind: 'file', where: '.tool-versions:4' })
  assert.deepEqual(settings.sources.helmVersion, { kind: 'file', where: '.tool-versions:5' })
  assert.deepEqual(settings.tools, ['kind', 'kustomize', 'clusterctl', 'kubectl', 'helm'])
})

test('an input, a variable and tilt-settings win over the file, and the file over the default', async () => {
  await write('.tool-versions', 'kind 0.31.0\nkustomize 5.8.1\nclusterctl 1.13.4\nkubectl 1.34.4\n')
  await write('tilt-settings.yaml', 'actions: {clusterctl-version: v1.12.1}\n')
  const settings = await load({ ...FILE, 'kind-version': 'v0.30.0' }, { env: { HOME: '/', CAPI_ACTIONS_KUSTOMIZE_VERSION: '5.7.x' } })
  assert.deepEqual(versionsOf(settings), ['v0.30.0', '5.7.x', 'v1.12.1', '1.34.4', undefined])
  assert.deepEqual(settings.sources.kindVersion, { kind: 'input', where: 'input kind-version' })
})

test('what wins over the file is not disturbed by what can not be used in it', async () => {
  await write('.tool-versions', 'kind system\nkubectl any\nkubectl 1.34.4\nhelm 3.21.4')
  const settings = await load({ ...FILE, 'kind-version': 'latest', 'kubectl-version': '1.34.x' })
  assert.deepEqual(versionsOf(settings), ['latest', '^5', undefined, '1.34.x', '3.21.4'])
})

test('lines of tools that are not wanted are not looked at', async () => {
  await write('.tool-versions', 'kind 0.31.0\nhelm system\nkubectl whatever')
  const settings = await load({ ...FILE, tools: 'kind, clusterctl' })
  assert.deepEqual([settings.kindVersion, settings.helmVersion, settings.tools], ['0.31.0', undefined, ['kind', 'clusterctl']])
})

test('a tool that is listed twice is wanted once', async () =>
  assert.deepEqual((await load({ tools: 'helm\nkind, helm' })).tools, ['helm', 'kind']))

test('a go.mod says the version of clusterctl', async () => {
  await mkdir(join(cwd, 'capx'))
  await write('capx/go.mod', 'module example.com/capx\nrequire sigs.k8s.io/cluster-api v1.13.4\n')
  const { clusterctlVersion, sources } = await load({ 'version-file': 'capx/go.mod' })
  assert.deepEqual([clusterctlVersion, sources.clusterctlVersion], ['v1.13.4', { kind: 'file', where: 'capx/go.mod:2' }])
})

test('a mise.toml says versions in its tools', async () => {
  await write('mise.toml', '[env]\nCI = "1"\n\n[tools]\nkind = "0.31.0"\nhelm = ["3.21.4", "4"]\n')
  const { kindVersion, helmVersion, sources } = await load({ 'version-file': 'mise.toml' })
  assert.deepEqual([kindVersion, helmVersion, sources.helmVersion], ['0.31.0', '3.21.4', { kind: 'file', where: 'mise.toml:6' }])
})

test('a mise.toml that can not be read is an error with its line', async () => {
  await write('mise.toml', '[tools]\nkind = "0.31.0"\nhelm: "3.21.4"\n')
  assert.deepEqual(await refusalOf(load({ 'version-file': 'mise.toml' })), {
    what: 'version-file can\'t be read: 3.21.4 stands where "=" is wanted',
    where: ['mise.toml:3'],
    details: [],
  })
})

test('the file may be named in tilt-settings, from the folder of these', async () => {
  await mkdir(join(cwd, 'capx'))
  await write('capx/tilt-settings.yaml', 'actions: {version-file: .tool-versions}\n')
  await write('capx/.tool-versions', 'kind 0.31.0\n')
  assert.equal((await load({ repository: 'capx' })).kindVersion, '0.31.0')
})

test('a line that is no version is an error with file and line', async () => {
  await write('.tool-versions', '\nkind newest\n')
  assert.deepEqual(await refusalOf(load(FILE)), {
    what: 'kind is "newest", but must be a version (v1.34.4), a range (1.34.x, ^5) or latest',
    where: ['.tool-versions:2'],
    details: [],
  })
})

test('all that is wrong in a file is said at once, with all that is wrong elsewhere', async () => {
  await write('.tool-versions', 'kind\nhelm 3.21.4\nkubectl system\nhelm 3.21.4\n')
  assert.deepEqual(await refusalOf(load({ ...FILE, timeout: '5' })), {
    what: '4 settings are not valid',
    where: [],
    details: [
      'timeout is "5", but must be a duration such as 90s, 5m or 1h30m (input timeout)',
      'kind has no version (.tool-versions:1)',
      'kubectl is "system", which is no version that can be installed: set kubectl-version, or leave kubectl out of tools (.tool-versions:3)',
      'helm is named twice, first in line 2 (.tool-versions:4)',
    ],
  })
})

test('a Cluster API that is no release is an error with the line of go.mod, unless clusterctl has its version elsewhere', async () => {
  await write('go.mod', 'require sigs.k8s.io/cluster-api v1.13.4\nreplace sigs.k8s.io/cluster-api => ../capi\n')
  assert.deepEqual(await refusalOf(load({ 'version-file': 'go.mod' })), {
    what: 'sigs.k8s.io/cluster-api is replaced by the folder ../capi, which is no release that has a clusterctl: set clusterctl-version',
    where: ['go.mod:2'],
    details: [],
  })
  assert.equal((await load({ 'version-file': 'go.mod', 'clusterctl-version': 'v1.13.4' })).clusterctlVersion, 'v1.13.4')
})

for (const [title, given, text, what] of [
  ['nothing of any tool', {}, 'nodejs 24.1.0\n', '.tool-versions names none of kind, kustomize, clusterctl, kubectl, helm'],
  ['nothing of a wanted tool', { tools: 'kind helm' }, 'kubectl 1.34.4\n', '.tool-versions names none of kind, helm'],
] as const)
  test(`a file that says ${title} is an error`, async () => {
    await write('.tool-versions', text)
    assert.deepEqual(await refusalOf(load({ ...FILE, ...given })), { what, where: ['input version-file'], details: [] })
  })

for (const [title, given, what] of [
  ['that does not require Cluster API', {}, 'go.mod does not require sigs.k8s.io/cluster-api, whose version is that of clusterctl'],
  ['where clusterctl is not wanted', { tools: 'kind' }, 'go.mod says the version of clusterctl alone, and kind is wanted'],
] as const)
  test(`a go.mod ${title} is an error`, async () => {
    await write('go.mod', 'module sigs.k8s.io/cluster-api\n')
    assert.deepEqual(await refusalOf(load({ 'version-file': 'go.mod', ...given })), { what, where: ['input version-file'], details: [] })
  })

test('a file that is missing, of another kind or a folder is an error that says where it was named', async () => {
  const refusal = (what: string, where = 'input version-file') => ({ what, where: [where], details: [] })
  assert.deepEqual(await refusalOf(load(FILE)), refusal('version-file is .tool-versions, but there is no such file'))
  const flag = load({ 'version-file': 'ci/go.mod' }, { givenAs: 'flag' })
  assert.deepEqual(await refusalOf(flag), refusal('version-file is ci/go.mod, but there is no such file', '--version-file'))
  await write('.nvmrc', '24')
  assert.deepEqual(
    await refusalOf(load({ 'version-file': '.nvmrc' })),
    refusal('version-file is .nvmrc, but must be a .tool-versions file, a mise.toml or a go.mod'),
  )
  await mkdir(join(cwd, '.tool-versions'))
  assert.deepEqual(
    await refusalOf(load(FILE)),
    refusal("version-file is .tool-versions, but it can't be read: EISDIR: illegal operation on a directory, read"),
  )
})

test('a tool that nobody knows is an error with those that there are, and the nearest', async () =>
  assert.deepEqual(await refusalOf(load({ tools: 'kind kubctl' })), {
    what: 'tools[1] is "kubctl", but must be one of kind, kustomize, clusterctl, kubectl, helm, did you mean kubectl?',
    where: ['input tools'],
    details: [],
  }))
