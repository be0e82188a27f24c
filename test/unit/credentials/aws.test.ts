import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodedProfile, profileIn } from '../../../src/credentials/aws.ts'

const text = (encoded: string): string => Buffer.from(encoded, 'base64').toString()

// What clusterawsadm's template makes of the same (seen: Go's text/template on it).
test('keys are encoded as clusterawsadm does, byte for byte', () => {
  const keys = { accessKeyId: 'A', secretAccessKey: 'S' }
  assert.equal(text(encodedProfile(keys, 'R')), '[default]\naws_access_key_id = A\naws_secret_access_key = S\nregion = R\n\n')
  assert.equal(
    text(encodedProfile({ ...keys, sessionToken: 'T' }, 'R')),
    '[default]\naws_access_key_id = A\naws_secret_access_key = S\nregion = R\n\naws_session_token = T\n\n',
  )
})

const CREDENTIALS = `
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = a/b+c=
# of the team
[team]
aws_access_key_id=AKIATEAM
aws_secret_access_key=secret
aws_session_token=token==
`
const CONFIG = `[default]
region = eu-central-1
s3 =
  region = nowhere
[profile team]
region = eu-north-1
[profile sso]
sso_session = company
`

test('a profile has its keys of one file and its region of the other', () => {
  assert.deepEqual(profileIn('team', CREDENTIALS, CONFIG), {
    keys: { accessKeyId: 'AKIATEAM', secretAccessKey: 'secret', sessionToken: 'token==' },
    region: 'eu-north-1',
    otherwise: undefined,
  })
  assert.deepEqual(profileIn('default', CREDENTIALS, CONFIG)?.keys?.secretAccessKey, 'a/b+c=')
  assert.equal(profileIn('default', CREDENTIALS, CONFIG)?.region, 'eu-central-1')
})

test('a profile without keys says how it gets them', () => {
  assert.deepEqual(profileIn('sso', CREDENTIALS, CONFIG), { keys: undefined, region: undefined, otherwise: 'it signs in by SSO' })
  assert.equal(profileIn('other', CREDENTIALS, CONFIG), undefined)
})
