/** The providers of a checkout that has no tilt-provider file, from what kubebuilder and clusterctl's conventions put into it. Pure over the checkout. */
import { Failure } from '../host/failure.ts'
import { below, type Files, foldersBelow } from './files.ts'
import { type Identity, identify } from './identity.ts'
import { managerImage } from './manager-image.ts'
import { tiltDefaults } from './provider-config.ts'
import type { TiltProvider } from './tilt-provider.ts'

export interface Inferred extends TiltProvider {
  readonly identity: Identity
  /** Manifests to apply as they are, from the root, where there is no kustomization: a plain project. */
  readonly manifests: readonly string[]
  /** The file that names its image. */
  readonly imageFrom: string | undefined
}

export interface Place {
  /** Name of the folder that the checkout is in. */
  readonly folder: string
  /** How a path from the root is shown. */
  readonly shown: (path: string) => string
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** Folders in which providers are that nobody wants without asking for them. */
const BESIDE = ['test', 'tests', 'hack', 'docs', 'examples', 'samples', 'extensions']

/** Where projects that are none of kubebuilder have their manifests, in this order. */
const PLAIN = ['config', 'deploy', 'manifests', 'k8s', 'kubernetes', 'kustomize']

/** @throws Failure that says what was looked for, where there is nothing to deploy. */
export function inferProviders(files: Files, place: Place): { readonly entries: readonly Inferred[]; readonly notices: readonly string[] } {
  const all = foldersBelow(files, '.', 3).filter(context => hasKustomization(files, below(context, 'config/default')))
  const [contexts, beside] = [all.filter(one => !isBeside(one)), all.filter(isBeside)]
  const entries = contexts.length > 0 ? contexts.map(context => inContext(files, context, place)) : [plainProject(files, place, beside)]
  const notices = entries.map(said)
  const others = beside.map(context => below(context, 'config/default'))
  if (contexts.length > 0 && others.length > 0)
    notices.push(
      `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} left out: name it in \`provider-config\`, with its \`context\`, to have it`,
    )
  return { entries, notices }
}

export const hasKustomization = ({ has }: Pick<Files, 'has'>, folder: string): boolean =>
  KUSTOMIZATIONS.some(name => has(below(folder, name)))

const isBeside = (context: string): boolean => context.split('/').some(part => BESIDE.includes(part))

function inContext(files: Files, context: string, { folder, shown }: Place): Inferred {
  const identity = identify(files, context, folder)
  const kustomization = below(context, 'config/default')
  return entryOf(files, identity, { context, where: `${shown(kustomization)}:1:1` })
}

/** Any controller or application: a Dockerfile, and manifests with or without a kustomization. */
function plainProject(files: Files, { folder, shown }: Place, beside: readonly string[]): Inferred {
  const identity = identify(files, '.', folder)
  const kustomizeFolder = [...PLAIN.flatMap(one => [one, below(one, 'base')]), '.'].find(one => hasKustomization(files, one))
  if (kustomizeFolder !== undefined) return entryOf(files, identity, { kustomizeFolder, where: `${shown(kustomizeFolder)}:1:1` })
  const plain = PLAIN.find(one => manifestsIn(files, one).length > 0)
  if (plain === undefined) throw nothingFound(files, shown('.'), beside)
  return entryOf(files, identity, { kustomizeFolder: plain, manifests: manifestsIn(files, plain), where: `${shown(plain)}:1:1` })
}

function entryOf(files: Files, identity: Identity, read: Partial<Inferred> & Pick<Inferred, 'where'>): Inferred {
  const { name } = identity
  const entry = { ...tiltDefaults(), name, label: name, actions: {}, identity, manifests: [], ...read }
  const found = isBuilt(files, entry.context) ? managerImage(files, below(entry.context, entry.kustomizeFolder), name) : undefined
  return { ...entry, image: found?.image, imageFrom: found?.from }
}

/** Without a Go module and a Dockerfile there is nothing to build: manifests alone. */
const isBuilt = ({ has }: Files, context: string): boolean =>
  ['go.mod', 'Dockerfile', below(context, 'go.mod'), below(context, 'Dockerfile')].some(has)

const manifestsIn = (files: Files, folder: string): readonly string[] =>
  files
    .list(folder)
    .filter(name => /\.ya?ml$/.test(name))
    .map(name => below(folder, name))
    .filter(file => /^kind:/m.test(files.read(file) ?? '') && /^apiVersion:/m.test(files.read(file) ?? ''))
    .toSorted()

function nothingFound(files: Files, where: string, beside: readonly string[]): Failure {
  const kustomizations = foldersBelow(files, 'config', 2).filter(one => hasKustomization(files, one))
  const others = [...beside.map(context => below(context, 'config/default')), ...kustomizations]
  const [chart] = foldersBelow(files, '.', 2).filter(one => files.has(below(one, 'Chart.yaml')))
  const otherwise = chart === undefined ? '' : `, or its chart ${chart} as \`helm-charts\``
  const looked = ['a tilt-provider file', 'config/default', '*/config/default', ...PLAIN.map(one => `${one}/`)]
  return new Failure({
    what: `there is no provider in ${where}`,
    why: `it has none of ${looked.join(', ')} with manifests`,
    remedy:
      others.length === 0
        ? `add a tilt-provider.yaml, or say in \`provider-config\` where its manifests are (\`kustomize-folder\`)${otherwise}`
        : `say in \`provider-config\` which of these it is, as \`kustomize-folder\`: ${others.join(', ')}`,
    where,
  })
}

/** What was made of it, so that a wrong guess is seen. */
function said({ name, context, image, imageFrom, kustomizeFolder, identity, where }: Inferred): string {
  const built = image === undefined ? 'and there is no image of it that could be built here' : `its image ${image} from ${imageFrom}`
  const manifests = below(context, kustomizeFolder)
  return `provider ${name} is inferred, as there is no tilt-provider file: its name from ${identity.from}, its manifests from ${manifests}, ${built}; \`provider-config\` can say otherwise (${where})`
}
