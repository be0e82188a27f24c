/** Finds the template of a workload cluster and the ClusterClasses that it needs: by name among those that there are, as a file, or as a folder that is built. */
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import { Failure } from '../host/failure.ts'
import { substitute } from '../manifests/substitute.ts'
import { isPath, providerNames } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import type { NamedText } from '../settings/source.ts'
import { choose } from './template-choice.ts'
import {
  isKustomizationFolder,
  type TemplateFile,
  type TemplateFolder,
  type TemplateRoot,
  templateFiles,
  usualFolders,
} from './template-files.ts'
import { classesIn, classesNamed } from './template-names.ts'

/** Text that is there, or a folder to be built with kustomize. */
export type TemplateSource = NamedText | { readonly kustomization: string }

export interface WorkloadSources {
  readonly template: TemplateSource
  /** The ClusterClasses that go with the text of the template, to be applied before it. */
  classesFor(template: NamedText): Promise<readonly TemplateSource[]>
}

export interface WantedTemplate {
  readonly template: string
  /** Those that the template names, where there are none. */
  readonly classes: readonly string[]
  /** By which names of classes are filled in. */
  readonly variables: Readonly<Record<string, string>>
  /** Who said the template, and who the classes. */
  readonly where: Readonly<Record<TemplateFile['is'], string>>
}

type Wanted = Pick<Settings, 'templateDirs' | 'providers' | 'providerRepos' | 'repository' | 'workingDirectory' | 'sources'>

/** All templates and ClusterClasses of the enabled providers: in `template_dirs` where that is said, else in Tilt's own folders and the usual ones of each checkout. */
export async function listTemplates(settings: Wanted): Promise<readonly TemplateFile[]> {
  return (await Promise.all(foldersOf(settings).map(templateFiles))).flat()
}

/** Where Cluster API up to v1.9, in which it was a provider of its own, has what its Tiltfile finds by default. */
const IN_MEMORY = 'test/infrastructure/inmemory/templates'

function foldersOf(settings: Wanted): TemplateFolder[] {
  const { templateDirs, providers, repository, sources } = settings
  const names = providerNames(providers)
  // Which providers a folder among them has is not known here.
  const isEnabled = (provider: string) => names.includes(provider) || providers.some(isPath)
  const said = Object.entries(templateDirs).flatMap(([provider, folders]) =>
    isEnabled(provider) ? folders.map(folder => ({ provider, folder: resolve(repository, folder) })) : [],
  )
  if (sources.templateDirs.kind !== 'default') {
    refuseMissing(
      said.filter(({ provider }) => names.includes(provider)),
      sources.templateDirs.where,
    )
    return said
  }
  const inMemory = names.includes('in-memory') ? [{ provider: 'in-memory', folder: resolve(repository, IN_MEMORY) }] : []
  return [...said, ...inMemory, ...usualFolders(checkouts(settings))]
}

/** Tilt stops at one, too. */
function refuseMissing(folders: readonly TemplateFolder[], where: string): void {
  const missing = folders.find(({ folder }) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
  if (missing === undefined) return
  throw new Failure({
    what: `template_dirs.${missing.provider} names ${missing.folder}, which is no folder`,
    remedy: 'correct the path, which starts from the repository, or remove it',
    where,
  })
}

function checkouts({ repository, providerRepos, providers, workingDirectory }: Wanted): TemplateRoot[] {
  const beside = [...providerRepos, ...providers.filter(isPath)].map(path => resolve(workingDirectory, path))
  return [...new Set([repository, ...beside])].map(root => ({ root, provider: checkoutName(root) }))
}

/** A checkout is named as most are, `cluster-api-provider-aws`: then its provider is `aws`. */
export const checkoutName = (root: string): string => basename(root).replace(/^cluster-api-(.*provider-)?/, '')

/**
 * Where the template is, and how its classes are found.
 * @throws Failure when it is not found, or may be several, with what there is.
 */
export async function findTemplate(settings: Wanted, files: readonly TemplateFile[], wanted: WantedTemplate): Promise<WorkloadSources> {
  const find = (is: TemplateFile['is'], name: string) => locate(settings, files, { is, name, where: wanted.where[is] })
  const template = find('template', wanted.template)
  // A class that lies beside a template need not be in a folder that is searched.
  const near = await templateFiles({ provider: '', folder: dirname(template), depth: 1 })
  const all = [...files, ...near.filter(({ file }) => !files.some(other => other.file === file))]
  const said = wanted.classes.map(name => locate(settings, all, { is: 'class', name, where: wanted.where.class }))
  const classesFor = async (found: NamedText) => (said.length > 0 ? said : classesOf(found, template, all, wanted.variables))
  return { template: await read(template), classesFor: async found => Promise.all((await classesFor(found)).map(read)) }
}

/** A kustomization is read when it is built. */
const read = async (file: string): Promise<TemplateSource> =>
  statSync(file).isDirectory() ? { kustomization: file } : { file, text: await readFile(file, 'utf8') }

interface Said {
  readonly is: TemplateFile['is']
  readonly name: string
  readonly where: string
}

/** The path of the file or folder that is meant. */
function locate({ workingDirectory, repository, providers }: Wanted, files: readonly TemplateFile[], said: Said): string {
  const { name, where } = said
  if (/^[a-z]+:\/\//.test(name))
    throw new Failure({
      what: `${name} is an address`,
      why: 'a template is a name, a file or a folder',
      remedy: 'download it in a step before',
      where,
    })
  if (/[/.]/.test(name)) {
    const path = [resolve(workingDirectory, name), resolve(repository, name)].find(existsSync)
    if (path !== undefined && (!statSync(path).isDirectory() || isKustomizationFolder(path))) return path
  }
  return choose(files, said, providerNames(providers)).file
}

/** A class that nothing has may be in the cluster already; the API server tells if it is not. */
function classesOf(
  template: NamedText,
  place: string,
  files: readonly TemplateFile[],
  variables: Readonly<Record<string, string>>,
): string[] {
  const text = filled(template, variables)
  const own = classesIn(text)
  const classes = files.filter(({ is, file }) => is === 'class' && file !== place)
  return classesNamed(text)
    .filter(name => !own.includes(name))
    .flatMap(name => {
      const byFile = classes.filter(({ steps, kustomization }) => steps.at(-1) === name && !kustomization)
      const byName = classes.filter(found => classesIn(filled(found, variables)).includes(name))
      return nearestTo(place, byFile.length > 0 ? byFile : byName)?.file ?? []
    })
}

/** Of several of the same name the one that shares most folders with the template, then the surest, then the highest. */
function nearestTo(place: string, files: readonly TemplateFile[]): TemplateFile | undefined {
  const away = ({ file }: TemplateFile) =>
    relative(dirname(place), dirname(file))
      .split('/')
      .filter(step => step === '..').length
  return files.toSorted((one, other) => away(one) - away(other) || one.rank - other.rank || one.steps.length - other.steps.length)[0]
}

/** With its variables as far as they are known; text that can't be read stays as it is, until it is filled for good. */
function filled({ file, text }: NamedText, variables: Readonly<Record<string, string>>): string {
  try {
    return substitute(text, variables, { file, trimNames: true, unset: 'empty' })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return text
  }
}
