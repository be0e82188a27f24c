/** Web identity: GitHub, or the cluster that a runner is a pod of, says who the job is, and AWS gives keys for a while: no key is kept anywhere. */
import { readFile } from 'node:fs/promises'
import { Failure, messageOf } from '../host/failure.ts'
import { aim, type DownloadMirrors } from '../host/mirrors.ts'
import { backOff, type Clock, isPassing, systemClock } from '../host/retry.ts'
import type { Work } from '../host/work.ts'
import type { AwsKeys } from './aws.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface Asking {
  readonly mirrors: DownloadMirrors
  readonly clock?: Clock
}

/** Whom AWS takes the tokens of GitHub for, by convention of aws-actions/configure-aws-credentials. */
const AUDIENCE = 'sts.amazonaws.com'
const ATTEMPTS = 4
/** ms until an answer has to be there. */
const PATIENCE = 30_000

/**
 * A token that says who this job is: of a file that the environment names (EKS), else of GitHub.
 * @throws Failure where there is none.
 */
export async function identityToken(env: Environment, work: Work, asking: Asking): Promise<string> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env
  if (file) {
    return (
      await readFile(file, 'utf8').catch((cause: unknown) => {
        const what = 'the token of the web identity can’t be read'
        throw new Failure({ what, why: messageOf(cause), where: 'AWS_WEB_IDENTITY_TOKEN_FILE in the environment', cause })
      })
    ).trim()
  }
  if (!url || !token)
    throw new Failure({
      what: 'nobody says who this job is: aws-role-arn can’t be taken on',
      why: 'neither GitHub nor AWS_WEB_IDENTITY_TOKEN_FILE has an identity token for it',
      remedy: 'give the job the permission `id-token: write`',
    })
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  const text = await ask(`${url}&audience=${AUDIENCE}`, { headers }, 'the identity token of this job', work, asking)
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'string') return value.value
  throw new Failure({ what: 'GitHub’s answer has no identity token', remedy: 'see whether the runner is up to date' })
}

export interface RoleRequest {
  readonly role: string
  readonly region: string
  readonly token: string
  readonly env: Environment
}

/** @throws Failure with AWS's own words where it refuses. */
export async function takeOnRole({ role, region, token, env }: RoleRequest, work: Work, asking: Asking): Promise<AwsKeys> {
  const endpoint = env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL || `https://sts.${region}.${domainOf(region)}`
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || 'capi-actions',
    WebIdentityToken: token,
  })
  const answer = await ask(endpoint, { method: 'POST', body }, `role ${role}`, work, asking)
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(name => element(answer, name))
  if (accessKeyId && secretAccessKey && sessionToken) return { accessKeyId, secretAccessKey, sessionToken }
  throw new Failure({
    what: `role ${role}: the answer has no keys`,
    where: endpoint,
    remedy: 'see whether something answers in AWS’s place',
  })
}

const domainOf = (region: string): string => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com')

/** The text of the first element of this name; keys and tokens hold no character that XML escapes. */
const element = (xml: string, name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim()

async function ask(
  url: string,
  request: RequestInit,
  subject: string,
  work: Work,
  { mirrors, clock = systemClock }: Asking,
): Promise<string> {
  const { address, headers } = aim(url, mirrors)
  const place = new URL(address).origin
  for (let attempt = 1; ; attempt++) {
    const signal = AbortSignal.any([work.signal, AbortSignal.timeout(PATIENCE)])
    const outcome = await fetch(address, { ...request, headers: { ...headers, ...request.headers }, signal }).then(
      async response => ({ status: response.status, text: await response.text() }),
      (cause: unknown) => {
        work.signal.throwIfAborted()
        return { status: 599, text: '', cause }
      },
    )
    if (outcome.status < 300) return outcome.text
    if (!isPassing(outcome.status) || attempt === ATTEMPTS) throw refused(subject, place, outcome)
    await clock.sleep(backOff(attempt, clock.random()) * 1000, work.signal)
  }
}

function refused(subject: string, place: string, { status, text, cause }: { status: number; text: string; cause?: unknown }): Failure {
  const said = [element(text, 'Code'), element(text, 'Message')].filter(part => part).join(': ')
  const remedy = ['AccessDenied', 'InvalidIdentityToken'].includes(element(text, 'Code') ?? '')
    ? 'see whether AWS knows the identity provider, and the role’s trust policy has this repository'
    : 'try again later, or set AWS_ENDPOINT_URL_STS to an address that answers'
  const why = cause === undefined ? said || `the server answered ${status}` : messageOf(cause)
  return new Failure({ what: `${subject} is not given`, why, remedy, where: place, cause })
}
