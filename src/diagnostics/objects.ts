/** Objects of the cluster, kind by kind. Secrets and ConfigMaps are never asked for. */
import { stringify } from 'yaml'
import type { Kube } from '../kube/connect.ts'
import { pathOf } from '../kube/discovery.ts'
import { type KubeEvent, nameOfReference, oneLine } from '../kube/objects.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { Collection } from './collection.ts'
import { shareable } from './shareable.ts'

export interface Kind {
  readonly kind: string
  readonly plural: string
  /** Served versions, preferred one first. */
  readonly apiVersions: readonly string[]
}

export interface Listed<T> {
  readonly objects: readonly T[]
  /** Whether there are more than were asked for. */
  readonly more: boolean
}

/** Objects of one kind that are read. A cluster of somebody else's may have any number. */
const MOST = 500
/** Events are small, and many. */
const MOST_EVENTS = 5000

export const kinds = {
  nodes: { kind: 'Node', plural: 'nodes', apiVersions: ['v1'] },
  namespaces: { kind: 'Namespace', plural: 'namespaces', apiVersions: ['v1'] },
  pods: { kind: 'Pod', plural: 'pods', apiVersions: ['v1'] },
  events: { kind: 'Event', plural: 'events', apiVersions: ['v1'] },
  deployments: { kind: 'Deployment', plural: 'deployments', apiVersions: ['apps/v1'] },
} as const satisfies Record<string, Kind>

/** Of Cluster API and its providers, and of cert-manager. */
const isOurs = (group: string): boolean => /(^|\.)cluster\.x-k8s\.io$/.test(group) || group === 'cert-manager.io'

/** All kinds of these groups that the API server serves. */
export async function customKinds(kube: Kube, collection: Collection): Promise<readonly Kind[]> {
  const all = await collection.attempt('the list of API groups', signal => kube.request<ApiGroups>('GET', '/apis', { signal }))
  const versions = (all?.groups ?? []).filter(({ name }) => isOurs(name)).flatMap(group => group.versions)
  const served = await Promise.all(
    versions.map(({ groupVersion }) =>
      collection.attempt(`the kinds of ${groupVersion}`, signal => kube.discovery.resourcesOf(groupVersion, signal)),
    ),
  )
  const resources = served.flatMap(found => found ?? [])
  const byName = Map.groupBy(resources, ({ apiVersion, plural }) => `${plural}.${apiVersion.split('/')[0]}`)
  return [...byName.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, apiVersions: [first, ...others].map(({ apiVersion }) => apiVersion) }],
  )
}

interface ApiGroups {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly groupVersion: string }[] }[]
}

/** As kubectl takes it: `clusters.cluster.x-k8s.io`, `pods`. */
export const resourceName = ({ plural, apiVersions: [version = ''] }: Kind): string =>
  version.includes('/') ? `${plural}.${version.split('/')[0]}` : plural

/** The objects of a kind in all namespaces, as far as they may be shown. */
export async function listKind<T extends KubeObject>(kube: Kube, kind: Kind, signal: AbortSignal): Promise<Listed<T>> {
  const errors: unknown[] = []
  for (const apiVersion of kind.apiVersions) {
    const path = pathOf({ ...kind, apiVersion, namespaced: true })
    const limit = kind === kinds.events ? MOST_EVENTS : MOST
    try {
      const { items, metadata } = await kube.request<List<T>>('GET', path, { signal, query: { limit } })
      // In lists of its own kinds the API server leaves out what they are.
      const objects = items.map(item => shareable({ ...item, apiVersion, kind: kind.kind }))
      return { objects, more: Boolean(metadata?.continue) }
    } catch (error) {
      signal.throwIfAborted()
      // Another version may be the one that is stored, which needs no conversion webhook.
      errors.push(error)
    }
  }
  throw errors[0]
}

interface List<T> {
  readonly items: readonly T[]
  readonly metadata?: { readonly continue?: string }
}

/** One document for each object, what it is first. */
export const yamlOf = (objects: readonly KubeObject[]): string =>
  objects
    .map(({ apiVersion, kind, ...object }) => stringify({ apiVersion, kind, ...object }, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n')

/** A line for each, oldest first. */
export const eventLines = (events: readonly KubeEvent[]): string =>
  events
    .map(event => ({ event, time: timeOf(event) }))
    .toSorted((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)))
    .map(({ event, time }) => `${time} ${sayEvent(event)}\n`)
    .join('')

const timeOf = ({ lastTimestamp, series, eventTime, metadata }: KubeEvent): string =>
  lastTimestamp ?? series?.lastObservedTime ?? eventTime ?? String(metadata.creationTimestamp ?? '')

function sayEvent({ type = 'Normal', involvedObject, reason = '', message = '', count, series }: KubeEvent): string {
  const times = count ?? series?.count ?? 1
  return `${type} ${nameOfReference({ apiVersion: '', ...involvedObject })}: ${reason}${times > 1 ? ` (${times} times)` : ''}: ${oneLine(message, 1000)}`
}
