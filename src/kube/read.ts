/** Reading and deleting objects by reference. */
import type { KubeObject } from '../manifests/object.ts'
import { isNotFound } from './api-error.ts'
import type { Kube } from './connect.ts'
import { pathOf, type Resource } from './discovery.ts'
import type { KubeEvent, Reference } from './objects.ts'

/** The object, or undefined where it, its namespace or its kind is not there. */
export async function get<T extends KubeObject>(kube: Kube, reference: Reference, signal: AbortSignal): Promise<T | undefined> {
  const resource = await kube.discovery.find(reference.apiVersion, reference.kind, signal)
  if (!resource) return undefined
  return orUndefined(kube.request<T>('GET', pathOf(resource, reference.namespace, reference.name), { signal }))
}

/** Only metadata comes back: a CRD is up to 0.5 MB. */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

export async function isThere(kube: Kube, reference: Reference, signal: AbortSignal): Promise<boolean> {
  const resource = await kube.discovery.find(reference.apiVersion, reference.kind, signal)
  if (!resource) return false
  const path = pathOf(resource, reference.namespace, reference.name)
  return (await orUndefined(kube.request('GET', path, { signal, accept: METADATA_ONLY }))) !== undefined
}

/** The metadata of all objects of a resource, in all namespaces. */
export async function listMetadata(kube: Kube, resource: Resource, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const { items } = await kube.request<{ items: KubeObject[] | null }>('GET', pathOf(resource), { signal, accept: METADATA_LIST })
  // The API server writes a list of metadata without objects as null (seen on v1.34).
  return items ?? []
}

export interface Selection {
  readonly apiVersion: string
  readonly kind: string
  /** All namespaces where none is given. */
  readonly namespace?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** The objects of a kind; none where the kind is not there. Items carry no `kind`, as the API server leaves it out in lists. */
export async function list<T extends KubeObject>(kube: Kube, selection: Selection, signal: AbortSignal): Promise<readonly T[]> {
  const resource = await kube.discovery.find(selection.apiVersion, selection.kind, signal)
  if (!resource) return []
  const labelSelector = Object.entries(selection.labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const query = labelSelector ? { labelSelector } : {}
  return (await kube.request<{ items: T[] }>('GET', pathOf(resource, selection.namespace), { signal, query })).items
}

/** Asks for deletion; false where it was not there. Deletion itself may take its time. */
export async function remove(kube: Kube, reference: Reference, signal: AbortSignal): Promise<boolean> {
  const resource = await kube.discovery.find(reference.apiVersion, reference.kind, signal)
  if (!resource) return false
  const asked = kube.request('DELETE', pathOf(resource, reference.namespace, reference.name), { signal })
  return (await orUndefined(asked)) !== undefined
}

/** The last lines of a container's log; of its previous run where asked. None where there is no such log. */
export async function readLog(
  kube: Kube,
  pod: { namespace: string; name: string; container: string; previous: boolean; lines: number },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`
  const query = { container: pod.container, previous: pod.previous, tailLines: pod.lines }
  try {
    const text = await kube.request<string>('GET', path, { signal, query })
    return text.split('\n').filter(line => line.trim() !== '')
  } catch {
    // 400 for a container that has not started, 404 for one that is gone, 5xx where its node does not answer: there is nothing to show.
    signal.throwIfAborted()
    return []
  }
}

/** Warning events of a namespace, oldest first. */
export async function warningsIn(kube: Kube, namespace: string, signal: AbortSignal): Promise<readonly KubeEvent[]> {
  const path = `/api/v1/namespaces/${namespace}/events`
  const { items } = await kube.request<{ items: KubeEvent[] }>('GET', path, { signal, query: { fieldSelector: 'type=Warning' } })
  const time = (event: KubeEvent) => event.lastTimestamp ?? event.eventTime ?? ''
  return items.toSorted((a, b) => time(a).localeCompare(time(b)))
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
