/** The image that a provider's manifests name for its manager, read from the files of its kustomization, unrendered. Pure over the checkout. */
import { posix } from 'node:path'
import { readDocuments } from '../manifests/yaml.ts'
import { below, type Files, foldersBelow } from './files.ts'
import { isMapping } from './provider-config.ts'

export interface ManagerImage {
  readonly image: string
  /** The file that says so. */
  readonly from: string
}

/**
 * What the kustomization's own files say goes before what those below it say, and `images:` after both.
 * @param name Of several images that which is called so is meant, where no container is called manager.
 */
export function managerImage(files: Files, kustomizeFolder: string, name: string): ManagerImage | undefined {
  const rendered = inKustomization(files, kustomizeFolder, name, new Set())
  if (rendered !== undefined) return rendered
  // Generated files, and variables that leave no YAML, hide what is listed: the folders beside it tell as much.
  const config = posix.dirname(kustomizeFolder)
  const folders = [below(config, 'manager'), ...foldersBelow(files, config, 3)]
  return folders.map(folder => inFiles(files, manifestsIn(files, folder), name)).find(found => found !== undefined)
}

function inKustomization(files: Files, folder: string, name: string, seen: Set<string>): ManagerImage | undefined {
  if (seen.has(folder)) return undefined
  seen.add(folder)
  const file = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].map(one => below(folder, one)).find(files.has)
  const [kustomization] = documentsIn(file === undefined ? undefined : files.read(file))
  if (file === undefined || !isMapping(kustomization)) return inFiles(files, manifestsIn(files, folder), name)
  const listed = ['patches', 'patchesStrategicMerge', 'resources', 'bases', 'components'].flatMap(key => pathsIn(kustomization[key]))
  const paths = listed.map(path => posix.join(folder, path)).filter(path => !path.startsWith('..') && files.has(path))
  const isManifest = (path: string) => /\.ya?ml$/.test(path)
  const found =
    inFiles(files, paths.filter(isManifest), name) ??
    first(
      paths.filter(path => !isManifest(path)),
      path => inKustomization(files, path, name, seen),
    )
  return found === undefined ? undefined : renamed(kustomization, file, found)
}

/** Texts, and the `path` of patches. */
const pathsIn = (list: unknown): string[] =>
  (Array.isArray(list) ? list : []).flatMap(item => {
    const path = isMapping(item) ? item.path : item
    return typeof path === 'string' && !path.includes('\n') && !path.includes('://') ? [path] : []
  })

function first<T, F>(items: readonly T[], find: (item: T) => F | undefined): F | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

const manifestsIn = (files: Files, folder: string): readonly string[] =>
  files
    .list(folder)
    .filter(file => /\.ya?ml$/.test(file))
    .toSorted()
    .map(file => below(folder, file))

function inFiles(files: Files, manifests: readonly string[], name: string): ManagerImage | undefined {
  const found = manifests.flatMap(from =>
    documentsIn(files.read(from))
      .flatMap(containersOf)
      .map(container => ({ ...container, from })),
  )
  const called = (one: { readonly image: string }) => one.image.replace(/^.*\//, '').replace(/[:@].*$/, '') === name
  const only = new Set(found.map(({ image }) => image)).size === 1 ? found[0] : undefined
  return found.find(one => one.container === 'manager') ?? only ?? found.find(called)
}

/** Those of a Deployment that have an image, without the proxy that older projects have beside the manager. */
function containersOf(document: unknown): { readonly container: string; readonly image: string }[] {
  if (!isMapping(document) || document.kind !== 'Deployment') return []
  const containers = at(document, ['spec', 'template', 'spec', 'containers'])
  return (Array.isArray(containers) ? containers.filter(isMapping) : []).flatMap(({ name, image }) =>
    typeof image === 'string' && name !== 'kube-rbac-proxy' ? [{ container: String(name), image }] : [],
  )
}

/** What `images:` of a kustomization makes of it. */
function renamed(kustomization: Readonly<Record<string, unknown>>, file: string, { image, from }: ManagerImage): ManagerImage {
  const images = Array.isArray(kustomization.images) ? kustomization.images.filter(isMapping) : []
  const [, name = image, rest = ''] = /^(.+?)(:[^:/]+|@.*)?$/.exec(image) ?? []
  const change = images.find(one => one.name === name)
  if (change === undefined) return { image, from }
  const { newName, newTag } = change
  return { image: `${typeof newName === 'string' ? newName : name}${newTag === undefined ? rest : `:${String(newTag)}`}`, from: file }
}

/** None of a file with variables that leave no YAML: the others tell enough. */
function documentsIn(text: string | undefined): readonly unknown[] {
  try {
    return text === undefined ? [] : readDocuments(text, '').map(({ value }) => value)
  } catch {
    return []
  }
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((sofar, key) => (isMapping(sofar) ? sofar[key] : undefined), value)
