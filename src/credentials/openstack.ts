/** OpenStack: of a clouds.yaml the one cloud that is wanted, as `env.rc` of cluster-api-provider-openstack takes it apart. Pure. */
import { base64 } from './forms.ts'

type Mapping = Readonly<Record<string, unknown>>

export interface OpenStackCloud {
  readonly name: string
  readonly cloud: Mapping
  /** Path of the certificate of its authority, as the file says it. */
  readonly cacert: string | undefined
  /** Values that no log may show. */
  readonly secrets: readonly string[]
}

const SECRET_KEYS = ['password', 'application_credential_secret', 'token']

/** @param clouds A clouds.yaml, read. @returns the cloud, or in a sentence why there is none. */
export function cloudIn(clouds: unknown, wanted: string | undefined, password: string | undefined): OpenStackCloud | string {
  const all = isMapping(clouds) && isMapping(clouds.clouds) ? clouds.clouds : undefined
  if (all === undefined) return 'has no clouds'
  const names = Object.keys(all)
  const name = wanted ?? (names.length === 1 ? names[0] : undefined)
  if (name === undefined)
    return `has ${names.length === 0 ? 'no clouds' : `several clouds, ${names.join(', ')}: say which in openstack-cloud`}`
  const found = all[name]
  if (!isMapping(found)) return `has no cloud ${name}${names.length === 0 ? '' : `, but ${names.join(', ')}`}`
  const auth = isMapping(found.auth) ? found.auth : {}
  const cloud = auth.password || !password ? found : { ...found, auth: { ...auth, password } }
  const secrets = SECRET_KEYS.flatMap(key => {
    const value = isMapping(cloud.auth) ? cloud.auth[key] : undefined
    return typeof value === 'string' ? [value] : []
  })
  return { name, cloud, cacert: typeof found.cacert === 'string' ? found.cacert : undefined, secrets }
}

/** A certificate of nobody is an empty line there, since a Secret wants some value. JSON is YAML too. */
export const openStackVariables = ({ name, cloud }: OpenStackCloud, certificate: string | undefined) => ({
  OPENSTACK_CLOUD: name,
  OPENSTACK_CLOUD_YAML_B64: base64(`${JSON.stringify({ clouds: { [name]: cloud } }, null, 2)}\n`),
  OPENSTACK_CLOUD_CACERT_B64: base64(certificate ?? '\n'),
})

const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value)
