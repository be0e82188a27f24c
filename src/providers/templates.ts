/** Finds the workload cluster's template and the ClusterClasses that it needs: files that are named, or names in template folders. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure, messageOf } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { providerNames } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'

export interface WorkloadFiles {
  /** Absolute path of the cluster template. */
  readonly template: string
  /** Absolute paths of ClusterClass files, to be applied before the template. */
  readonly classes: readonly string[]
}

type Wanted = Pick<
  Settings,
  'workloadTemplate' | 'workloadClusterClass' | 'templateDirs' | 'providers' | 'repository' | 'workingDirectory' | 'sources'
>

/**
 * The files of the wanted workload cluster; undefined where none is wanted.
 * @throws Failure when one is not found, with what there is.
 */
export async function findWorkloadFiles(settings: Wanted): Promise<WorkloadFiles | undefined> {
  if (settings.workloadTemplate === undefined) return undefined
  const folders = templateFolders(settings)
  const template = await find(settings, 'cluster-template', settings.workloadTemplate, settings.sources.workloadTemplate.where, folders)
  const beside = [dirname(template), ...folders]
  const wanted = settings.workloadClusterClass
  if (wanted.length > 0)
    return {
      template,
      classes: await Promise.all(
        wanted.map(name => find(settings, 'clusterclass', name, settings.sources.workloadClusterClass.where, beside)),
      ),
    }
  const named = classesNamed(await readFile(template, 'utf8'))
  // A class that no folder has may be in the cluster already; the API server tells if it is not.
  const classes = named.flatMap(
    name => beside.map(folder => join(folder, `clusterclass-${name}.yaml`)).find(file => existsSync(file)) ?? [],
  )
  return { template, classes }
}

const templateFolders = ({ templateDirs, providers, repository }: Wanted): string[] =>
  Object.entries(templateDirs).flatMap(([provider, folders]) =>
    providerNames(providers).includes(provider) ? folders.map(folder => resolve(repository, folder)) : [],
  )

async function find(
  { workingDirectory, repository }: Wanted,
  prefix: string,
  name: string,
  where: string,
  folders: readonly string[],
): Promise<string> {
  const candidates = [
    ...folders.map(folder => join(folder, fileName(prefix, name))),
    ...(/[/.]/.test(name) ? [resolve(workingDirectory, name), resolve(repository, name)] : []),
  ]
  const file = candidates.find(candidate => existsSync(candidate))
  if (file !== undefined) return file
  const names = [...new Set((await Promise.all(folders.map(folder => namesIn(folder, prefix)))).flat())].toSorted()
  throw new Failure({
    what: `${prefix === 'clusterclass' ? 'ClusterClass' : 'cluster template'} ${name} is not found${didYouMean(name, names)}`,
    why:
      names.length === 0
        ? `no such file, and no ${prefix}-*.yaml in ${folders.join(', ') || 'any template folder'}`
        : `there are ${names.join(', ')}`,
    remedy: 'name one of these, a file, or add its folder to `template_dirs` in tilt-settings',
    where,
  })
}

/** The Tiltfile's rule: `cluster-template.yaml` is the template `default`. */
const fileName = (prefix: string, name: string): string =>
  prefix === 'cluster-template' && name === 'default' ? `${prefix}.yaml` : `${prefix}-${name}.yaml`

async function namesIn(folder: string, prefix: string): Promise<string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new Failure({ what: `the template folder ${folder} can't be read`, why: messageOf(error), cause: error })
  })
  return files.flatMap(file => {
    const name = basename(file, '.yaml')
    if (!file.endsWith('.yaml') || !name.startsWith(prefix)) return []
    return name === prefix ? ['default'] : [name.slice(prefix.length + 1)]
  })
}

/**
 * Names of ClusterClasses in the text of a template, before substitution: `class: x` (v1beta1) or `classRef:` with `name: x` below (v1beta2).
 * The text is no YAML yet (`${…}` may stand anywhere), so it is read by lines.
 */
export function classesNamed(text: string): string[] {
  const lines = text.split(/\r?\n/)
  const names = lines.flatMap((line, index) => {
    const [, indent, key] = /^( *)(classRef|topology): *$/.exec(line) ?? []
    if (indent === undefined) return []
    const children = childrenOf(lines.slice(index + 1), indent.length)
    return children.flatMap(child => (key === 'classRef' ? /^name: *"?([a-z0-9.-]+)/ : /^class: *"?([a-z0-9.-]+)/).exec(child)?.[1] ?? [])
  })
  return [...new Set(names)]
}

/** The lines one level below a key that is indented by `indent` spaces, without their own indent. */
function childrenOf(following: readonly string[], indent: number): string[] {
  const indents = following.map(line => (line.trim() === '' ? Number.POSITIVE_INFINITY : line.search(/\S/)))
  const end = indents.findIndex(one => one <= indent)
  const block = following.slice(0, end === -1 ? following.length : end)
  return block.filter((_, index) => indents[index] === indents[0]).map(line => line.trim())
}
