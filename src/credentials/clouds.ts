/**
 * The credentials room: from what clouds and their own tools call credentials to the variables that their providers ask for, as data. Nothing here is said to anybody:
 * which variables are asked for is read from components and templates, and this table only answers. Sources: each provider's own docs, and Cluster API's quick start.
 */
import { azureAccount, base64, cloudStackConfig } from './forms.ts'

export type Variables = Readonly<Record<string, string>>

/** One variable, made from others. */
export interface Derivation {
  readonly variable: string
  /** All of them are needed. */
  readonly from: readonly [string, ...string[]]
  /** Undefined where what they hold has no such part. */
  readonly make: (values: readonly string[]) => string | undefined
}

const encoded = (variable: string, from: string): Derivation => ({ variable, from: [from], make: ([value = '']) => base64(value) })
const same = (variable: string, from: string): Derivation => ({ variable, from: [from], make: ([value]) => value })
const b64 = (...names: readonly string[]): readonly Derivation[] => names.map(name => encoded(`${name}_B64`, name))

const AZURE = ['AZURE_SUBSCRIPTION_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'] as const

/** In an order in which what is made stands before what is made from that. AWS, Google's file and clouds.yaml are read from files too: see `aws.ts`, `files.ts`. */
export const derivations: readonly Derivation[] = [
  // What the action azure/login takes as `creds`.
  ...AZURE.map((variable): Derivation => ({ variable, from: ['AZURE_CREDENTIALS'], make: ([json = '']) => azureAccount(json)[variable] })),
  ...b64(...AZURE, 'AZURE_SSH_PUBLIC_KEY'),
  encoded('DO_B64ENCODED_CREDENTIALS', 'DIGITALOCEAN_ACCESS_TOKEN'),
  // Terraform's names.
  {
    variable: 'CLOUDSTACK_B64ENCODED_SECRET',
    from: ['CLOUDSTACK_API_URL', 'CLOUDSTACK_API_KEY', 'CLOUDSTACK_SECRET_KEY'],
    make: ([url = '', key = '', secret = '']) => base64(cloudStackConfig(url, key, secret)),
  },
  ...b64('OCI_TENANCY_ID', 'OCI_USER_ID', 'OCI_REGION', 'OCI_CREDENTIALS_FINGERPRINT', 'OCI_CREDENTIALS_KEY', 'OCI_CREDENTIALS_PASSPHRASE'),
  ...b64('OCI_SESSION_TOKEN', 'OCI_SESSION_PRIVATE_KEY', 'USE_INSTANCE_PRINCIPAL', 'USE_SESSION_TOKEN'),
  // govc's names.
  same('VSPHERE_SERVER', 'GOVC_URL'),
  same('VSPHERE_USERNAME', 'GOVC_USERNAME'),
  same('VSPHERE_PASSWORD', 'GOVC_PASSWORD'),
  same('LINODE_TOKEN', 'LINODE_CLI_TOKEN'),
  same('PACKET_API_KEY', 'METAL_AUTH_TOKEN'),
  encoded('BASE64_API_KEY', 'IBMCLOUD_API_KEY'),
]

/** Where users get what can't be made from anything else. Each ends the sentence "NAME is …". */
const origins: Variables = {
  HCLOUD_TOKEN: 'an API token of a Hetzner Cloud project, which may read and write',
  HETZNER_ROBOT_USER: 'the user of Hetzner Robot’s web service',
  HETZNER_ROBOT_PASSWORD: 'the password of Hetzner Robot’s web service',
  PROXMOX_URL: 'the address of the Proxmox VE API, such as https://pve.example:8006',
  PROXMOX_TOKEN: 'the id of an API token of Proxmox VE, such as capmox@pve!capi',
  PROXMOX_SECRET: 'the secret of the API token of PROXMOX_TOKEN',
  LINODE_TOKEN: 'a personal access token of Linode',
  IBMCLOUD_API_KEY: 'an API key of IBM Cloud (ibmcloud iam api-key-create)',
  VULTR_API_KEY: 'an API key of a Vultr account',
  PACKET_API_KEY: 'an API key of a project of Equinix Metal',
  NUTANIX_ENDPOINT: 'the host of Prism Central',
  NUTANIX_USER: 'a user of Prism Central',
  NUTANIX_PASSWORD: 'the password of NUTANIX_USER',
  NUTANIX_API_KEY: 'an API key of Prism Central',
  MAAS_ENDPOINT: 'the address of MAAS, such as http://maas.example:5240/MAAS',
  MAAS_API_KEY: 'an API key of a user of MAAS (maas apikey)',
  VSPHERE_SERVER: 'the host of vCenter',
  VSPHERE_USERNAME: 'a user of vCenter, with its domain',
  VSPHERE_PASSWORD: 'the password of VSPHERE_USERNAME',
  VSPHERE_TLS_THUMBPRINT: 'the thumbprint of vCenter’s certificate (govc about.cert -thumbprint)',
  DIGITALOCEAN_ACCESS_TOKEN: 'a personal access token of DigitalOcean',
  SCW_ACCESS_KEY: 'the access key of an API key of Scaleway',
  SCW_SECRET_KEY: 'the secret key of an API key of Scaleway',
  SCW_PROJECT_ID: 'the id of a project of Scaleway',
}

/** Made by code of their own; what they are made from, in words. */
const madeElsewhere: Variables = {
  AWS_B64ENCODED_CREDENTIALS:
    'made from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN) and AWS_REGION, or from the inputs aws-profile or aws-role-arn',
  GCP_B64ENCODED_CREDENTIALS: 'made from the key of a service account: the input gcp-credentials, or GOOGLE_APPLICATION_CREDENTIALS',
  OPENSTACK_CLOUD_YAML_B64: 'made from the input openstack-clouds (a clouds.yaml), or OS_CLIENT_CONFIG_FILE',
  OPENSTACK_CLOUD_CACERT_B64: 'made from the input openstack-clouds (a clouds.yaml), or OS_CLIENT_CONFIG_FILE',
  OPENSTACK_CLOUD: 'the input openstack-cloud, or OS_CLOUD',
}

/** What is given, with all that can be made from it; what is given itself is not made anew. */
export function derived(given: Variables): Variables {
  const made: Record<string, string> = {}
  const known = (name: string) => given[name] || made[name]
  for (const { variable, from, make } of derivations) {
    const values = from.flatMap(name => known(name) ?? [])
    if (known(variable) !== undefined || values.length < from.length) continue
    const value = make(values)
    if (value !== undefined) made[variable] = value
  }
  return made
}

/** How users get a variable that is missing, as the end of a sentence; nothing where we don't know it. */
export function howToGet(name: string): string | undefined {
  const elsewhere = madeElsewhere[name]
  if (elsewhere !== undefined) return `${name} is ${elsewhere}`
  const ways = derivations.filter(({ variable }) => variable === name).map(({ from }) => sayList(from))
  const origin = origins[name]
  if (origin !== undefined) return `${name} is ${origin}${ways.length === 0 ? '' : `; it is taken from ${ways.join(' or ')} too`}`
  return ways.length === 0 ? undefined : `${name} is made from ${ways.join(', or from ')}`
}

/** `A`, `A and B`, `A, B and C`. */
const sayList = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(part => part !== '').join(' and ')
