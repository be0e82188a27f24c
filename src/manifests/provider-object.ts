/** The clusterctl inventory entry of a provider, by which `clusterctl describe`, `move` and `upgrade plan` know that it is installed. */
import { CLUSTERCTL_CORE_LABEL, CLUSTERCTL_LABEL, PROVIDER_LABEL } from './labels.ts'
import type { KubeObject } from './object.ts'

/** What a prefix of the provider label says about the type; without one it is a core provider. */
export const TYPES = {
  'bootstrap-': 'BootstrapProvider',
  'control-plane-': 'ControlPlaneProvider',
  'infrastructure-': 'InfrastructureProvider',
  'ipam-': 'IPAMProvider',
  'runtime-extension-': 'RuntimeExtensionProvider',
  'addon-': 'AddonProvider',
} as const

export type InventoryType = (typeof TYPES)[keyof typeof TYPES] | 'CoreProvider'

/** The object of kind Provider (clusterctl.cluster.x-k8s.io/v1alpha3), its fields beside metadata at the top level as its API has them. */
export interface ProviderObject extends KubeObject {
  providerName: string
  type: InventoryType
  version: string
}

/** A provider that the inventory lists. */
interface Listed {
  readonly label: string
  readonly providerName: string
  readonly type: InventoryType
  readonly namespace: string
}

/** The inventory entry of a provider. @param version With `v` in front: `v1.13.4`. */
export const providerObject = ({ label, providerName, type, namespace }: Listed, version: string): ProviderObject => ({
  apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3',
  kind: 'Provider',
  metadata: {
    name: label,
    namespace,
    labels: { [PROVIDER_LABEL]: label, [CLUSTERCTL_LABEL]: '', [CLUSTERCTL_CORE_LABEL]: 'inventory' },
  },
  providerName,
  type,
  version,
})

/** What clusterctl calls the provider of a label. */
export function identityOf(label: string): { providerName: string; type: InventoryType } {
  for (const [prefix, type] of Object.entries(TYPES)) {
    if (label.startsWith(prefix)) return { providerName: label.slice(prefix.length), type }
  }
  return { providerName: label, type: 'CoreProvider' }
}
