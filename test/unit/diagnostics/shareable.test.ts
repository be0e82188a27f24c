import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareable } from '../../../src/diagnostics/shareable.ts'

const shown = (spec: unknown) => shareable({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec }).spec

test('environment variables and variables of a ClusterClass with the name of a secret are starred, whatever they hold', () => {
  const variables = [
    { name: 'AWS_B64ENCODED_CREDENTIALS', value: 'abc' },
    { name: 'registryPassword', value: { user: 'me', key: 'abc' } },
    { name: 'API_TOKEN', value: '' },
    { name: 'GITHUB_TOKEN', valueFrom: { secretKeyRef: { name: 'github', key: 'token' } } },
    { name: 'LOG_LEVEL', value: '5' },
  ]
  assert.deepEqual(shown({ env: variables }), {
    env: [
      { name: 'AWS_B64ENCODED_CREDENTIALS', value: '***' },
      { name: 'registryPassword', value: '***' },
      { name: 'API_TOKEN', value: '' },
      { name: 'GITHUB_TOKEN', valueFrom: { secretKeyRef: { name: 'github', key: 'token' } } },
      { name: 'LOG_LEVEL', value: '5' },
    ],
  })
})

test('texts in fields with the name of a secret are starred, where a secret is to be found is not', () => {
  const spec = { token: 'abc', tokens: ['abc'], users: [{ name: 'root', passwd: 'abc', lockPassword: true }], apiKey: 'abc' }
  const said = {
    dataSecretName: 'x',
    secret: { secretName: 'y' },
    tokenFile: '/z',
    bootstrapToken: { ttl: '1h' },
    privateKey: { size: 2048 },
  }
  assert.deepEqual(shown({ ...spec, ...said }), {
    ...{ token: '***', tokens: ['***'], users: [{ name: 'root', passwd: '***', lockPassword: true }], apiKey: '***' },
    ...said,
  })
})

test('arguments with the name of a secret are starred, files and switches are not', () => {
  const others = ['--tls-private-key-file=/etc/key', '--enable-bootstrap-token-auth=true', '--v=5', '--password', 'a=b']
  assert.deepEqual(shown({ args: ['--bmc-password=a=b', '-token=a', ...others] }), {
    args: ['--bmc-password=***', '-token=***', ...others],
  })
})

test('who manages which field, and the whole object once more in an annotation, are left out', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', note: 'x' }
  const metadata = { name: 'p', managedFields: [{}], annotations }
  assert.deepEqual(shareable({ apiVersion: 'v1', kind: 'Pod', metadata }), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations: { note: 'x' } },
  })
})
