/**
 * Edits of rendered objects, never of files in the user's tree. Each returns a changed copy, or the object itself where it has nothing to
 * change; copies share what is unchanged. What Tilt does only for live reload is left out: security contexts and commands stay as written,
 * since our images have their manager at `/manager` as upstream's do.
 */
import { CLUSTERCTL_LABEL, POD_SECURITY_LABEL, PROVIDER_LABEL } from './labels.ts'
import type { KubeObject } from './object.ts'

export interface Container {
  readonly name?: string
  readonly image?: string
  readonly args?: readonly string[]
  readonly [field: string]: unknown
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

/** Which containers an edit is for. */
export type Select = (container: Container) => boolean

/** Gives a pull secret to the pods that run `image`; `namespaces` are those in which it has to be. */
export function addPullSecret(
  objects: readonly KubeObject[],
  image: string,
  name: string,
): { objects: KubeObject[]; namespaces: string[] } {
  const runs = (object: KubeObject) => containersOf(object).some(container => container.image === image)
  const added = (secrets: unknown) => [...listOf(secrets).filter(secret => secret.name !== name), { name }]
  return {
    objects: objects.map(object => (runs(object) ? setIn(object, [...(podPath(object.kind) ?? []), 'imagePullSecrets'], added) : object)),
    namespaces: [...new Set(objects.filter(runs).map(({ metadata }) => metadata.namespace ?? 'default'))],
  }
}

export const isProviders = (object: KubeObject): boolean => object.metadata.labels?.[PROVIDER_LABEL] !== undefined

export const setLabel = (object: KubeObject, key: string, value: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, [key]: value } },
})

/** Makes `clusterctl move` and `clusterctl upgrade` find the object. */
export const labelForClusterctl = (object: KubeObject): KubeObject => setLabel(object, CLUSTERCTL_LABEL, '')

/** Lets privileged pods into a Namespace that carries the provider label. */
export const admitPrivilegedPods = (object: KubeObject): KubeObject =>
  object.kind === 'Namespace' && isProviders(object) ? setLabel(object, POD_SECURITY_LABEL, 'privileged') : object

/** Of objects that have replicas: Deployments, StatefulSets, ReplicaSets. */
export const setReplicas = (object: KubeObject, replicas: number): KubeObject =>
  ['Deployment', 'StatefulSet', 'ReplicaSet'].includes(object.kind) ? setIn(object, ['spec', 'replicas'], () => replicas) : object

export const setPullPolicy = (object: KubeObject, select: Select, policy: PullPolicy): KubeObject =>
  editContainers(object, select, container => ({ ...container, imagePullPolicy: policy }))

/** Adds arguments behind those of the manifest, where they win over equal flags before them. */
export const addArguments = (object: KubeObject, select: Select, args: readonly string[]): KubeObject =>
  args.length === 0 ? object : editContainers(object, select, container => ({ ...container, args: [...(container.args ?? []), ...args] }))

/** Seconds after which a container whose startup probe never passes is started again; waits here give up before. */
const LONGEST_START = 1800

/**
 * Has the pods of an object asked every second while they start, instead of every ten or after a fixed delay: they are then ready when they are
 * (measured: up to 10 s each for cert-manager's webhook and the managers). A startup probe does it; once it has passed, the manifest's own probes go
 * on as they are written, the readiness probe at once.
 */
export const probeWhileStarting = (object: KubeObject): KubeObject =>
  editContainers(
    object,
    container => isMapping(container.readinessProbe) && container.startupProbe === undefined,
    container => {
      const { initialDelaySeconds: _, ...readinessProbe } = isMapping(container.readinessProbe) ? container.readinessProbe : {}
      const { periodSeconds: _period, successThreshold: _success, ...asked } = readinessProbe
      return { ...container, readinessProbe, startupProbe: { ...asked, periodSeconds: 1, failureThreshold: LONGEST_START } }
    },
  )

/** The containers that an object's pods run, init containers first; none for other kinds. */
export function containersOf(object: KubeObject): Container[] {
  const pod = podPath(object.kind)?.reduce<unknown>((value, field) => (isMapping(value) ? value[field] : undefined), object)
  return isMapping(pod) ? CONTAINER_FIELDS.flatMap(field => listOf(pod[field])) : []
}

export function editContainers(object: KubeObject, select: Select, edit: (container: Container) => Container): KubeObject {
  if (!containersOf(object).some(select)) return object
  const edited = (list: unknown) => listOf(list).map(container => (select(container) ? edit(container) : container))
  return setIn(object, podPath(object.kind) ?? [], pod =>
    isMapping(pod)
      ? { ...pod, ...Object.fromEntries(CONTAINER_FIELDS.flatMap(field => (field in pod ? [[field, edited(pod[field])]] : []))) }
      : pod,
  )
}

const CONTAINER_FIELDS = ['initContainers', 'containers']

/** Where a kind keeps the spec of its pods. */
export function podPath(kind: string): readonly string[] | undefined {
  switch (kind) {
    case 'Pod':
      return ['spec']
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return ['spec', 'template', 'spec']
    case 'CronJob':
      return ['spec', 'jobTemplate', 'spec', 'template', 'spec']
    default:
      return undefined
  }
}

export type Mapping = Readonly<Record<string, unknown>>

export const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null && !Array.isArray(value)

export const listOf = (value: unknown): Container[] => (Array.isArray(value) ? value.filter(isMapping) : [])

/** A copy of `object` in which the value at `path` is what `change` makes of it; mappings that are missing on the way are added. */
export function setIn<T extends Mapping>(object: T, [field, ...rest]: readonly string[], change: (value: unknown) => unknown): T {
  if (field === undefined) return object
  const value = object[field]
  return { ...object, [field]: rest.length === 0 ? change(value) : setIn(isMapping(value) ? value : {}, rest, change) }
}

/** An image without tag and digest, with Docker Hub's short forms written out. */
export function repositoryOf(image: string): string {
  const [tagged = ''] = image.split('@', 1)
  const [, path = tagged] = /^(.*):[^/:]*$/.exec(tagged) ?? []
  const slash = path.indexOf('/')
  const host = slash === -1 ? '' : path.slice(0, slash)
  if (host === 'index.docker.io' || host === 'docker.io') return hubRepository(path.slice(slash + 1))
  // Docker's rule: only a name with a dot, a port, or localhost is a registry.
  return /[.:]/.test(host) || host === 'localhost' ? path : hubRepository(path)
}

const hubRepository = (path: string): string => (path.includes('/') ? `docker.io/${path}` : `docker.io/library/${path}`)
