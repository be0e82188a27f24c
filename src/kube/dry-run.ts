/** What an apply would change, as the API server itself says: each object is sent as it would be applied, with `dryRun=All`, and nothing is stored. */
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { KubeObject } from '../manifests/object.ts'
import { nameOf } from '../manifests/object.ts'
import { isNotFound, isPassing, sayRefusal } from './api-error.ts'
import { FIELD_MANAGER } from './apply.ts'
import type { Kube } from './connect.ts'
import { pathOf } from './discovery.ts'
import { oneLine } from './objects.ts'
import { get } from './read.ts'
import { limitTo, retrying } from './retry.ts'

export type Judged = { readonly object: KubeObject } & (
  | { readonly verdict: 'created' | 'unchanged' }
  /** `fields` are their paths, without values, which may be secrets. */
  | { readonly verdict: 'changed'; readonly fields: readonly string[] }
  /** It rests on another one that would be made before it. */
  | { readonly verdict: 'unknown'; readonly why: string }
  | { readonly verdict: 'refused'; readonly why: string }
)

/** Requests at a time. */
const CONCURRENCY = 16
/** Seconds to ask a busy server again. */
const PATIENCE = 10

/**
 * @param objects All that would be applied, so that what one of them rests on can be found among the others.
 * @param first What would be applied before, and is not asked about.
 */
export async function judgeAll(
  kube: Kube,
  objects: readonly KubeObject[],
  work: Work,
  first: readonly KubeObject[] = [],
): Promise<readonly Judged[]> {
  const limit = limitTo(CONCURRENCY)
  const kinds = new Set([...first, ...objects].flatMap(kindsServedBy))
  const namespaces = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name))
  let count = 0
  return Promise.all(
    objects.map(object =>
      limit(async () => {
        const judged = await judge(kube, object, kinds, namespaces, work)
        work.waiting(`${++count} of ${objects.length} asked about`)
        return judged
      }),
    ),
  )
}

/** `group/Kind` that a CustomResourceDefinition would have served. */
function kindsServedBy({ kind, spec }: KubeObject): string[] {
  if (kind !== 'CustomResourceDefinition' || !isMapping(spec) || !isMapping(spec.names)) return []
  return [`${spec.group}/${spec.names.kind}`]
}

async function judge(
  kube: Kube,
  object: KubeObject,
  kinds: ReadonlySet<string>,
  namespaces: ReadonlySet<string>,
  { signal }: Work,
): Promise<Judged> {
  const { apiVersion, kind, metadata } = object
  const end = performance.now() + PATIENCE * 1000
  try {
    const resource = await kube.discovery.find(apiVersion, kind, signal)
    if (resource === undefined) {
      const why = `the cluster has no kind ${kind} in ${apiVersion}`
      const isComing = kinds.has(`${apiVersion.split('/')[0]}/${kind}`)
      return isComing ? { object, verdict: 'unknown', why: `${why} yet` } : { object, verdict: 'refused', why }
    }
    const namespace = resource.namespaced ? (metadata.namespace ?? 'default') : undefined
    const query = { fieldManager: FIELD_MANAGER, force: true, fieldValidation: 'Strict', dryRun: 'All' }
    const ask = () =>
      kube.send<KubeObject>('PATCH', pathOf(resource, namespace, metadata.name), {
        signal,
        query,
        contentType: 'application/apply-patch+yaml',
        body: object,
      })
    const before = await get(kube, { apiVersion, kind, name: metadata.name, namespace }, signal)
    const { body: after } = await retrying(ask, { again: error => isPassing(error) && performance.now() < end }, signal)
    if (before === undefined) return { object, verdict: 'created' }
    const fields = changedFields(before, after)
    return fields.length === 0 ? { object, verdict: 'unchanged' } : { object, verdict: 'changed', fields }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    const why = oneLine(sayRefusal(error.why ?? error.what))
    const waits = isNotFound(error) && metadata.namespace !== undefined && namespaces.has(metadata.namespace)
    return waits
      ? { object, verdict: 'unknown', why: `there is no namespace ${metadata.namespace} yet` }
      : { object, verdict: 'refused', why }
  }
}

/** What the API server writes by itself, at any change or at every reading. */
const WRITTEN = new Set(['metadata.managedFields', 'metadata.resourceVersion', 'metadata.generation', 'status'])

/** Paths of fields that differ, from the outside in: of a field that comes or goes whole, its own. Pure. */
export function changedFields(before: unknown, after: unknown, path = ''): readonly string[] {
  if (WRITTEN.has(path)) return []
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap(key => changedFields(before[key], after[key], path === '' ? key : `${path}.${key}`))
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((one: unknown, index) => changedFields(one, after[index], `${path}[${index}]`))
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path]
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Objects that an error names. */
const SHOWN = 10

/** @throws Failure that names all that would be refused. */
export function refuseRefused(judged: readonly Judged[]): void {
  const refused = judged.filter(one => one.verdict === 'refused')
  const [first] = refused
  if (first === undefined) return
  const lines = refused.map(({ object, why }) => `${nameOf(object)}: ${why}`)
  throw new Failure({
    what: refused.length === 1 ? `${nameOf(first.object)} would not be taken` : `${refused.length} objects would not be taken`,
    why: first.why,
    where: refused.slice(0, SHOWN).map(({ object }) => nameOf(object)),
    details: refused.length === 1 ? [] : lines,
  })
}
