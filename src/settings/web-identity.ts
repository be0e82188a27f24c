/** Settings with the keys that AWS gives for who this job is. Asked for once, before anything begins, so that they are masked from the first line on. */
import { encodedProfile, keysIn } from '../credentials/aws.ts'
import { identityToken, takeOnRole } from '../credentials/web-identity.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { wantsAws } from './cloud.ts'
import type { Settings } from './settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** @throws Failure where the role is wanted and not given. */
export async function withWebIdentity(settings: Settings, env: Environment, work: Work): Promise<Settings> {
  const { awsRoleArn: role, cloudVariables } = settings
  if (role === undefined || settings.dryRun || !isMeant(settings)) return settings
  const region = cloudVariables.AWS_REGION
  if (region === undefined)
    throw new Failure({
      what: 'aws-role-arn is set, but no region',
      remedy: 'set aws-region, or AWS_REGION in the environment',
      where: settings.sources.awsRoleArn.where,
    })
  const asking = { mirrors: settings.downloadMirrors }
  const token = await identityToken(env, work, asking)
  const keys = await takeOnRole({ role, region, token, env }, work, asking)
  const encoded = encodedProfile(keys, region)
  return {
    ...settings,
    cloudVariables: { ...cloudVariables, AWS_B64ENCODED_CREDENTIALS: encoded },
    secrets: [...settings.secrets, token, keys.secretAccessKey, keys.sessionToken ?? '', encoded].filter(secret => secret !== ''),
  }
}

/** A role that the environment has for all programs of a pod is taken on only for AWS's provider, and not beside keys. */
function isMeant(settings: Settings): boolean {
  const { environment, cloudVariables, credentials, substitutions, sources } = settings
  if (sources.awsRoleArn.kind !== 'environment') return true
  const given = { ...environment, ...credentials, ...substitutions }
  const isThere = given.AWS_B64ENCODED_CREDENTIALS ?? cloudVariables.AWS_B64ENCODED_CREDENTIALS
  return isThere === undefined && keysIn(given) === undefined && wantsAws(settings)
}
