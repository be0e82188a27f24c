/** AWS: from keys, or a profile of its configuration files, to `AWS_B64ENCODED_CREDENTIALS` as clusterawsadm encodes it. Pure. */
import { base64, iniSections } from './forms.ts'

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

/**
 * Byte for byte what `clusterawsadm bootstrap credentials encode-as-profile` writes (cmd/clusterawsadm/credentials of cluster-api-provider-aws v2.13; a nightly test
 * compares both).
 */
export function encodedProfile({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys, region: string): string {
  const lines = ['[default]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`, `region = ${region}`]
  const session = sessionToken ? ['', `aws_session_token = ${sessionToken}`, ''] : ['']
  return base64([...lines, ...session, ''].join('\n'))
}

/** Keys by the names that AWS's tools read from the environment; nothing where they are not whole. */
export function keysIn(given: Readonly<Record<string, string | undefined>>): AwsKeys | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = given
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined
}

export interface Profile {
  readonly keys: AwsKeys | undefined
  readonly region: string | undefined
  /** How it gets its keys, where those are in no file: `sso`, a role, another program. */
  readonly otherwise: string | undefined
}

/** What keeps a profile's keys out of files (AWS CLI, configuration variables). */
const OTHERWISE: Readonly<Record<string, string>> = {
  sso_session: 'it signs in by SSO',
  sso_start_url: 'it signs in by SSO',
  role_arn: 'it takes on a role',
  credential_process: 'another program gives them',
  credential_source: 'the machine gives them',
}

/** A profile of `credentials` and `config`, the texts of AWS's two files; nothing where neither has it. */
export function profileIn(name: string, credentials: string, config: string): Profile | undefined {
  const ofCredentials = iniSections(credentials).get(name)
  const ofConfig = iniSections(config).get(name === 'default' ? name : `profile ${name}`)
  if (ofCredentials === undefined && ofConfig === undefined) return undefined
  const both: Readonly<Record<string, string>> = { ...ofConfig, ...ofCredentials }
  const keys = keysIn({
    AWS_ACCESS_KEY_ID: both.aws_access_key_id,
    AWS_SECRET_ACCESS_KEY: both.aws_secret_access_key,
    AWS_SESSION_TOKEN: both.aws_session_token,
  })
  const reason = Object.keys(OTHERWISE).find(key => both[key] !== undefined)
  return { keys, region: both.region, otherwise: keys === undefined && reason !== undefined ? OTHERWISE[reason] : undefined }
}
