/** Against a server that answers as AWS's security token service and GitHub's token endpoint do. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { identityToken, takeOnRole } from '../../../src/credentials/web-identity.ts'
import { Failure } from '../../../src/host/failure.ts'
import type { Work } from '../../../src/host/work.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { withWebIdentity } from '../../../src/settings/web-identity.ts'
import { type Answer, serve } from '../host/fault-server.ts'

const work: Work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const clock = { now: Date.now, sleep: async () => {}, random: () => 0 }
const ROLE = 'arn:aws:iam::123456789012:role/capa'

const KEYS = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
  <Credentials><SessionToken>session//token==</SessionToken><SecretAccessKey>a/secret+key</SecretAccessKey>
  <Expiration>2026-01-01T00:00:00Z</Expiration><AccessKeyId>ASIAEXAMPLE</AccessKeyId></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
const REFUSAL = `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>
<Message>No OpenIDConnect provider found in your account</Message></Error></ErrorResponse>`

const sent: URLSearchParams[] = []
const sts: Answer = (request, response) => {
  let body = ''
  request.on('data', chunk => {
    body += chunk
  })
  request.on('end', () => {
    sent.push(new URLSearchParams(body))
    response.end(KEYS)
  })
}

test('a role is taken on by a token, which is on no URL', async () => {
  await using server = await serve({ '/sts/': sts })
  const mirrors = { 'sts.eu-north-1.amazonaws.com': `${server.base}/sts` }
  const keys = await takeOnRole({ role: ROLE, region: 'eu-north-1', token: 'jwt', env: {} }, work, { mirrors, clock })
  assert.deepEqual(keys, { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'a/secret+key', sessionToken: 'session//token==' })
  const form = sent.at(-1)
  assert.equal(form?.get('Action'), 'AssumeRoleWithWebIdentity')
  assert.equal(form?.get('RoleArn'), ROLE)
  assert.equal(form?.get('WebIdentityToken'), 'jwt')
  assert.equal(server.requests[0]?.path, '/sts/')
})

test('a busy service is asked again, a refusal is not', async () => {
  const busy: Answer = (_, response) => void response.writeHead(503).end()
  const refusing: Answer = (_, response) => void response.writeHead(400).end(REFUSAL)
  await using server = await serve({ '/': [busy, sts], '/no/': refusing })
  const request = { role: ROLE, region: 'eu-north-1', token: 'jwt' }
  const asking = { mirrors: {}, clock }
  assert.equal((await takeOnRole({ ...request, env: { AWS_ENDPOINT_URL_STS: server.base } }, work, asking)).accessKeyId, 'ASIAEXAMPLE')
  await assert.rejects(takeOnRole({ ...request, env: { AWS_ENDPOINT_URL_STS: `${server.base}/no/` } }, work, asking), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, `role ${ROLE} is not given`)
    assert.equal(error.why, 'InvalidIdentityToken: No OpenIDConnect provider found in your account')
    assert.match(error.remedy ?? '', /trust policy has this repository/)
    return true
  })
  assert.equal(server.requests.filter(({ path }) => path === '/no/').length, 1)
})

test('GitHub gives the token of a job that may ask for one', async () => {
  const answer: Answer = (_, response) => void response.end('{"value": "jwt of the job"}')
  await using server = await serve({ '/token': answer })
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: `${server.base}/token?api-version=2.0`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' }
  assert.equal(await identityToken(env, work, { mirrors: {}, clock }), 'jwt of the job')
  assert.equal(server.requests[0]?.path, '/token?api-version=2.0&audience=sts.amazonaws.com')
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer bearer')
})

test('without the permission, the permission is named', async () => {
  await assert.rejects(identityToken({}, work, { mirrors: {}, clock }), { remedy: 'give the job the permission `id-token: write`' })
})

test('settings get the keys of the role, encoded and masked, where the role is meant', async () => {
  await using server = await serve({ '/': sts })
  const folder = await mkdtemp(join(tmpdir(), 'web-identity-'))
  try {
    await writeFile(join(folder, 'token'), 'jwt\n')
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
      AWS_ROLE_ARN: ROLE,
      AWS_REGION: 'eu-north-1',
      AWS_ENDPOINT_URL_STS: server.base,
    }
    const load = (given: Record<string, string>, more: Record<string, string> = {}) =>
      loadSettings({ given, env: { ...env, ...more }, cwd: folder }).then(settings => withWebIdentity(settings, { ...env, ...more }, work))
    const meant = await load({ providers: 'core:v1.13 aws:v2.13.0' })
    const encoded = meant.cloudVariables.AWS_B64ENCODED_CREDENTIALS ?? ''
    assert.match(Buffer.from(encoded, 'base64').toString(), /^aws_session_token = session\/\/token==$/m)
    for (const secret of ['a/secret+key', 'session//token==', encoded]) assert.ok(meant.secrets.includes(secret), secret)
    const asked = server.requests.length
    for (const settings of [
      await load({ providers: 'docker' }),
      await load({ providers: 'aws' }, { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'secret' }),
      await load({ providers: 'aws', 'dry-run': 'true' }),
    ])
      assert.equal(settings.secrets.includes('a/secret+key'), false)
    assert.equal(server.requests.length, asked)
    assert.ok((await load({ providers: 'docker', 'aws-role-arn': ROLE })).cloudVariables.AWS_B64ENCODED_CREDENTIALS)
  } finally {
    await rm(folder, { recursive: true })
  }
})
