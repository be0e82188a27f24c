/** The providers of a repository: those of its tilt-provider file, else those that its layout tells. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { moduleIn } from '../settings/go-mod.ts'
import { below, type Files, filesIn, foldersBelow } from './files.ts'
import { byLabel, type Identity, identify } from './identity.ts'
import { inferProviders, type Place } from './infer.ts'
import { readTiltProviders, type TiltProvider } from './tilt-provider.ts'

export interface DiscoveredProvider extends TiltProvider {
  readonly source: 'tilt-provider' | 'inferred'
  /** What its repository tells of its type, where its manifests have no label that does. */
  readonly identity: Identity
  /** Manifests to apply as they are, from the root: in place of a kustomization, where there is none. */
  readonly manifests: readonly string[]
}

export interface Discovered {
  readonly entries: readonly DiscoveredProvider[]
  readonly notices: readonly string[]
}

/** Tilt looks for these two, in this order. */
const FILES = ['tilt-provider.yaml', 'tilt-provider.json']

/** Names that are taken for them. */
const NEAR = ['tilt-provider.yml', 'tilt.json', 'tilt.yaml', 'tilt_provider.yaml', 'tilt_provider.json']

/**
 * @param shownAs How messages name the folder.
 * @throws Failure where its tilt-provider file can't be taken, or there is none and nothing else to deploy.
 */
export const discoverProviders = async (root: string, shownAs = root): Promise<Discovered> =>
  findProviders(filesIn(root), { folder: basename(root), shown: path => join(shownAs, path) })

/** As `discoverProviders`. Pure over the checkout. */
export function findProviders(files: Files, place: Place): Discovered {
  const { shown } = place
  const notices = [...misnamed(files, place), ...nested(files, place)]
  const [file] = FILES.filter(files.has)
  if (file === undefined) {
    const inferred = inferProviders(files, place)
    return { entries: inferred.entries.map(entry => ({ ...entry, source: 'inferred' })), notices: [...notices, ...inferred.notices] }
  }
  const read = readTiltProviders(files.read(file) ?? '', shown(file))
  const entries = read.entries.map((entry, _, all): DiscoveredProvider => {
    const isAlone = all.filter(({ context }) => context === entry.context).length === 1
    const identity =
      byLabel(files, below(entry.context, entry.kustomizeFolder)) ?? (isAlone ? identify(files, entry.context, place.folder) : bare(entry))
    return { ...entry, source: 'tilt-provider', manifests: [], identity }
  })
  return { entries, notices: [...read.notices, ...notices] }
}

const bare = ({ name }: TiltProvider): Identity => ({ name, type: undefined, providerName: name, from: 'its name' })

function misnamed({ has }: Files, { shown }: Place): string[] {
  const [read, ...others] = FILES.filter(has)
  const unread = others.map(file => `${shown(file)} is not read: there is ${shown(read ?? '')}, which goes before it`)
  return read === undefined
    ? NEAR.filter(has).map(file => `${shown(file)} is not read: a file with this is called ${FILES.join(' or ')}`)
    : unread
}

/** Files of Tilt below the root are repositories of their own to it. */
function nested(files: Files, { shown }: Place): string[] {
  const [, ...folders] = foldersBelow(files, '.', 4)
  const own = folders.filter(folder => FILES.some(file => files.has(below(folder, file))))
  return own.map(folder => `${shown(folder)} has providers of its own: add it to \`provider-repos\` to have them`)
}

/**
 * What a repository of providers is a part of, which its Go module and its Dockerfiles may reach into: where it has no go.mod of its own, the checkout that it
 * lies in; and where it lies there.
 */
export function checkoutOf(root: string): { readonly top: string; readonly folder: string } {
  const has = (folder: string, name: string) => existsSync(join(folder, name))
  if (has(root, 'go.mod') || has(root, '.git')) return { top: root, folder: '.' }
  const above: string[] = []
  for (let folder = dirname(root); !above.includes(folder); folder = dirname(folder)) above.push(folder)
  const top = above.find(folder => has(folder, '.git')) ?? outermostModule(above) ?? root
  return { top, folder: relative(top, root) || '.' }
}

/** Of a copy without `.git`: the last of the folders whose Go module the module of the first is below. */
function outermostModule(folders: readonly string[]): string | undefined {
  const modules = folders.flatMap(folder => {
    const module = moduleIn(filesIn(folder).read('go.mod') ?? '')
    return module === undefined ? [] : [{ folder, module }]
  })
  return modules.findLast(({ module }) => `${modules[0]?.module}/`.startsWith(`${module}/`))?.folder
}
