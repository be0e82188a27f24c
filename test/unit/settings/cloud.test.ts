/** What users can say of clouds, and what is made of it. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadSettings } from '../../../src/settings/load.ts'
import { saidSecrets } from '../../../src/settings/secrets.ts'
import { providerVariables, workloadVariables } from '../../../src/settings/variables.ts'

let cwd: string
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'settings-cloud-'))
  await mkdir(join(cwd, '.aws'))
  await writeFile(
    join(cwd, '.aws/credentials'),
    '[default]\naws_access_key_id=AKIA1\naws_secret_access_key=first-secret\n[team]\naws_access_key_id=AKIA2\naws_secret_access_key=second-secret\n',
  )
  await writeFile(join(cwd, '.aws/config'), '[profile team]\nregion = eu-north-1\n[profile sso]\nsso_session = company\n')
  await writeFile(join(cwd, 'key.json'), JSON.stringify({ type: 'service_account', private_key: '-----BEGIN\nsecret\n' }))
  await writeFile(join(cwd, 'ca.pem'), 'a certificate')
  await writeFile(
    join(cwd, 'clouds.yaml'),
    'clouds:\n  one:\n    auth: {auth_url: https://one, password: very-secret}\n    cacert: ca.pem\n  two:\n    auth: {auth_url: https://two}\n',
  )
})
after(() => rm(cwd, { recursive: true }))

const load = (given: Record<string, string>, env: Record<string, string> = {}) => loadSettings({ given, env: { HOME: cwd, ...env }, cwd })
const text = (encoded = ''): string => Buffer.from(encoded, 'base64').toString()

test('keys in the environment become what AWS’s provider asks for, in its manifests and in templates', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'the-secret', AWS_REGION: 'eu-west-1' }
  const settings = await load({ 'workload-template': 'default' }, env)
  const [workload] = settings.workloads
  const { AWS_B64ENCODED_CREDENTIALS: encoded } = providerVariables(settings)
  assert.equal(text(encoded), '[default]\naws_access_key_id = AKIA\naws_secret_access_key = the-secret\nregion = eu-west-1\n\n')
  assert.equal(workload && workloadVariables(settings, workload).AWS_B64ENCODED_CREDENTIALS, encoded)
  for (const secret of ['the-secret', encoded ?? '']) assert.ok(settings.secrets.includes(secret), secret)
})

test('what is encoded already stays as it is', async () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIA',
    AWS_SECRET_ACCESS_KEY: 'the-secret',
    AWS_REGION: 'eu-west-1',
    AWS_B64ENCODED_CREDENTIALS: 'bWluZQ==',
  }
  assert.equal(providerVariables(await load({}, env)).AWS_B64ENCODED_CREDENTIALS, 'bWluZQ==')
})

test('a profile that is named goes before keys of the environment', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'the-secret' }
  const settings = await load({ 'aws-profile': 'team' }, env)
  assert.match(text(providerVariables(settings).AWS_B64ENCODED_CREDENTIALS), /AKIA2\n.*\nregion = eu-north-1/)
  assert.equal(providerVariables(settings).AWS_REGION, 'eu-north-1')
  assert.ok(settings.secrets.includes('second-secret'))
})

test('the default profile is read where AWS’s provider is wanted, and only there', async () => {
  const said = { 'aws-region': 'eu-west-3' }
  assert.match(text(providerVariables(await load({ ...said, providers: 'aws:v2.13.0 core:v1.13' })).AWS_B64ENCODED_CREDENTIALS), /AKIA1/)
  assert.equal(providerVariables(await load(said)).AWS_B64ENCODED_CREDENTIALS, undefined)
})

test('a profile that has no keys is an error that says how to get them', async () => {
  await assert.rejects(load({ 'aws-profile': 'sso' }), {
    message:
      'aws-profile is "sso", but it signs in by SSO, and its keys are in no file: set what `aws configure export-credentials --profile sso --format env` prints',
  })
  await assert.rejects(load({ 'aws-profile': 'nobody' }), {
    message: 'aws-profile is "nobody", but AWS’s configuration files have no such profile',
  })
})

test('credentials that are said go before the environment, and none of them is shown', async () => {
  const settings = await load(
    { credentials: 'HCLOUD_TOKEN=of-the-input\nVSPHERE_USERNAME=me@vsphere' },
    { HCLOUD_TOKEN: 'of-the-environment' },
  )
  assert.equal(providerVariables(settings).HCLOUD_TOKEN, 'of-the-input')
  for (const secret of ['of-the-input', 'me@vsphere', 'of-the-environment']) assert.ok(settings.secrets.includes(secret), secret)
  assert.equal(providerVariables(await load({ credentials: 'A=1', substitutions: 'A=2' })).A, '2')
})

test('Google’s key is read from a file or as text, and is JSON', async () => {
  const ofFile = await load({ 'gcp-credentials': 'key.json' })
  assert.equal(JSON.parse(text(providerVariables(ofFile).GCP_B64ENCODED_CREDENTIALS)).type, 'service_account')
  assert.ok(ofFile.secrets.includes('-----BEGIN\nsecret\n'))
  const ofEnvironment = await load({}, { GOOGLE_APPLICATION_CREDENTIALS: 'key.json' })
  assert.equal(ofEnvironment.cloudVariables.GCP_B64ENCODED_CREDENTIALS, ofFile.cloudVariables.GCP_B64ENCODED_CREDENTIALS)
  assert.equal(text((await load({ 'gcp-credentials': '{"type": "x"}' })).cloudVariables.GCP_B64ENCODED_CREDENTIALS), '{"type": "x"}')
  await assert.rejects(load({ 'gcp-credentials': 'clouds.yaml' }), {
    message: 'gcp-credentials is no JSON object: it is to be the key file of a service account',
  })
  await assert.rejects(load({ 'gcp-credentials': 'gone.json' }), { message: 'gcp-credentials names no file that can be read' })
  assert.deepEqual((await load({}, { GOOGLE_APPLICATION_CREDENTIALS: 'gone.json' })).cloudVariables, {})
})

test('of a clouds.yaml the cloud that is wanted is encoded, with the certificate of its authority', async () => {
  const { cloudVariables, secrets } = await load({ 'openstack-clouds': 'clouds.yaml', 'openstack-cloud': 'one' })
  assert.equal(cloudVariables.OPENSTACK_CLOUD, 'one')
  assert.deepEqual(JSON.parse(text(cloudVariables.OPENSTACK_CLOUD_YAML_B64)), {
    clouds: { one: { auth: { auth_url: 'https://one', password: 'very-secret' }, cacert: 'ca.pem' } },
  })
  assert.equal(text(cloudVariables.OPENSTACK_CLOUD_CACERT_B64), 'a certificate')
  for (const secret of ['very-secret', cloudVariables.OPENSTACK_CLOUD_YAML_B64 ?? '']) assert.ok(secrets.includes(secret))
})

test('a cloud without its password has that of OS_PASSWORD, and one without an authority an empty line', async () => {
  const { cloudVariables } = await load({ 'openstack-clouds': 'clouds.yaml', 'openstack-cloud': 'two' }, { OS_PASSWORD: 'of-os-password' })
  assert.match(text(cloudVariables.OPENSTACK_CLOUD_YAML_B64), /"password": "of-os-password"/)
  assert.equal(text(cloudVariables.OPENSTACK_CLOUD_CACERT_B64), '\n')
})

test('of several clouds one is to be said, and one that is there', async () => {
  await assert.rejects(load({ 'openstack-clouds': 'clouds.yaml' }), {
    message: 'openstack-clouds has several clouds, one, two: say which in openstack-cloud',
  })
  await assert.rejects(load({ 'openstack-clouds': 'clouds.yaml', 'openstack-cloud': 'three' }), {
    message: 'openstack-clouds has no cloud three, but one, two',
  })
})

test('the path of a key file is no secret, its text is', async () => {
  const { secrets } = await load({ 'gcp-credentials': 'key.json', 'openstack-clouds': 'clouds.yaml', 'openstack-cloud': 'one' })
  assert.equal(secrets.includes('key.json') || secrets.includes('clouds.yaml'), false)
  assert.deepEqual(saidSecrets({ given: { 'gcp-credentials': 'key.json', credentials: 'A=b' }, env: {} }), ['A=b'])
})
