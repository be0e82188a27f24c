/** What cluster templates and ClusterClasses there are: files by name or by what they hold, and kustomizations that have to be built. */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Failure, messageOf } from '../host/failure.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { hasClass, hasCluster, nameInFile } from './template-names.ts'

/** A folder that is searched, with all below it. */
export interface TemplateFolder {
  /** Whose templates they are. */
  readonly provider: string
  readonly folder: string
  /** How many folders deep: default 8. */
  readonly depth?: number
}

export interface TemplateFile {
  readonly is: 'template' | 'class'
  readonly provider: string
  /** Name of the folder that was searched. */
  readonly top: string
  /** Its name, after the folders from the searched one on: `docker`, `kube-vip`. A file that is named after nothing else is `default`. */
  readonly steps: readonly string[]
  /** Absolute; of a kustomization its folder. */
  readonly file: string
  readonly kustomization: boolean
  /** How surely it is one: 0 by its file's name, 1 for a kustomization, 2 by what it holds. */
  readonly rank: number
  /** Before substitution; of a kustomization that of all its resources. */
  readonly text: string
}

/** A checkout of a provider. */
export interface TemplateRoot {
  readonly provider: string
  readonly root: string
}

/** Where provider repositories have their templates (39 read: Cluster API's own are elsewhere, in its `test` folder). */
const USUAL_FOLDERS = ['templates', 'samples', 'examples', 'kustomize']

/** The usual folders that a checkout has. */
export const usualFolders = (roots: readonly TemplateRoot[]): TemplateFolder[] =>
  roots.flatMap(({ provider, root }) =>
    USUAL_FOLDERS.map(name => join(root, name)).flatMap(folder => (existsSync(folder) ? [{ provider, folder }] : [])),
  )

const DEPTH = 8
/** Larger files are none that people write. */
const LARGEST = 2 ** 21
const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** A folder that is not there has none. @throws Failure for one that cannot be read. */
export async function templateFiles({ provider, folder, depth = DEPTH }: TemplateFolder): Promise<TemplateFile[]> {
  const paths = await yamlFiles(folder, depth)
  const texts = new Map(await Promise.all(paths.map(async path => [path, await textOf(path)] as const)))
  const kustomizations = paths.filter(isKustomization)
  const parts = new Set(kustomizations.flatMap(path => resourcesOf(path, texts.get(path) ?? '')))
  const built = new Set(kustomizations.map(dirname))
  const plain = paths
    .filter(path => !isKustomization(path) && !(parts.has(path) && built.has(dirname(path))))
    .flatMap(path => plainFile(path, texts.get(path) ?? '', parts.has(path)))
  const ofFolders = [...built].flatMap(path => builtFile(path, textBelow(path, texts)))
  return [...plain, ...ofFolders].map(({ name, within, ...found }) => ({
    ...found,
    provider,
    top: basename(folder),
    steps: [...stepsOf(folder, within), name],
  }))
}

type Found = Omit<TemplateFile, 'steps' | 'provider' | 'top'> & { readonly name: string; readonly within: string }

function plainFile(file: string, text: string, isPart: boolean): Found[] {
  const named = nameInFile(basename(file))
  const is = hasCluster(text) ? (named?.is === 'class' && hasClass(text) ? 'class' : 'template') : hasClass(text) ? 'class' : named?.is
  // What a kustomization is made of is a template of its own only where it is named so.
  if (is === undefined || (named === undefined && isPart)) return []
  const name = named?.name ?? basename(file).replace(/\.ya?ml$/, '')
  return [{ is, name, within: dirname(file), file, kustomization: false, rank: named === undefined ? 2 : 0, text }]
}

function builtFile(folder: string, text: string): Found[] {
  const common = { name: basename(folder), within: dirname(folder), file: folder, kustomization: true, rank: 1, text }
  return hasCluster(text) ? [{ ...common, is: 'template' }] : hasClass(text) ? [{ ...common, is: 'class' }] : []
}

const stepsOf = (folder: string, within: string): string[] =>
  relative(folder, within)
    .split('/')
    .filter(step => step !== '' && step !== '..')

const isKustomization = (path: string): boolean => KUSTOMIZATIONS.includes(basename(path))

/** The folder of a kustomization, where `path` is one. */
export const isKustomizationFolder = (path: string): boolean => KUSTOMIZATIONS.some(name => existsSync(join(path, name)))

/** Absolute paths of what a kustomization is made of, but for patches. One that can't be read has nothing: kustomize says why when it is built. */
function resourcesOf(path: string, text: string): string[] {
  try {
    const { value } = parseYaml(text, path)
    const lists = ['resources', 'bases', 'components'].map(field =>
      typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined,
    )
    return lists.flat().flatMap(entry => (typeof entry === 'string' && !/:\/\//.test(entry) ? [resolve(dirname(path), entry)] : []))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return []
  }
}

/** The texts of all resources of the kustomization in a folder, as far as they were found. */
function textBelow(folder: string, texts: ReadonlyMap<string, string>, seen: Set<string> = new Set()): string {
  if (seen.has(folder)) return ''
  seen.add(folder)
  const file = KUSTOMIZATIONS.map(name => join(folder, name)).find(path => texts.has(path))
  if (file === undefined) return ''
  return resourcesOf(file, texts.get(file) ?? '')
    .map(path => texts.get(path) ?? textBelow(path, texts, seen))
    .join('\n---\n')
}

async function yamlFiles(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { recursive: depth > 1, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new Failure({ what: `the template folder ${folder} can't be read`, why: messageOf(error), cause: error })
  })
  return entries
    .filter(entry => entry.isFile() && (/\.ya?ml$/.test(entry.name) || entry.name === 'Kustomization'))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !isHidden(relative(folder, path).split('/'), depth))
    .toSorted()
}

const isHidden = (steps: readonly string[], depth: number): boolean =>
  steps.length > depth || steps.some(step => step.startsWith('.') || step === 'node_modules' || step === 'vendor')

async function textOf(path: string): Promise<string> {
  return (await stat(path)).size > LARGEST ? '' : readFile(path, 'utf8')
}
