/** What a provider is called and of which type it is, where nobody says it: its label, clusterctl-settings.json, the name of its repository. Pure over the checkout. */
import { posix } from 'node:path'
import { parseYaml } from '../manifests/yaml.ts'
import { moduleIn } from '../settings/go-mod.ts'
import { identityOf, nameFor } from './catalogue.ts'
import { below, type Files } from './files.ts'
import { labelOf, type ProviderType } from './provider.ts'
import { isMapping } from './provider-config.ts'

export interface Identity {
  /** As settings say it: `foo`, `foo-bootstrap`, `ipam-foo`. */
  readonly name: string
  /** Nothing where the repository isn't named as one of Cluster API's providers: it has a controller of another kind. */
  readonly type: ProviderType | undefined
  readonly providerName: string
  /** What says so, for a sentence. */
  readonly from: string
}

/** Folders that say of which type the provider in them is, in repositories that have several. */
const TYPE_OF_FOLDER: ReadonlyMap<string, ProviderType> = new Map([
  ['bootstrap', 'bootstrap'],
  ['controlplane', 'control-plane'],
  ['control-plane', 'control-plane'],
  ['infrastructure', 'infrastructure'],
])

/**
 * The identity of the only provider in the folder `context`.
 * @param folder Name of the folder that the repository is in, where nothing else names it.
 */
export function identify(files: Files, context: string, folder: string): Identity {
  const labelled = byLabel(files, below(context, 'config/default'))
  if (labelled !== undefined) return labelled
  const named = ofRepository(files, folder)
  const type = TYPE_OF_FOLDER.get(context.split('/')[0] ?? '')
  if (type === undefined) return context === '.' ? named : { ...named, name: `${named.name}-${posix.basename(context)}` }
  return { ...named, name: nameFor(type, named.providerName), type }
}

/** Kustomizations give all objects of a provider its label, `infrastructure-foo`; those that have no type in it say nothing. */
export function byLabel(files: Files, kustomizeFolder: string): Identity | undefined {
  const file = below(kustomizeFolder, 'kustomization.yaml')
  const [, label] = /^\s*["']?cluster\.x-k8s\.io\/provider["']?: *["']?([\w.-]+)/m.exec(files.read(file) ?? '') ?? []
  if (label === undefined) return undefined
  const { type, providerName } = identityOf(label)
  if (type === 'core' && label !== labelOf('core', 'cluster-api')) return undefined
  return { name: nameFor(type, providerName), type, providerName, from: `the label in ${file}` }
}

/** The repository by its own word: what clusterctl's developers' settings call it, its Go module, its kubebuilder project, its folder. */
function ofRepository(files: Files, folder: string): Identity {
  const settings = nameIn(files.read('clusterctl-settings.json'))
  const typed = settings === undefined ? undefined : identityOf(settings)
  if (typed !== undefined && typed.type !== 'core')
    return { ...typed, name: nameFor(typed.type, typed.providerName), from: 'clusterctl-settings.json' }
  const candidates = [
    [settings, 'clusterctl-settings.json'],
    [moduleIn(files.read('go.mod') ?? '')?.replace(/\/v\d+$/, ''), 'go.mod'],
    [nameIn(files.read('PROJECT')), 'PROJECT'],
    [folder, 'the folder'],
  ] as const
  const said = candidates.flatMap(([name, from]) => (name === undefined ? [] : [{ name: posix.basename(name).toLowerCase(), from }]))
  for (const { name, from } of said) {
    const identity = byRepositoryName(name)
    if (identity !== undefined) return { ...identity, from }
  }
  const { name: called, from } = said.find(one => one.from === 'PROJECT') ?? said[0] ?? { name: folder, from: 'the folder' }
  const name = called.replaceAll(/[^a-z0-9.-]+/g, '-').replaceAll(/^-|-$/g, '')
  return { name, type: undefined, providerName: name, from }
}

/** `cluster-api-provider-foo`, `cluster-api-bootstrap-provider-foo`, `cluster-api-addon-foo`; `cluster-api-foo` may be of any type, or none. */
function byRepositoryName(name: string): Omit<Identity, 'from'> | undefined {
  const [, typed, provider, providerName] =
    /^cluster-api-(?:(bootstrap|control-plane|infrastructure|ipam|addon)-)?(provider-)?(.+)$/.exec(name) ?? []
  if (providerName === undefined) return undefined
  // The pattern has no other types.
  const type = (typed ?? (provider === undefined ? undefined : 'infrastructure')) as ProviderType | undefined
  return { name: type === undefined ? providerName : nameFor(type, providerName), type, providerName }
}

/** `name` or `projectName` of a file that may not be there, or be something else. */
function nameIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const { value } = parseYaml(text, '')
    const name = isMapping(value) ? (value.projectName ?? value.name) : undefined
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}
