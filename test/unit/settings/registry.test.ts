/** What users can say of a registry that images go to. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { redactor } from '../../../src/report/redact.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { makeCertificates } from '../../certificates.ts'

let cwd: string
let ca: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'settings-registry-'))
  ca = (await makeCertificates('DNS:localhost')).ca
})
after(() => rm(cwd, { recursive: true }))

const load = (given: Record<string, string>, env: Record<string, string> = {}) =>
  loadSettings({ given, env: { HOME: '/home/me', ...env }, cwd })

async function complaints(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => assert.fail('the settings were taken'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Failure)
  return error.details.length > 0 ? error.details : [`${error.what} (${error.where.join()})`]
}

for (const [said, read] of [
  ['ghcr.io/org', 'ghcr.io/org'],
  ['ghcr.io/Some-Owner/', 'ghcr.io/some-owner'],
  ['docker.io/user', 'docker.io/user'],
  ['harbor.example.org:8443/project/sub', 'harbor.example.org:8443/project/sub'],
  ['registry.example.org', 'registry.example.org'],
  ['localhost:5001/x', 'localhost:5001/x'],
  ['registry:5000', 'registry:5000'],
  ['gcr.io/k8s-staging-cluster-api-aws', 'gcr.io/k8s-staging-cluster-api-aws'],
] as const)
  test(`${said} is a registry`, async () => assert.equal((await load({ registry: said })).registry, read))

for (const [said, why] of [
  ['org/project', 'must be a registry host, and the project in it, such as ghcr.io/org or harbor.example.org/project'],
  ['https://ghcr.io/org', 'must be a registry host, and the project in it, such as ghcr.io/org or harbor.example.org/project'],
  ['ghcr.io/org/image:tag', 'must be a registry host, and the project in it, such as ghcr.io/org or harbor.example.org/project'],
  ['docker.io', 'must name a user or organization too, such as docker.io/user'],
  ['gcr.io/k8s-staging-cluster-api', 'must be another: Cluster API publishes its own images there'],
  ['gcr.io/k8s-staging-cluster-api/', 'must be another: Cluster API publishes its own images there'],
  ['GCR.io/k8s-staging-cluster-api/sub/path', 'must be another: Cluster API publishes its own images there'],
] as const)
  test(`${said} is refused as a registry`, async () =>
    assert.deepEqual(await complaints(load({ registry: said })), [`registry is ${JSON.stringify(said)}, but ${why} (input registry)`]))

async function withTilt(text: string, given: Record<string, string> = {}, env: Record<string, string> = {}) {
  await writeFile(join(cwd, 'tilt-settings.yaml'), text)
  return load(given, env).finally(() => rm(join(cwd, 'tilt-settings.yaml')))
}

test('a default_registry that nobody logs in to leaves images with the local registry of a kind cluster, as in Tilt, and that is said', async () => {
  const text = 'default_registry: gcr.io/your-project-name-here'
  const { registry, notices } = await withTilt(text)
  assert.equal(registry, undefined)
  assert.deepEqual(notices, [
    'images go to the local registry, as in Tilt with a kind cluster: nobody logs in to gcr.io, which default_registry names (tilt-settings.yaml:1:1); say it as registry to have it used all the same',
  ])
  const used = async (given: Record<string, string>, env: Record<string, string> = {}) => (await withTilt(text, given, env)).registry
  assert.equal(await used({ registry: 'gcr.io/your-project-name-here' }), 'gcr.io/your-project-name-here')
  assert.equal(await used({ kubeconfig: 'kubeconfig' }), 'gcr.io/your-project-name-here')
  assert.equal((await withTilt('actions: {registry: gcr.io/mine}')).registry, 'gcr.io/mine')
  for (const [config, expected] of [
    [{ auths: { 'https://gcr.io': { auth: 'eA==' } } }, 'gcr.io/your-project-name-here'],
    [{ credHelpers: { 'gcr.io': 'gcloud' } }, 'gcr.io/your-project-name-here'],
    [{ auths: { 'ghcr.io': { auth: 'eA==' } } }, undefined],
    // Docker Desktop has a store, whoever is logged in; of those who are, it writes an empty entry.
    [{ credsStore: 'desktop' }, undefined],
    [{ credsStore: 'desktop', auths: { 'gcr.io': {} } }, 'gcr.io/your-project-name-here'],
  ] as const) {
    await writeFile(join(cwd, 'config.json'), JSON.stringify(config))
    assert.equal(await used({}, { DOCKER_CONFIG: cwd }), expected)
  }
})

test('default_registry of tilt-settings is the same, and an empty one is none', async () => {
  const settings = (text: string) => withTilt(text, { 'registry-username': 'me', 'registry-password': 'secret' })
  assert.equal((await settings('default_registry: gcr.io/me')).registry, 'gcr.io/me')
  assert.equal((await withTilt('default_registry: ""')).registry, undefined)
  assert.deepEqual(await complaints(settings('default_registry: gcr.io/k8s-staging-cluster-api/x')), [
    'default_registry is "gcr.io/k8s-staging-cluster-api/x", but must be another: Cluster API publishes its own images there (tilt-settings.yaml:1:1)',
  ])
})

test('a password is a secret as it is written and as HTTP carries it', async () => {
  const { secrets, pullSecret } = await load({ registry: 'ghcr.io/org', 'registry-username': 'robot$ci', 'registry-password': 'pa$$word' })
  const auth = Buffer.from('robot$ci:pa$$word').toString('base64')
  assert.deepEqual(secrets, ['pa$$word', auth])
  assert.equal(redactor(secrets)(`a pa$$word, ${auth}`), 'a ***, ***')
  assert.equal(pullSecret, true)
})

test('pods get a pull secret where a login is said, unless somebody says otherwise', async () => {
  const said = { registry: 'ghcr.io/org', 'registry-username': 'me', 'registry-password': 'word' }
  assert.equal((await load({ registry: 'ghcr.io/org' })).pullSecret, false)
  assert.equal((await load({ registry: 'ghcr.io/org', 'pull-secret': 'true' })).pullSecret, true)
  assert.equal((await load({ ...said, 'pull-secret': 'false' })).pullSecret, false)
})

test('half a login, and one for no registry, are refused', async () => {
  assert.deepEqual(await complaints(load({ registry: 'ghcr.io/org', 'registry-username': 'me' })), [
    'registry-username is set, but not registry-password (input registry-username)',
  ])
  assert.deepEqual(await complaints(load({ registry: 'ghcr.io/org', 'registry-password': 'word' })), [
    'registry-password is set, but not registry-username (input registry-password)',
  ])
  assert.deepEqual(await complaints(load({ 'registry-username': 'me', 'registry-password': 'word' })), [
    'registry-username has no effect: set registry (input registry-username)',
  ])
})

test('a dry run needs no password: a pull request from a fork has none', async () => {
  const said = { registry: 'ghcr.io/org', 'dry-run': 'true' }
  assert.equal((await load({ ...said, 'registry-username': 'me' })).registryPassword, undefined)
  assert.deepEqual(await complaints(load({ ...said, 'registry-password': 'word' })), [
    'registry-password is set, but not registry-username (input registry-password)',
  ])
})

test("a login in a job's environment is no mistake in a step that names no registry", async () => {
  const env = { CAPI_ACTIONS_REGISTRY_USERNAME: 'me', CAPI_ACTIONS_REGISTRY_PASSWORD: 'hidden-word' }
  assert.deepEqual((await load({}, env)).secrets.includes('hidden-word'), true)
})

test('certificates are read from text or a file, without what stands around them', async () => {
  await writeFile(join(cwd, 'ca.pem'), `# our authority\n${ca}`)
  const certificate = ca.trim()
  assert.equal((await load({ registry: 'h.example', 'registry-ca': 'ca.pem' })).registryCa, certificate)
  assert.equal((await load({ registry: 'h.example', 'registry-ca': `${ca}\n${ca}` })).registryCa, `${certificate}\n${certificate}`)
  assert.deepEqual(await complaints(load({ 'registry-ca': 'nowhere.pem' })), [
    'registry-ca is "nowhere.pem", but there is no such file (input registry-ca)',
  ])
  await writeFile(join(cwd, 'key.pem'), '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n')
  assert.deepEqual(await complaints(load({ 'registry-ca': 'key.pem' })), ['registry-ca has no certificate in PEM form (input registry-ca)'])
  const [broken = ''] = await complaints(load({ 'registry-ca': '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----' }))
  assert.match(broken, /^registry-ca has a certificate that cannot be read: .* \(input registry-ca\)$/)
})

test('images are loaded into nodes of kind, and then go to no registry', async () => {
  assert.deepEqual(await complaints(load({ 'image-delivery': 'load', registry: 'ghcr.io/org' })), [
    'image-delivery is load, but images are to go to registry: say one of them (input image-delivery)',
  ])
  assert.deepEqual(await complaints(load({ 'image-delivery': 'load' }, { CAPI_ACTIONS_KUBECONFIG: 'kubeconfig' })), [
    'image-delivery is load, which needs a kind cluster: say its cluster-name instead of kubeconfig (input image-delivery)',
  ])
})
