/**
 * What manifests name and nobody can use: images that have been taken away, namespaces, pull secrets and certificates that nobody has made. Edits of rendered objects, each with a sentence on what
 * it changed. Pure.
 */
import { containersOf, editContainers, listOf, podPath, repositoryOf, setIn } from './edits.ts'
import { nameOf as display, type KubeObject } from './object.ts'

export interface Mended {
  readonly objects: readonly KubeObject[]
  /** One sentence per thing that was changed. */
  readonly notices: readonly string[]
}

/**
 * Repositories that answer no more, and where the same tags are. kubebuilder's copy of kube-rbac-proxy went in March 2025; older scaffolds have it as a sidecar, and pods
 * of which one container cannot be pulled never become ready. What it was a copy of is still there.
 */
const MOVED: Readonly<Record<string, string>> = {
  'gcr.io/kubebuilder/kube-rbac-proxy': 'quay.io/brancz/kube-rbac-proxy',
}

/** All of it, for the objects of one provider, which lives in `namespace`. */
export function mend(objects: readonly KubeObject[], namespace: string): Mended {
  const housed = addMissingNamespace(objects, namespace)
  const moved = replaceMovedImages(housed.objects)
  const kept = dropMissingPullSecrets(moved.objects)
  const converted = dropDeadConversions(kept.objects)
  return { objects: converted.objects, notices: [...housed.notices, ...moved.notices, ...kept.notices, ...converted.notices] }
}

/** Namespaces that every cluster has. */
const ALWAYS_THERE = /^(default|kube-.*)$/

/** Whose chart, or whose user, makes the Namespace: here nobody else does. */
export function addMissingNamespace(objects: readonly KubeObject[], namespace: string): Mended {
  const isThere = objects.some(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace)
  if (isThere || ALWAYS_THERE.test(namespace) || objects.every(({ metadata }) => metadata.namespace !== namespace))
    return { objects, notices: [] }
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  return { objects: [made, ...objects], notices: [`there is no Namespace ${namespace} among the manifests that are for it: it is made`] }
}

export function replaceMovedImages(objects: readonly KubeObject[]): Mended {
  const moved = objects
    .flatMap(containersOf)
    .flatMap(({ image }) => (image === undefined || newName(image) === undefined ? [] : [[image, newName(image) ?? image] as const]))
  return {
    objects: objects.map(object =>
      editContainers(
        object,
        ({ image }) => image !== undefined && newName(image) !== undefined,
        container => ({ ...container, image: newName(container.image ?? '') ?? container.image ?? '' }),
      ),
    ),
    notices: [...new Map(moved)].map(([from, to]) => `image ${from} is gone from its registry: ${to} is used instead`),
  }
}

/** The tag goes along; a digest too, since copies have the same. */
function newName(image: string): string | undefined {
  const to = MOVED[repositoryOf(image)]
  return to === undefined ? undefined : `${to}${/(:[^/:@]+)?(@.+)?$/.exec(image)?.[0] ?? ''}`
}

/** Pods wait for no pull secret, but the kubelet complains of each that is missing, in every event list that is read when something else is wrong. */
export function dropMissingPullSecrets(objects: readonly KubeObject[]): Mended {
  const there = new Set(objects.filter(({ kind }) => kind === 'Secret').map(secret => key(secret.metadata.namespace, secret.metadata.name)))
  const notices: string[] = []
  const kept = objects.map(object => {
    const path = object.kind === 'ServiceAccount' ? [] : podPath(object.kind)
    if (path === undefined) return object
    const secrets = listOf(valueAt(object, [...path, 'imagePullSecrets']))
    const missing = secrets.filter(({ name }) => name !== undefined && !there.has(key(object.metadata.namespace, name)))
    if (missing.length === 0) return object
    const names = missing.map(({ name }) => name).join(', ')
    notices.push(`${display(object)} names the pull secret ${names}, which the manifests don't have: left out`)
    const left = secrets.filter(secret => !missing.includes(secret))
    return setIn(object, [...path, 'imagePullSecrets'], () => left)
  })
  return { objects: kept, notices }
}

const INJECT_FROM = 'cert-manager.io/inject-ca-from'

/**
 * A conversion webhook that never gets its CA bundle, as its annotation names no Certificate (kustomize's `$(CERTIFICATE_NAME)` that nothing replaced any more). The
 * API server converts between versions alone: of a CRD that has one, nobody ever calls it, nor notices. Those that have several are left to fail.
 */
export function dropDeadConversions(objects: readonly KubeObject[]): Mended {
  const certificates = new Set(
    objects.filter(({ kind }) => kind === 'Certificate').map(({ metadata: { namespace, name } }) => `${namespace}/${name}`),
  )
  const isDead = (object: KubeObject): boolean => {
    const from = object.metadata.annotations?.[INJECT_FROM]
    if (object.kind !== 'CustomResourceDefinition' || from === undefined || certificates.has(from)) return false
    const versions = valueAt(object, ['spec', 'versions'])
    return valueAt(object, ['spec', 'conversion', 'strategy']) === 'Webhook' && Array.isArray(versions) && versions.length === 1
  }
  const dead = objects.filter(isDead)
  return {
    objects: objects.map(object => (dead.includes(object) ? setIn(object, ['spec', 'conversion'], () => ({ strategy: 'None' })) : object)),
    notices: [...Map.groupBy(dead, ({ metadata }) => metadata.annotations?.[INJECT_FROM])].map(
      ([from, group]) =>
        `${group.map(({ metadata }) => metadata.name).join(', ')}: the CA bundle of the conversion webhook is to come from ${from}, which is no Certificate of the manifests; each has one version, so the webhook is never called, and left out`,
    ),
  }
}

const key = (namespace: string | undefined, name: string): string => `${namespace ?? 'default'}/${name}`

const valueAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, field) => (typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined), object)
