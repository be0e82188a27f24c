/** The image that a provider's manifests name for its manager, read from the files of its kustomization, unrendered. Pure over the checkout. */
import { readDocuments } from '../manifests/yaml.ts'
import { below, type Files, foldersBelow } from './files.ts'
import { isMapping } from './provider-config.ts'

export interface ManagerImage {
  readonly image: string
  /** The file that says so. */
  readonly from: string
}

/**
 * Where most have it: a patch beside the kustomization, else the Deployment itself, which other kustomizations give a new name.
 * @param name Of several images that which is called so is meant, where no container is called manager.
 */
export function managerImage(files: Files, kustomizeFolder: string, name: string): ManagerImage | undefined {
  const config = kustomizeFolder.replace(/(^|\/)[^/]+$/, '') || '.'
  const folders = [...new Set([kustomizeFolder, below(config, 'manager'), ...foldersBelow(files, config, 3)])]
  for (const folder of folders) {
    const found = inFolder(files, folder, name)
    // Patches of the kustomization come after what those below it do.
    if (found !== undefined) return [...new Set([folder, kustomizeFolder])].reduce((sofar, one) => renamed(files, one, sofar), found)
  }
  return undefined
}

function inFolder(files: Files, folder: string, name: string): ManagerImage | undefined {
  const manifests = files.list(folder).filter(file => /\.ya?ml$/.test(file))
  const found = manifests.toSorted().flatMap(file => {
    const from = below(folder, file)
    return documentsIn(files.read(from))
      .flatMap(containersOf)
      .map(container => ({ ...container, from }))
  })
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
function renamed(files: Files, folder: string, { image, from }: ManagerImage): ManagerImage {
  const file = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].map(name => below(folder, name)).find(files.has)
  const [kustomization] = documentsIn(file === undefined ? undefined : files.read(file))
  const images = isMapping(kustomization) && Array.isArray(kustomization.images) ? kustomization.images.filter(isMapping) : []
  const [, name = image, rest = ''] = /^(.+?)(:[^:/]+|@.*)?$/.exec(image) ?? []
  const change = images.find(one => one.name === name)
  if (file === undefined || change === undefined) return { image, from }
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
