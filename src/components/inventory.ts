/**
 * The CRD of clusterctl's inventory, which clusterctl holds in itself and no release has (cmd/clusterctl/config/manifest of Cluster API v1.13; v1.14's
 * differs in the annotation alone).
 */
import { setLabel } from '../manifests/edits.ts'
import { CLUSTERCTL_CORE_LABEL } from '../manifests/labels.ts'
import type { KubeObject } from '../manifests/object.ts'

/** As clusterctl labels it when it puts it into a cluster. */
export const labelInventory = (object: KubeObject): KubeObject => setLabel(object, CLUSTERCTL_CORE_LABEL, 'inventory')

const text = (description: string) => ({ type: 'string', description })

export const inventoryCrd: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'providers.clusterctl.cluster.x-k8s.io',
    annotations: { 'controller-gen.kubebuilder.io/version': 'v0.20.0' },
  },
  spec: {
    group: 'clusterctl.cluster.x-k8s.io',
    names: { categories: ['cluster-api'], kind: 'Provider', listKind: 'ProviderList', plural: 'providers', singular: 'provider' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1alpha3',
        served: true,
        storage: true,
        subresources: {},
        additionalPrinterColumns: [
          { description: 'Time duration since creation of Provider', jsonPath: '.metadata.creationTimestamp', name: 'Age', type: 'date' },
          { jsonPath: '.type', name: 'Type', type: 'string' },
          { jsonPath: '.providerName', name: 'Provider', type: 'string' },
          { jsonPath: '.version', name: 'Version', type: 'string' },
        ],
        schema: {
          openAPIV3Schema: {
            description: 'Provider defines an entry in the provider inventory.',
            type: 'object',
            properties: {
              apiVersion: text(
                'APIVersion defines the versioned schema of this representation of an object.\nServers should convert recognized schemas to the latest internal value, and\nmay reject unrecognized values.\nMore info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
              ),
              kind: text(
                'Kind is a string value representing the REST resource this object represents.\nServers may infer this from the endpoint the client submits requests to.\nCannot be updated.\nIn CamelCase.\nMore info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
              ),
              metadata: { type: 'object' },
              providerName: text('providerName indicates the name of the provider.'),
              type: text('type indicates the type of the provider.\nSee ProviderType for a list of supported values'),
              version: text('version indicates the component version.'),
              watchedNamespace: text(
                'watchedNamespace indicates the namespace where the provider controller is watching.\nIf empty the provider controller is watching for objects in all namespaces.\n\nDeprecated: providers complying with the Cluster API v1alpha4 contract or above must watch all namespaces; this field will be removed in a future version of this API',
              ),
            },
          },
        },
      },
    ],
  },
}
