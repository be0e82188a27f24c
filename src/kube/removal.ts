/** Taking objects back out of a cluster that stays: those that a run made there, in the reverse of the order in which they came, and only while nobody else uses them. */
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { KubeObject } from '../manifests/object.ts'
import { isPassing } from './api-error.ts'
import type { Kube } from './connect.ts'
import { nameOfReference, type Reference } from './objects.ts'
import { isThere, listMetadata, remove } from './read.ts'
import { retrying } from './retry.ts'
import { type Check, waitFor } from './wait.ts'

/**
 * Removes `waves` of objects, the last one first, each when the one before is gone.
 * @returns how many were there.
 * @throws Failure, before anything is removed, while there are objects of their kinds that came from elsewhere; and where one is not gone after `timeout` seconds.
 */
export async function removeObjects(waves: readonly (readonly Reference[])[], timeout: number, kube: Kube, work: Work): Promise<number> {
  const end = performance.now() + timeout * 1000
  // The storage of a kind that is new is not there at once ("storage is (re)initializing", seen).
  const patient = <T>(attempt: () => Promise<T>): Promise<T> =>
    retrying(attempt, { again: error => isPassing(error) && performance.now() < end }, work.signal)
  await patient(() => requireUnused(waves.flat(), kube, work))
  let count = 0
  for (const wave of waves.toReversed()) {
    const asked = await Promise.all(wave.map(reference => patient(() => remove(kube, reference, work.signal))))
    count += asked.filter(Boolean).length
    work.waiting(`${count} of ${waves.flat().length} objects removed`)
    await waitFor(wave.map(isGone), kube, { timeout, subject: kube.context }, work)
  }
  return count
}

const isGone = (reference: Reference): Check => {
  const name = nameOfReference(reference)
  return {
    name: `deletion of ${name}`,
    unmet: `${name} is not gone`,
    test: async (kube, signal) => ((await isThere(kube, reference, signal)) ? 'it is still there' : undefined),
  }
}

/** A CRD takes all objects of its kind with it, and without their controllers those with finalizers stay forever. */
async function requireUnused(ours: readonly Reference[], kube: Kube, { signal }: Work): Promise<void> {
  const crds = ours.filter(({ kind }) => kind === 'CustomResourceDefinition')
  const foreign = (await Promise.all(crds.map(crd => foreignObjects(crd, ours, kube, signal)))).flat()
  const [first] = foreign
  if (first === undefined) return
  throw new Failure({
    what: `what was deployed to ${kube.context} stays: it is in use`,
    why: `${first}${foreign.length === 1 ? ' is' : ` and ${foreign.length - 1} more objects are`} there, which this run did not make`,
    remedy: 'delete them, then run `capi-actions down`; or set clean-up to false',
    details: foreign,
  })
}

/** Objects of a CRD that neither were made by us nor belong to another object, by name. */
async function foreignObjects(crd: Reference, ours: readonly Reference[], kube: Kube, signal: AbortSignal): Promise<string[]> {
  const [plural = '', ...rest] = crd.name.split('.')
  const group = rest.join('.')
  const version = await kube.discovery.preferred(group, signal)
  const resource = version === undefined ? undefined : await kube.discovery.findByPlural(version, plural, signal)
  if (!resource) return []
  const made = new Set(
    ours.filter(one => one.kind === resource.kind && groupOf(one) === group).map(one => placeOf(one.namespace, one.name)),
  )
  return (await listMetadata(kube, resource, signal))
    .filter(
      object => !isOwned(object) && !made.has(placeOf(resource.namespaced ? object.metadata.namespace : undefined, object.metadata.name)),
    )
    .map(({ metadata: { name, namespace } }) => nameOfReference({ apiVersion: resource.apiVersion, kind: resource.kind, name, namespace }))
}

const groupOf = ({ apiVersion }: Reference): string => apiVersion.slice(0, apiVersion.indexOf('/'))

const placeOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

const isOwned = ({ metadata }: KubeObject): boolean => Array.isArray(metadata.ownerReferences) && metadata.ownerReferences.length > 0
