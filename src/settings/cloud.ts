/** What is said of clouds, made into the variables that their providers ask for. Files are read here; the rest is the credentials room's. */
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { encodedProfile, keysIn, type Profile, profileIn } from '../credentials/aws.ts'
import { derived } from '../credentials/clouds.ts'
import { base64, jsonObject } from '../credentials/forms.ts'
import { cloudIn, openStackVariables } from '../credentials/openstack.ts'
import { messageOf } from '../host/failure.ts'
import { parseYaml } from '../manifests/yaml.ts'
import type { FieldValues } from './fields.ts'
import { readReference } from './provider-reference.ts'
import type { Problem, Said } from './said.ts'
import { secretValues } from './secret-names.ts'
import type { Variables } from './variables.ts'

export interface CloudSettings {
  readonly variables: Variables
  /** Values that no log may show. */
  readonly secrets: readonly string[]
}

interface Saying {
  readonly known: Partial<FieldValues>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the process, as far as manifests may use it. */
  readonly environment: Variables
  readonly said: (key: 'awsProfile' | 'gcpCredentials' | 'openstackClouds') => Said | undefined
  readonly problems: Problem[]
}

const none: CloudSettings = { variables: {}, secrets: [] }

export async function readCloud(saying: Saying): Promise<CloudSettings> {
  const { known, environment } = saying
  const { credentials = {}, substitutions = {} } = known
  const given = { ...environment, ...credentials, ...substitutions }
  const parts = await Promise.all([readAws(saying, given), readGoogle(saying), readOpenStack(saying, given)])
  const ofFiles = Object.assign({}, ...parts.map(({ variables }) => variables)) as Variables
  const made = Object.fromEntries(Object.entries(ofFiles).filter(([name]) => !given[name] || name === 'AWS_REGION'))
  const more = derived({ ...made, ...given })
  const variables = { ...credentials, ...made, ...more }
  return {
    variables,
    secrets: [...Object.values(credentials), ...secretValues({ ...made, ...more }), ...parts.flatMap(one => one.secrets)],
  }
}

/** Whether AWS's provider is wanted by name: only then what nobody speaks of is looked for. */
export const wantsAws = ({ providers = [] }: { readonly providers?: readonly string[] | undefined }): boolean =>
  providers.some(said => ['aws', 'infrastructure-aws'].includes(readReference(said).name))

async function readAws(saying: Saying, given: Variables): Promise<CloudSettings> {
  const { known, said, problems } = saying
  const named = said('awsProfile')
  const ofEnvironment = keysIn(given)
  // A profile that somebody names goes before keys that happen to be in the environment; `AWS_PROFILE` there does not, as for AWS's tools.
  const asked = known.awsProfile !== undefined && (named?.source.kind !== 'environment' || ofEnvironment === undefined)
  const profile = asked || (ofEnvironment === undefined && wantsAws(known)) ? await profileOf(saying) : undefined
  if (asked && profile?.keys === undefined && named?.source.kind !== 'environment')
    problems.push({ text: noKeys(known.awsProfile ?? 'default', profile), where: named?.source.where ?? 'default' })
  const keys = profile?.keys ?? (asked ? undefined : ofEnvironment)
  const region = known.awsRegion ?? given.AWS_REGION ?? profile?.region
  const regional = region === undefined ? {} : { AWS_REGION: region }
  if (keys === undefined || region === undefined) return { variables: regional, secrets: keys ? [keys.secretAccessKey] : [] }
  const { secretAccessKey, sessionToken } = keys
  return {
    variables: { ...regional, AWS_B64ENCODED_CREDENTIALS: encodedProfile(keys, region) },
    secrets: [secretAccessKey, ...(sessionToken ? [sessionToken] : [])],
  }
}

function noKeys(name: string, profile: Profile | undefined): string {
  if (profile === undefined) return `aws-profile is ${JSON.stringify(name)}, but AWS’s configuration files have no such profile`
  const why = profile.otherwise === undefined ? 'it has no keys' : `${profile.otherwise}, and its keys are in no file`
  return `aws-profile is ${JSON.stringify(name)}, but ${why}: set what \`aws configure export-credentials --profile ${name} --format env\` prints`
}

async function profileOf({ known, env }: Saying): Promise<Profile | undefined> {
  const inHome = (file: string) => (env.HOME ? join(env.HOME, '.aws', file) : undefined)
  const [credentials, config] = await Promise.all(
    [env.AWS_SHARED_CREDENTIALS_FILE || inHome('credentials'), env.AWS_CONFIG_FILE || inHome('config')].map(textOf),
  )
  return profileIn(known.awsProfile ?? 'default', credentials ?? '', config ?? '')
}

const textOf = async (file: string | undefined): Promise<string> => (file === undefined ? '' : readFile(file, 'utf8').catch(() => ''))

async function readGoogle({ said, problems }: Saying): Promise<CloudSettings> {
  const found = await textSaid(said('gcpCredentials'), text => text.startsWith('{'), problems)
  if (found === undefined) return none
  const key = jsonObject(found.text)
  if (key === undefined) {
    complain(found.said, 'is no JSON object: it is to be the key file of a service account', problems)
    return none
  }
  const secret = typeof key.private_key === 'string' ? key.private_key : ''
  // As it is, and as JSON writes it.
  const secrets = secret === '' ? [] : [secret, JSON.stringify(secret).slice(1, -1)]
  return { variables: { GCP_B64ENCODED_CREDENTIALS: base64(found.text) }, secrets }
}

async function readOpenStack({ known, said, problems }: Saying, given: Variables): Promise<CloudSettings> {
  const found = await textSaid(said('openstackClouds'), text => /[\n{]/.test(text), problems)
  const named: Variables = known.openstackCloud === undefined ? {} : { OPENSTACK_CLOUD: known.openstackCloud }
  if (found === undefined) return { variables: named, secrets: [] }
  try {
    const cloud = cloudIn(parseYaml(found.text, found.file).value, known.openstackCloud, given.OS_PASSWORD)
    if (typeof cloud === 'string') {
      complain(found.said, cloud, problems)
      return none
    }
    const file = cloud.cacert ?? given.OS_CACERT
    const certificate = file === undefined ? undefined : await readFile(resolve(found.folder, file), 'utf8')
    const variables = openStackVariables(cloud, certificate)
    return { variables, secrets: [...cloud.secrets, variables.OPENSTACK_CLOUD_YAML_B64] }
  } catch (error) {
    complain(found.said, `can’t be used: ${messageOf(error)}`, problems)
    return none
  }
}

interface TextSaid {
  readonly said: Said
  readonly text: string
  readonly file: string
  readonly folder: string
}

/** The text that was said, or that of the file that was said. A file that the environment speaks of for the sake of others may be missing. */
async function textSaid(said: Said | undefined, isText: (text: string) => boolean, problems: Problem[]): Promise<TextSaid | undefined> {
  if (said === undefined || typeof said.raw !== 'string') return undefined
  const raw = said.raw.trim()
  if (isText(raw)) return { said, text: raw, file: said.name, folder: said.base }
  const file = resolve(said.base, raw)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return { said, text, file, folder: dirname(file) }
  complain(said, 'names no file that can be read', problems)
  return undefined
}

function complain({ name, source, whereOf }: Said, text: string, problems: Problem[]): void {
  if (source.kind !== 'environment') problems.push({ text: `${name} ${text}`, where: whereOf([]) })
}
