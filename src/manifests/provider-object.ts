/** The clusterctl inventory entry of a provider, by which `clusterctl describe`, `move` and `upgrade plan` know that it is installed. */
import { Failure } from '../host/failure.ts'
import { CLUSTERCTL_CORE_LABEL, CLUSTERCTL_LABEL, PROVIDER_LABEL } from './labels.ts'
import type { KubeObject } from './object.ts'

/** What a prefix of the provider label says about the type; without one it is a core provider. */
const TYPES = {
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

/**
 * Makes the inventory entry of a provider from its rendered objects, as tilt-prepare does: the first Namespace says where it lives and, by its
 * label, what it is.
 * @param version With `v` in front: `v1.13.4`.
 * @throws Failure when there is no Namespace, or it has no provider label.
 */
export function providerObject(objects: readonly KubeObject[], version: string): ProviderObject {
  const namespace = objects.find(object => object.kind === 'Namespace')
  const label = namespace?.metadata.labels?.[PROVIDER_LABEL]
  if (namespace === undefined || !label) {
    throw new Failure({
      what: "the provider's name and type are not known",
      why:
        namespace === undefined
          ? 'its manifests have no Namespace, whose label says what it is'
          : `Namespace ${namespace.metadata.name} has no label ${PROVIDER_LABEL}`,
      remedy: `label the Namespace in the provider's manifests, for example ${PROVIDER_LABEL}: infrastructure-aws`,
    })
  }
  return {
    apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3',
    kind: 'Provider',
    metadata: {
      name: label,
      namespace: namespace.metadata.name,
      labels: { [PROVIDER_LABEL]: label, [CLUSTERCTL_LABEL]: '', [CLUSTERCTL_CORE_LABEL]: 'inventory' },
    },
    ...identityOf(label),
    version,
  }
}

/** What clusterctl calls the provider of a label. */
export function identityOf(label: string): { providerName: string; type: InventoryType } {
  for (const [prefix, type] of Object.entries(TYPES)) {
    if (label.startsWith(prefix)) return { providerName: label.slice(prefix.length), type }
  }
  return { providerName: label, type: 'CoreProvider' }
}
