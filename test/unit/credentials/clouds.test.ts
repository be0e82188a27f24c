import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivations, derived, howToGet } from '../../../src/credentials/clouds.ts'
import { flawOf } from '../../../src/credentials/values.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('what Azure’s tools call its account is encoded as its provider asks for it', () => {
  assert.deepEqual(derived({ AZURE_SUBSCRIPTION_ID: 's', AZURE_TENANT_ID: 't' }), {
    AZURE_SUBSCRIPTION_ID_B64: 'cw==',
    AZURE_TENANT_ID_B64: 'dA==',
  })
})

test('the JSON of azure/login is taken apart, and encoded', () => {
  const made = derived({ AZURE_CREDENTIALS: JSON.stringify({ clientId: 'c', clientSecret: 'x', subscriptionId: 's', tenantId: 't' }) })
  assert.equal(made.AZURE_CLIENT_ID, 'c')
  assert.equal(made.AZURE_CLIENT_SECRET_B64, base64('x'))
})

test('what is given is not made anew', () => {
  assert.deepEqual(derived({ DIGITALOCEAN_ACCESS_TOKEN: 'token', DO_B64ENCODED_CREDENTIALS: 'bWluZQ==' }), {})
})

test('nothing is made from a part of what is needed', () => {
  assert.deepEqual(derived({ CLOUDSTACK_API_URL: 'https://c', CLOUDSTACK_API_KEY: 'k' }), {})
})

test('CloudStack’s keys become its cloud-config', () => {
  const { CLOUDSTACK_B64ENCODED_SECRET = '' } = derived({
    CLOUDSTACK_API_URL: 'https://c/client/api',
    CLOUDSTACK_API_KEY: 'k',
    CLOUDSTACK_SECRET_KEY: 's',
  })
  const config = Buffer.from(CLOUDSTACK_B64ENCODED_SECRET, 'base64').toString()
  assert.equal(config, '[Global]\napi-url = https://c/client/api\napi-key = k\nsecret-key = s\n')
})

for (const [variable, from] of [
  ['DO_B64ENCODED_CREDENTIALS', 'DIGITALOCEAN_ACCESS_TOKEN'],
  ['OCI_TENANCY_ID_B64', 'OCI_TENANCY_ID'],
  ['BASE64_API_KEY', 'IBMCLOUD_API_KEY'],
] as const)
  test(`${variable} is ${from} in base64`, () => assert.equal(derived({ [from]: 'värde' })[variable], base64('värde')))

for (const [variable, from] of [
  ['VSPHERE_PASSWORD', 'GOVC_PASSWORD'],
  ['LINODE_TOKEN', 'LINODE_CLI_TOKEN'],
  ['PACKET_API_KEY', 'METAL_AUTH_TOKEN'],
] as const)
  test(`${variable} is taken from ${from}`, () => assert.equal(derived({ [from]: 'x' })[variable], 'x'))

test('every variable that can be made, or that we know the origin of, says so in a sentence', () => {
  for (const { variable, from } of derivations)
    assert.ok(
      from.every(name => howToGet(variable)?.includes(name)),
      variable,
    )
  for (const variable of ['AWS_B64ENCODED_CREDENTIALS', 'GCP_B64ENCODED_CREDENTIALS', 'HCLOUD_TOKEN', 'PROXMOX_TOKEN', 'MAAS_API_KEY'])
    assert.ok(howToGet(variable)?.startsWith(`${variable} is `), variable)
  assert.equal(howToGet('REGION'), undefined)
})

test('a value that is to be base64 and is not is found by the name of its variable', () => {
  assert.equal(flawOf('AZURE_CLIENT_ID_B64', 'plain-text!'), 'is not base64')
  assert.equal(
    flawOf('AWS_B64ENCODED_CREDENTIALS', 'YWJj\nZGVm'),
    'is base64 on several lines, which a manifest does not take: encode it with base64 -w0',
  )
  assert.equal(flawOf('AWS_B64ENCODED_CREDENTIALS', 'YWJjZGVm'), undefined)
  assert.equal(flawOf('BASE64_API_KEY', 'YQ'), 'is not base64')
  assert.equal(flawOf('HCLOUD_TOKEN', 'plain-text!'), undefined)
})

test('Google’s key is a JSON object', () => {
  assert.equal(
    flawOf('GCP_B64ENCODED_CREDENTIALS', base64('no json')),
    'is base64, but not of a JSON object: encode the key file of a service account',
  )
  assert.equal(flawOf('GCP_B64ENCODED_CREDENTIALS', base64('{"type": "service_account"}')), undefined)
})
