/**
 * The providers that clusterctl knows by name, as data: cmd/clusterctl/client/config/providers_client.go of Cluster API v1.13 and v1.14. Beside them those
 * of the setting `provider-urls`, which go before.
 */
import { PROVIDER_URL, type ReleaseVersion, readReleaseVersion } from '../settings/provider-reference.ts'
import { labelOf, type ProviderType } from './provider.ts'

/** Where releases are: on GitHub, or in a folder as clusterctl's local repositories are laid out: `<folder>/<version>/<file>`. */
export type Origin = { readonly at: 'github'; readonly repository: string } | { readonly at: 'folder'; readonly folder: string }

export interface KnownProvider {
  /** As settings say it. */
  readonly name: string
  readonly type: ProviderType
  /** As clusterctl says it. */
  readonly providerName: string
  readonly label: string
  readonly origin: Origin
  /** The release's file with its manifests. */
  readonly components: string
  /** What the URL of a provider says where the user says no version. */
  readonly version: ReleaseVersion
}

export const CAPI_REPOSITORY = 'kubernetes-sigs/cluster-api'

/** Name and GitHub repository, by type. */
const PROVIDERS: Readonly<Record<ProviderType, Readonly<Record<string, string>>>> = {
  core: { 'cluster-api': CAPI_REPOSITORY },
  bootstrap: {
    kubeadm: CAPI_REPOSITORY,
    'kubekey-k3s': 'kubesphere/kubekey',
    talos: 'siderolabs/cluster-api-bootstrap-provider-talos',
    microk8s: 'canonical/cluster-api-bootstrap-provider-microk8s',
    rke2: 'rancher/cluster-api-provider-rke2',
    'k0sproject-k0smotron': 'k0sproject/k0smotron',
    'canonical-kubernetes': 'canonical/cluster-api-k8s',
  },
  'control-plane': {
    kubeadm: CAPI_REPOSITORY,
    'kubekey-k3s': 'kubesphere/kubekey',
    talos: 'siderolabs/cluster-api-control-plane-provider-talos',
    microk8s: 'canonical/cluster-api-control-plane-provider-microk8s',
    nested: 'kubernetes-sigs/cluster-api-provider-nested',
    kamaji: 'clastix/cluster-api-control-plane-provider-kamaji',
    rke2: 'rancher/cluster-api-provider-rke2',
    'k0sproject-k0smotron': 'k0sproject/k0smotron',
    'canonical-kubernetes': 'canonical/cluster-api-k8s',
    'hosted-control-plane': 'teutonet/cluster-api-provider-hosted-control-plane',
  },
  infrastructure: {
    'linode-linode': 'linode/cluster-api-provider-linode',
    aws: 'kubernetes-sigs/cluster-api-provider-aws',
    azure: 'kubernetes-sigs/cluster-api-provider-azure',
    docker: CAPI_REPOSITORY,
    'cloudscale-ch-cloudscale': 'cloudscale-ch/cluster-api-provider-cloudscale',
    cloudstack: 'kubernetes-sigs/cluster-api-provider-cloudstack',
    digitalocean: 'kubernetes-sigs/cluster-api-provider-digitalocean',
    gcp: 'kubernetes-sigs/cluster-api-provider-gcp',
    'tinkerbell-tinkerbell': 'tinkerbell/cluster-api-provider-tinkerbell',
    metal3: 'metal3-io/cluster-api-provider-metal3',
    nested: 'kubernetes-sigs/cluster-api-provider-nested',
    oci: 'oracle/cluster-api-provider-oci',
    openstack: 'kubernetes-sigs/cluster-api-provider-openstack',
    sidero: 'siderolabs/sidero',
    vcd: 'vmware/cluster-api-provider-cloud-director',
    vsphere: 'kubernetes-sigs/cluster-api-provider-vsphere',
    maas: 'spectrocloud/cluster-api-provider-maas',
    coxedge: 'coxedge/cluster-api-provider-coxedge',
    byoh: 'vmware-tanzu/cluster-api-provider-bringyourownhost',
    'harvester-harvester': 'rancher-sandbox/cluster-api-provider-harvester',
    hetzner: 'syself/cluster-api-provider-hetzner',
    'hivelocity-hivelocity': 'hivelocity/cluster-api-provider-hivelocity',
    huawei: 'HuaweiCloudDeveloper/cluster-api-provider-huawei',
    outscale: 'outscale/cluster-api-provider-outscale',
    ibmcloud: 'kubernetes-sigs/cluster-api-provider-ibmcloud',
    nutanix: 'nutanix-cloud-native/cluster-api-provider-nutanix',
    kubekey: 'kubesphere/kubekey',
    kubevirt: 'kubernetes-sigs/cluster-api-provider-kubevirt',
    vcluster: 'loft-sh/cluster-api-provider-vcluster',
    virtink: 'smartxworks/cluster-api-provider-virtink',
    proxmox: 'ionos-cloud/cluster-api-provider-proxmox',
    'k0sproject-k0smotron': 'k0sproject/k0smotron',
    'ionoscloud-ionoscloud': 'ionos-cloud/cluster-api-provider-ionoscloud',
    'vultr-vultr': 'vultr/cluster-api-provider-vultr',
    opennebula: 'OpenNebula/cluster-api-provider-opennebula',
    scaleway: 'scaleway/cluster-api-provider-scaleway',
    'metal-stack': 'metal-stack/cluster-api-provider-metal-stack',
    oxide: 'oxidecomputer/cluster-api-provider-oxide',
    'kubeswift-io': 'kubeswift-io/cluster-api-provider-kubeswift',
  },
  ipam: {
    'in-cluster': 'kubernetes-sigs/cluster-api-ipam-provider-in-cluster',
    metal3: 'metal3-io/ip-address-manager',
    nutanix: 'nutanix-cloud-native/cluster-api-ipam-provider-nutanix',
  },
  addon: {
    'rancher-fleet': 'rancher/cluster-api-addon-provider-fleet',
    helm: 'kubernetes-sigs/cluster-api-addon-provider-helm',
    'eitco-cdk8s': 'eitco/cluster-api-addon-provider-cdk8s',
  },
  'runtime-extension': { nutanix: 'nutanix-cloud-native/cluster-api-runtime-extensions-nutanix' },
}

/** Where the file is not named after the type. */
const COMPONENTS: Readonly<Record<string, string>> = {
  'infrastructure-docker': 'infrastructure-components-development.yaml',
  'runtime-extension-nutanix': 'runtime-extensions-components.yaml',
}

/**
 * Tilt's names for those that it knows (`kubeadm-bootstrap`), after which the others are made: what most people mean by the name alone is the
 * infrastructure provider, or the add-on of that name.
 */
export function nameFor(type: ProviderType, providerName: string): string {
  if (type === 'core') return 'core'
  if (type === 'infrastructure' || type === 'addon') return providerName
  return type === 'bootstrap' || type === 'control-plane' ? `${providerName}-${type}` : `${type}-${providerName}`
}

const builtIn: readonly KnownProvider[] = Object.entries(PROVIDERS).flatMap(([key, names]) => {
  const type = key as ProviderType
  return Object.entries(names).map(([providerName, repository]): KnownProvider => {
    const label = labelOf(type, providerName)
    const identity = { name: nameFor(type, providerName), type, providerName, label }
    return {
      ...identity,
      origin: { at: 'github', repository },
      components: COMPONENTS[label] ?? `${type}-components.yaml`,
      version: { is: 'latest' },
    }
  })
})

/** All that have releases: those of `urls`, by label, and clusterctl's own. */
export function knownProviders(urls: Readonly<Record<string, string>>): readonly KnownProvider[] {
  const own = Object.entries(urls).map(([label, url]) => fromUrl(label, url))
  const replaced = new Set(own.map(({ label }) => label))
  return [...own, ...builtIn.filter(({ label }) => !replaced.has(label))]
}

function fromUrl(label: string, url: string): KnownProvider {
  const { repository, folder = '', version = 'latest', components = '' } = PROVIDER_URL.exec(url)?.groups ?? {}
  const { type, providerName } = identityOf(label)
  return {
    name: nameFor(type, providerName),
    type,
    providerName,
    label,
    origin: repository === undefined ? { at: 'folder', folder } : { at: 'github', repository },
    components,
    version: readReleaseVersion(version),
  }
}

export function identityOf(label: string): Pick<KnownProvider, 'type' | 'providerName'> {
  const types = Object.keys(PROVIDERS) as ProviderType[]
  const type = types.find(one => label.startsWith(`${one}-`)) ?? 'core'
  return { type, providerName: type === 'core' ? label : label.slice(type.length + 1) }
}

/** The providers that `name` may stand for: the one that clusterctl labels so, else the one that settings call so, else all that clusterctl calls so. */
export function namedBy(name: string, known: readonly KnownProvider[]): readonly KnownProvider[] {
  const ways = [(one: KnownProvider) => one.label, (one: KnownProvider) => one.name, (one: KnownProvider) => one.providerName]
  return ways.map(way => known.filter(one => way(one) === name)).find(found => found.length > 0) ?? []
}
