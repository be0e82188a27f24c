/** The fields of kind's configuration (kind.x-k8s.io/v1alpha4, pkg/apis/config/v1alpha4/types.go of kind v0.32.0), to tell a misspelt one where it stands. */
import { type Document, isAlias, isMap, isScalar, isSeq } from 'yaml'
import { nearest } from '../host/nearest.ts'

/** What stands under a field: text, any fields, a list, or known fields. */
type Shape = 'text' | 'any fields' | { readonly list: Shape } | { readonly fields: Readonly<Record<string, Shape>> }

const jsonPatch: Shape = { fields: { group: 'text', version: 'text', kind: 'text', patch: 'text' } }

const mount: Shape = { fields: { containerPath: 'text', hostPath: 'text', readOnly: 'text', selinuxRelabel: 'text', propagation: 'text' } }

const portMapping: Shape = { fields: { containerPort: 'text', hostPort: 'text', listenAddress: 'text', protocol: 'text' } }

const node: Shape = {
  fields: {
    role: 'text',
    image: 'text',
    labels: 'any fields',
    extraMounts: { list: mount },
    extraPortMappings: { list: portMapping },
    kubeadmConfigPatches: { list: 'text' },
    kubeadmConfigPatchesJSON6902: { list: jsonPatch },
  },
}

const networking: Shape = {
  fields: {
    ipFamily: 'text',
    apiServerPort: 'text',
    apiServerAddress: 'text',
    podSubnet: 'text',
    serviceSubnet: 'text',
    disableDefaultCNI: 'text',
    kubeProxyMode: 'text',
    dnsSearch: { list: 'text' },
  },
}

const cluster: Shape = {
  fields: {
    kind: 'text',
    apiVersion: 'text',
    name: 'text',
    nodes: { list: node },
    networking,
    featureGates: 'any fields',
    runtimeConfig: 'any fields',
    kubeadmConfigPatches: { list: 'text' },
    kubeadmConfigPatchesJSON6902: { list: jsonPatch },
    containerdConfigPatches: { list: 'text' },
    containerdConfigPatchesJSON6902: { list: 'text' },
  },
}

/** Something in the file that kind would refuse. */
export interface Misfit {
  readonly node: unknown
  readonly why: string
  readonly remedy: string | undefined
}

/** The first thing in `document` that is not as kind's fields are, or nothing. */
export const findMisfit = (document: Document): Misfit | undefined => misfitIn(document.contents, cluster, 'the config', document)

function misfitIn(value: unknown, shape: Shape, name: string, document: Document): Misfit | undefined {
  const found = isAlias(value) ? value.resolve(document) : value
  if (isUnset(found)) return undefined
  if (shape === 'text') return isScalar(found) ? undefined : misfit(found, `${name} is a ${kindOf(found)}, not a value`)
  if (shape === 'any fields') return isMap(found) ? undefined : misfit(found, `${name} is a ${kindOf(found)}, not a set of fields`)
  if ('list' in shape) {
    if (!isSeq(found)) return misfit(found, `${name} is a ${kindOf(found)}, not a list`)
    return first(found.items, (item, index) => misfitIn(item, shape.list, `${name}[${index}]`, document))
  }
  if (!isMap(found)) return misfit(found, `${name} is a ${kindOf(found)}, not a set of fields`)
  return first(found.items, pair => {
    const key = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : ''
    if (key === '<<') return undefined
    const known = shape.fields[key]
    if (known !== undefined) return misfitIn(pair.value, known, key, document)
    const meant = nearest(key, Object.keys(shape.fields))
    return misfit(
      pair.key,
      `${name} has no field ${key}`,
      meant ? `did you mean ${meant}?` : `its fields are ${Object.keys(shape.fields).join(', ')}`,
    )
  })
}

const misfit = (found: unknown, why: string, remedy?: string): Misfit => ({ node: found, why, remedy })

/** `nodes:` with nothing after it is as if it were not there, for kind too. */
const isUnset = (value: unknown): boolean =>
  value === null || value === undefined || (isScalar(value) && (value.value === null || value.value === ''))

const kindOf = (value: unknown): string => (isMap(value) ? 'set of fields' : isSeq(value) ? 'list' : 'value')

function first<Item, Result>(items: readonly Item[], find: (item: Item, index: number) => Result | undefined): Result | undefined {
  for (const [index, item] of items.entries()) {
    const result = find(item, index)
    if (result !== undefined) return result
  }
  return undefined
}
