/** What manifests name and no node can use any more: images that have been taken away, pull secrets that nobody has made. Edits of rendered objects, each with a sentence on what it changed. Pure. */
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

/** All of it, for the objects of one provider. */
export function mend(objects: readonly KubeObject[]): Mended {
  const moved = replaceMovedImages(objects)
  const kept = dropMissingPullSecrets(moved.objects)
  return { objects: kept.objects, notices: [...moved.notices, ...kept.notices] }
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

const key = (namespace: string | undefined, name: string): string => `${namespace ?? 'default'}/${name}`

const valueAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, field) => (typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined), object)
