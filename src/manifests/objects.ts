/** Which Kubernetes objects a JSON value stands for: itself, or the items of a List; and what one lacks that can't be applied. */
import type { KubeObject } from './object.ts'

/** Something that keeps a value from being an object, at a path within it. */
export interface Flaw {
  /** `ConfigMap in web.yaml has no metadata.name`. */
  readonly text: string
  readonly remedy?: string
  readonly path: readonly (string | number)[]
}

/** Lists are taken apart as kubectl does, `List` of v1 as well as `ConfigMapList`; their items may leave out what the list's kind says. */
export function objectsOf(value: unknown, file: string, path: Flaw['path'] = []): { objects: KubeObject[]; flaws: Flaw[] } {
  if (!isMapping(value))
    return { objects: [], flaws: [{ text: `${file} holds ${wordFor(value)} where a Kubernetes object is wanted`, path }] }
  if (isList(value)) {
    const parts = value.items.map((item, index) => objectsOf(typedItem(item, value), file, [...path, 'items', index]))
    return { objects: parts.flatMap(part => part.objects), flaws: parts.flatMap(part => part.flaws) }
  }
  const flaws = flawsOf(value, file, path)
  return flaws.length === 0 && isObject(value) ? { objects: [value], flaws } : { objects: [], flaws }
}

type Mapping = Record<string, unknown>

interface List extends Mapping {
  readonly kind: string
  readonly items: readonly unknown[]
}

const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value)

const isList = (value: Mapping): value is List =>
  typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)

function typedItem(item: unknown, list: List): unknown {
  const kind = list.kind.slice(0, -'List'.length)
  if (!isMapping(item) || kind === '' || item.kind !== undefined || item.apiVersion !== undefined) return item
  return { apiVersion: list.apiVersion, kind, ...item }
}

const isObject = (value: Mapping): value is KubeObject => isMapping(value.metadata)

function flawsOf(value: Mapping, file: string, path: Flaw['path']): Flaw[] {
  const metadata = isMapping(value.metadata) ? value.metadata : {}
  const fields = [
    { name: 'apiVersion', value: value.apiVersion, path: [...path, 'apiVersion'] },
    { name: 'kind', value: value.kind, path: [...path, 'kind'] },
    { name: 'metadata.name', value: metadata.name, path: [...path, 'metadata', 'name'] },
  ]
  const subject = subjectOf(value, metadata)
  const missing = fields.filter(field => field.value === undefined || field.value === null || field.value === '').map(field => field.name)
  const wrong = [
    ...fields,
    { name: 'metadata.namespace', value: metadata.namespace ?? '', path: [...path, 'metadata', 'namespace'] },
  ].filter(field => !missing.includes(field.name) && typeof field.value !== 'string')
  return [
    ...(missing.length === 0 ? [] : [{ text: `${subject} in ${file} has no ${missing.join(' and no ')}`, path }]),
    ...wrong.map(field => ({
      text: `${subject} in ${file} has ${wordFor(field.value)} as ${field.name}`,
      remedy: 'write it in quotes',
      path: field.path,
    })),
  ]
}

/** As much of `Kind name` as is known. */
function subjectOf(value: Mapping, metadata: Mapping): string {
  const kind = typeof value.kind === 'string' && value.kind !== '' ? value.kind : 'an object'
  return typeof metadata.name === 'string' && metadata.name !== '' ? `${kind} ${metadata.name}` : kind
}

function wordFor(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'boolean') return `the boolean ${value}`
  if (typeof value === 'number') return `the number ${value}`
  return 'a mapping'
}
