/**
 * What a provider is to clusterctl: its type, its name, and where it lives. tilt-prepare takes the label of the first Namespace and makes a core provider of
 * every label without a type in front; here other hints are asked first, since clusterctl refuses a cluster with two core providers.
 */
import { PROVIDER_LABEL } from './labels.ts'
import type { KubeObject } from './object.ts'
import { type InventoryType, identityOf } from './provider-object.ts'

export interface Identity {
  /** Value of the label `cluster.x-k8s.io/provider`: `infrastructure-docker`. */
  readonly label: string
  readonly providerName: string
  /** Nothing for what is no provider to clusterctl: it has no entry in the inventory. */
  readonly type: InventoryType | undefined
  readonly namespace: string
}

/** Labels that a provider may have. */
export interface IdentityHints {
  /** What the user says; goes before the manifests. */
  readonly said?: string | undefined
  /** What its repository says elsewhere, or its name makes likely, the likeliest first: taken where the manifests have none. */
  readonly likely: readonly string[]
  /** Of all providers that clusterctl knows: for a label without a type. */
  readonly known?: readonly string[]
  /** True for what has nothing to do with Cluster API, where nobody misses a label. */
  readonly isPlain?: boolean
}

export interface Identified {
  readonly identity: Identity
  /** Plain sentences on what was not as the manifests say. */
  readonly notices: readonly string[]
}

export function identify(
  name: string,
  objects: readonly KubeObject[],
  { said, likely, known = [], isPlain = false }: IdentityHints,
): Identified {
  const written = labelIn(objects)
  const namespace = namespaceIn(objects)
  const found = (label: string, ...notices: string[]): Identified => ({ identity: { label, namespace, ...identityOf(label) }, notices })
  if (said !== undefined) return found(said)
  if (written !== undefined && isTyped(written)) return found(written)
  const fitting =
    written === undefined
      ? likely.find(isTyped)
      : [...likely, ...known].find(label => isTyped(label) && identityOf(label).providerName === written)
  if (fitting !== undefined) {
    const why =
      written === undefined ? `no Namespace or Deployment of it has the label ${PROVIDER_LABEL}` : `its label is ${written}, without a type`
    return found(fitting, `provider ${name} is taken for ${fitting}: ${why}`)
  }
  if (written !== undefined)
    return {
      identity: { label: written, namespace, providerName: written, type: undefined },
      notices: [
        `${name} gets no entry in clusterctl's inventory: its label ${written} says no type (infrastructure-, bootstrap-, …), and clusterctl would take it for a second core provider; set its \`type\` in provider-config if it is a provider`,
      ],
    }
  const unlabelled = `${name} gets no entry in clusterctl's inventory: no Namespace or Deployment of it has the label ${PROVIDER_LABEL}; if it is a provider, label its Namespace (infrastructure-${name}), or set its \`type\` in provider-config`
  return { identity: { label: name, namespace, providerName: name, type: undefined }, notices: isPlain ? [] : [unlabelled] }
}

const isTyped = (label: string): boolean => label === 'cluster-api' || identityOf(label).type !== 'CoreProvider'

/** Of the first Namespace that has one, else of the first Deployment. */
function labelIn(objects: readonly KubeObject[]): string | undefined {
  const labels = (kind: string) =>
    objects.filter(object => object.kind === kind).flatMap(({ metadata }) => metadata.labels?.[PROVIDER_LABEL] || [])
  return labels('Namespace')[0] ?? labels('Deployment')[0]
}

/** The first Namespace, else that of the Deployments. */
function namespaceIn(objects: readonly KubeObject[]): string {
  const named = objects.find(({ kind }) => kind === 'Namespace')?.metadata.name
  return named ?? objects.find(({ kind }) => kind === 'Deployment')?.metadata.namespace ?? 'default'
}
