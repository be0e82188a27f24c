/** Server-side apply of many objects: strict, concurrent, in waves, asked again where the API server's refusal passes by itself. */
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type KubeObject, nameOf } from '../manifests/object.ts'
import {
  ApiError,
  isForbidden,
  isImmutable,
  isNotFound,
  isPassing,
  isTypedPatchError,
  isWebhookUnreachable,
  sayRefusal,
} from './api-error.ts'
import { kindsServed } from './checks.ts'
import type { Answer, Kube } from './connect.ts'
import { crdsEstablished, isCrd } from './crds.ts'
import { pathOf } from './discovery.ts'
import { oneLine } from './objects.ts'
import { isThere, METADATA_ONLY } from './read.ts'
import { limitTo, retrying } from './retry.ts'
import { waitFor } from './wait.ts'
import { wavesOf } from './waves.ts'

export interface ApplyOptions {
  readonly fieldManager?: string
  /** Take fields that other managers own. Default true: what is asked for is what there shall be. */
  readonly force?: boolean
  /** Requests at a time. Default 32: the API server's own writes are grouped the better the more come at once. */
  readonly concurrency?: number
  /** For namespaced objects that name none. Default `default`. */
  readonly namespace?: string
  /** Ask only whether the API server would take it. Objects in a namespace of the same batch can't be asked about: it isn't there. */
  readonly dryRun?: boolean
  /** Seconds to ask again while the server is busy or starting. Default 20. */
  readonly retry?: number
  /** Seconds to ask again while a webhook cannot be called. Default 0. */
  readonly retryWebhooks?: number
  /** Seconds to wait for kinds that are not served yet, whose CRDs somebody else brings. Default 0. */
  readonly retryKinds?: number
  /** Seconds until CRDs must be Established. Default 60. */
  readonly crdTimeout?: number
  /** Where an object was written, as `file:line`, for errors. */
  readonly sourceOf?: (object: KubeObject) => string | undefined
}

export type Change = 'created' | 'changed' | 'unchanged'

export interface Applied {
  readonly object: KubeObject
  readonly change: Change
}

export const FIELD_MANAGER = 'capi-actions'

/**
 * Applies all objects: namespaces, then CRDs until they are Established, then what others look up, the rest, webhook configurations last.
 * @returns one result per object, in the order given.
 * @throws Failure with every object of the first wave that had any refused, with the fields that are wrong and where they were written.
 */
export async function applyAll(kube: Kube, objects: readonly KubeObject[], options: ApplyOptions, work: Work): Promise<readonly Applied[]> {
  const results = new Map<KubeObject, Applied>()
  const limit = limitTo(options.concurrency ?? 32)
  const applyWave = async (wave: readonly KubeObject[]) => {
    if (kube.noteNew && !options.dryRun) await noteNew(kube, kube.noteNew, wave, options, work)
    const outcomes = await Promise.allSettled(
      wave.map(async object => {
        results.set(object, await applyOne(kube, object, options, limit, work))
        if (!options.dryRun) work.waiting(`${results.size} of ${objects.length} applied`)
      }),
    )
    work.signal.throwIfAborted()
    throwRefusals(outcomes, wave.length)
    const crds = wave.filter(isCrd)
    if (crds.length > 0 && !options.dryRun) {
      await waitFor(crdsEstablished(crds), kube, { timeout: options.crdTimeout ?? 60, subject: 'CustomResourceDefinitions' }, work)
    }
  }
  for (const wave of wavesOf(objects)) {
    const early = options.retryKinds === undefined ? [] : await ofKindsToCome(kube, wave, work.signal)
    await applyWave(wave.filter(object => !early.includes(object)))
    if (early.length === 0) continue
    const wait = { timeout: options.retryKinds ?? 0, subject: 'kinds that others bring' }
    await waitFor(kindsServed(early), kube, wait, work)
    await applyWave(early)
  }
  return objects.flatMap(object => results.get(object) ?? [])
}

/** Objects whose kind the API server doesn't know: what brings it may stand in the same wave. */
async function ofKindsToCome(kube: Kube, wave: readonly KubeObject[], signal: AbortSignal): Promise<readonly KubeObject[]> {
  const found = await Promise.all(wave.map(({ apiVersion, kind }) => kube.discovery.find(apiVersion, kind, signal)))
  return wave.filter((_, index) => found[index] === undefined)
}

async function noteNew(
  kube: Kube,
  note: NonNullable<Kube['noteNew']>,
  wave: readonly KubeObject[],
  { namespace = 'default' }: ApplyOptions,
  { signal }: Work,
) {
  const absent = await Promise.all(
    wave.map(async object => {
      const { apiVersion, kind, metadata } = object
      const resource = await kube.discovery.find(apiVersion, kind, signal)
      const place = resource?.namespaced ? { namespace: metadata.namespace ?? namespace } : {}
      const reference = { apiVersion, kind, name: metadata.name, ...place }
      return (await isThere(kube, reference, signal)) ? [] : [reference]
    }),
  )
  if (absent.flat().length > 0) await note(absent.flat())
}

type Limit = ReturnType<typeof limitTo>

async function applyOne(kube: Kube, object: KubeObject, options: ApplyOptions, limit: Limit, work: Work): Promise<Applied> {
  const { signal } = work
  const again = patience(options)
  const onRetry = (error: unknown) => {
    if (error instanceof Failure) work.waiting(`${nameOf(object)}: ${oneLine(sayRefusal(error.why ?? error.what), 160)}`)
  }
  try {
    return await retrying(() => limit(() => patch(kube, object, options, signal)), { again, onRetry }, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (isImmutable(error) && mayReplace(kube, object, options)) return replace(kube, object, options, work)
    throw await refusalOf(kube, object, error, options, signal)
  }
}

/** Kinds that hold nothing but pods, which come again. */
const REPLACEABLE = ['Deployment', 'DaemonSet', 'Job']

/** In a cluster that is somebody else's nothing is removed to be made anew. */
const mayReplace = (kube: Kube, { kind }: KubeObject, { dryRun }: ApplyOptions): boolean =>
  REPLACEABLE.includes(kind) && kube.noteNew === undefined && dryRun !== true

/** As Tilt: a Deployment whose selector has changed is removed, with its pods, and made anew. */
async function replace(kube: Kube, object: KubeObject, options: ApplyOptions, work: Work): Promise<Applied> {
  const { signal } = work
  work.log(`${nameOf(object)} is removed and made anew: a field differs that cannot be changed`)
  const path = await pathFor(kube, object, options, signal)
  await kube.request('DELETE', path, { signal, query: { propagationPolicy: 'Background' } })
  try {
    return await retrying(() => patch(kube, object, options, signal), { again: patience(options), onRetry: () => {} }, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw await refusalOf(kube, object, error, options, signal)
  }
}

const RETRY = 20
/** An API server that has just started denies everything, to administrators too, until it has read the roles (seen for 2 s after a restart). */
const RETRY_FORBIDDEN = 8

/** Says of one error after another whether to offer the object again: each kind has its time, from when it first came. */
function patience({ retry = RETRY, retryWebhooks = 0 }: ApplyOptions): (error: unknown) => boolean {
  const kinds = [
    { is: isWebhookUnreachable, seconds: retryWebhooks },
    { is: isForbidden, seconds: Math.min(retry, RETRY_FORBIDDEN) },
    { is: isPassing, seconds: retry },
  ]
  const ends = new Map<object, number>()
  return error => {
    const kind = kinds.find(({ is }) => is(error))
    if (!kind) return false
    const end = ends.get(kind) ?? performance.now() + kind.seconds * 1000
    ends.set(kind, end)
    return performance.now() < end
  }
}

async function patch(kube: Kube, object: KubeObject, options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
  signal.throwIfAborted()
  const path = await pathFor(kube, object, options, signal)
  const fieldManager = options.fieldManager ?? FIELD_MANAGER
  const sent = performance.now()
  const answer = await kube.send<KubeObject>('PATCH', path, {
    signal,
    query: { fieldManager, force: options.force ?? true, fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined },
    contentType: 'application/apply-patch+yaml',
    accept: METADATA_ONLY,
    body: object,
  })
  return { object, change: changeOf(answer, fieldManager, performance.now() - sent) }
}

async function pathFor(kube: Kube, object: KubeObject, options: ApplyOptions, signal: AbortSignal): Promise<string> {
  const resource = await kube.discovery.get(object.apiVersion, object.kind, signal)
  return pathOf(resource, object.metadata.namespace ?? options.namespace ?? 'default', object.metadata.name)
}

interface ManagedFields {
  readonly manager: string
  readonly operation: string
  readonly time?: string
  readonly subresource?: string
}

/**
 * The API server moves the time of our entry in managedFields only when an apply changes something
 * (apimachinery/pkg/util/managedfields/internal/managedfieldsupdater.go), so an older time than this request says `unchanged`
 * without a second request. Times are whole seconds: an apply within a second of the last change may say `changed` for nothing.
 */
export function changeOf(answer: Pick<Answer<KubeObject>, 'code' | 'date' | 'body'>, fieldManager: string, elapsed: number): Change {
  if (answer.code === 201) return 'created'
  const entries = answer.body.metadata.managedFields
  const ours = Array.isArray(entries) ? entries.find((entry: ManagedFields) => isOurs(entry, fieldManager)) : undefined
  if (!ours?.time) return 'changed'
  const asked = answer.date - elapsed
  return Date.parse(ours.time) >= Math.floor(asked / 1000) * 1000 ? 'changed' : 'unchanged'
}

const isOurs = (entry: ManagedFields, fieldManager: string) =>
  entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource

/** What the user reads of a refused object. */
async function refusalOf(kube: Kube, object: KubeObject, error: unknown, options: ApplyOptions, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof Failure)) return error
  const name = nameOf(object)
  const where = [name, ...(options.sourceOf?.(object) ? [options.sourceOf(object) ?? ''] : [])].reverse()
  if (isTypedPatchError(error)) {
    const wrong = await wrongFields(kube, object, error, options, signal)
    return new Failure({
      what: `${name} has ${wrong.length === 1 ? 'a field' : `${wrong.length} fields`} that the API server does not take`,
      why: wrong.join('; '),
      remedy: `correct the manifest, or install the version of ${object.apiVersion} that has it`,
      where,
      cause: error,
    })
  }
  if (isWebhookUnreachable(error)) {
    return new Failure({
      what: `${name} was not taken: a webhook does not answer`,
      why: sayRefusal(error.why ?? error.what),
      remedy: 'the component that serves the webhook must be Available first',
      where,
      cause: error,
    })
  }
  return new Failure({
    what: `${name} was not taken`,
    why: error.why ?? error.what,
    remedy: remedyFor(error),
    where,
    details: error.details,
    cause: error,
  })
}

function remedyFor(error: Failure): string | undefined {
  if (isMissingNamespace(error)) return 'add its Namespace to the manifest, or create it first'
  // The API server keeps versions in which objects may be stored.
  if (/status\.storedVersions.*missing from spec\.versions/.test(error.why ?? ''))
    return 'this cluster has had a newer version of it: use a new cluster, or remove the CRD with its objects'
  return error.remedy
}

const isMissingNamespace = (error: unknown) => isNotFound(error) && error instanceof ApiError && error.status.details?.kind === 'namespaces'

/** Server-side apply tells the first wrong field only; a strict dry-run create tells all of them. */
async function wrongFields(kube: Kube, object: KubeObject, error: Failure, options: ApplyOptions, signal: AbortSignal): Promise<string[]> {
  const first = (error.why ?? '').replace(/^failed to create typed patch object \([^)]*\): /, '')
  try {
    const resource = await kube.discovery.get(object.apiVersion, object.kind, signal)
    const path = pathOf(resource, object.metadata.namespace ?? options.namespace ?? 'default')
    await kube.request('POST', path, { signal, query: { dryRun: 'All', fieldValidation: 'Strict' }, body: object })
  } catch (refusal) {
    signal.throwIfAborted()
    const all = refusal instanceof ApiError ? unknownFields(refusal.status.message ?? '') : []
    if (all.length > 0) return all.map(path => `unknown field ${path}`)
  }
  return [sayTypedPatchError(first)]
}

/** The fields of `strict decoding error: unknown field "spec.a", unknown field "spec.b"`. */
export const unknownFields = (message: string): string[] => [...message.matchAll(/unknown field "([^"]+)"/g)].map(([, path]) => path ?? '')

/** `.spec.a: field not declared in schema` → `unknown field spec.a`; `.spec.size: expected numeric, got string` → `spec.size: expected …`. */
export function sayTypedPatchError(message: string): string {
  const unknown = /^\.?(\S+): field not declared in schema$/.exec(message)
  if (unknown) return `unknown field ${unknown[1]}`
  // `got &value.valueUnstructured{Value:1}` is how the server's Go prints a 1.
  return message.replace(/^\./, '').replace(/&value\.valueUnstructured\{Value:([^}]*)\}/, '$1')
}

/** Objects that an error with many names. */
const SHOWN = 10

/** All refusals of a wave in one Failure: one is shown as it is, several with the first in full. */
function throwRefusals(outcomes: readonly PromiseSettledResult<void>[], count: number): void {
  const reasons: unknown[] = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const [first, ...others] = reasons
  if (others.length === 0 || !(first instanceof Failure)) {
    if (first !== undefined) throw first
    return
  }
  const failures = reasons.filter(reason => reason instanceof Failure)
  const more = failures.length > SHOWN ? [`and ${failures.length - SHOWN} more`] : []
  const shown = failures.slice(0, SHOWN)
  throw new Failure({
    what: `${failures.length} of ${count} objects were not taken`,
    why: first.message,
    remedy: first.remedy,
    where: [...shown.flatMap(({ where }) => where), ...more],
    details: [...shown.flatMap(failure => [failure.message, ...failure.details.map(line => `  ${line}`)]), ...more],
    cause: first,
  })
}
