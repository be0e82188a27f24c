/** Which of the wanted providers are built from the repository and which are releases, and of which version. Pure. */
import { Failure } from '../host/failure.ts'
import { nearest } from '../host/nearest.ts'
import { isPath, type ReleaseVersion, readReference, type SaidVersion, sayVersion } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { CAPI_REPOSITORY, type KnownProvider, knownProviders, namedBy } from './catalogue.ts'
import type { Wait } from './provider.ts'

/** A provider whose release is deployed. Its version is known in words: the run finds out which that is. */
export interface ReleasedProvider extends Omit<KnownProvider, 'version'> {
  readonly version: ReleaseVersion
  /** Why this version, where the user said none of this provider. */
  readonly because: string | undefined
  readonly wait?: Wait | undefined
  /** Values for `${NAME}` in its components, before those that hold for all. */
  readonly substitutions?: Readonly<Record<string, string>> | undefined
}

export interface Choice {
  /** Names of those that the repository has, core first. */
  readonly built: readonly string[]
  readonly released: readonly ReleasedProvider[]
}

export type Wanted = Pick<Settings, 'providers' | 'providerUrls' | 'capiVersion' | 'enableCoreProvider' | 'images' | 'sources'>

/** What there is to build from. */
export interface Sources {
  /** Names of the providers that repositories have. */
  readonly names: readonly string[]
  /** What else they may be called, by clusterctl or by its label, where nothing else is called so; to their names. */
  readonly otherNames: ReadonlyMap<string, string>
  /** Those of the repository in a folder that stands among `providers`. */
  readonly namesIn: (path: string) => readonly string[]
  /** The release of Cluster API that the repository was written for. */
  readonly writtenFor: string | undefined
}

interface Entry {
  readonly said: string
  readonly name: string
  readonly version: SaidVersion | undefined
  /** Its releases, if it has some. */
  readonly known: KnownProvider | undefined
}

/**
 * Core first, then the others in the order in which they are said, each once. A name alone is of the repository where that has it.
 * @throws Failure that lists every name that is unknown; or that says of which release nobody spoke.
 */
export function choose(settings: Wanted, sources: Sources): Choice {
  const known = knownProviders(settings.providerUrls)
  const { where } = settings.sources.providers
  const named = settings.providers.flatMap(said => (isPath(said) ? sources.namesIn(said) : [sources.otherNames.get(said) ?? said]))
  refuseUnknown(
    named.map(said => readReference(said).name),
    sources.names,
    known,
    where,
  )
  refuseUnknown(Object.keys(settings.images), sources.names, known, settings.sources.images.where)
  const said = [...new Set(named)].map(one => entryOf(one, sources.names, known, where))
  const entries = withCore(said, () => entryOf('core', sources.names, known, where), settings.enableCoreProvider)
  refuseTwice(entries, where)
  const ordered = entries.toSorted((one, other) => Number(other.name === 'core') - Number(one.name === 'core'))
  const isBuilt = ({ name, version }: Entry) => version === undefined && sources.names.includes(name)
  return {
    built: ordered.filter(isBuilt).map(({ name }) => name),
    released: ordered.filter(entry => !isBuilt(entry)).map(entry => releaseOf(entry, entries, settings, sources)),
  }
}

/** Releases that are not deployed, but that clusterctl is to know. @throws Failure as `choose`. */
export function furtherReleases(settings: Wanted & Pick<Settings, 'clusterctlReleases'>): readonly ReleasedProvider[] {
  const { clusterctlReleases: providers, sources } = settings
  if (providers.length === 0) return []
  // Nothing of what is deployed says of which version these are.
  const asked = { ...settings, providers, capiVersion: undefined, images: {} }
  const enableCoreProvider = providers.some(
    said => namedBy(readReference(said).name, knownProviders(settings.providerUrls))[0]?.name === 'core',
  )
  const said = { ...sources, providers: sources.clusterctlReleases }
  return choose(
    { ...asked, enableCoreProvider, sources: said },
    { names: [], otherNames: new Map(), namesIn: () => [], writtenFor: undefined },
  ).released
}

function withCore(said: readonly Entry[], core: () => Entry, isEnabled: boolean): readonly Entry[] {
  if (!isEnabled) return said.filter(({ name }) => name !== 'core')
  return said.some(({ name }) => name === 'core') ? said : [core(), ...said]
}

function entryOf(said: string, inRepository: readonly string[], known: readonly KnownProvider[], where: string): Entry {
  const { name, version } = readReference(said)
  const found = namedBy(name, known)
  const [first] = found
  // Of a repository it has the name that the repository gives it.
  if (version === undefined && inRepository.includes(name)) return { said, name, version, known: first }
  if (found.length > 1)
    throw new Failure({
      what: `provider ${name} is ambiguous`,
      why: `there are ${found.map(({ name }) => name).join(' and ')}`,
      remedy: `say ${found.map(({ name }) => name).join(', ')}, or several of them`,
      where,
    })
  return { said, name: first?.name ?? name, version, known: first }
}

function refuseTwice(entries: readonly Entry[], where: string): void {
  for (const [name, [one, other]] of Map.groupBy(entries, ({ name }) => name))
    if (one && other)
      throw new Failure({
        what: `provider ${name} is wanted twice`,
        why: `as ${one.said} and as ${other.said}`,
        remedy: 'keep one of them',
        where,
      })
}

function releaseOf({ said, name, version, known }: Entry, entries: readonly Entry[], settings: Wanted, sources: Sources): ReleasedProvider {
  if (known === undefined)
    throw new Failure({
      what: `provider ${name} has no release`,
      why: `${said} asks for one, and clusterctl knows none`,
      remedy: `say ${name} alone to build it from source, or set provider-urls`,
      where: settings.sources.providers.where,
    })
  if (version?.is === 'go.mod') return { ...known, version: requiredVersion(said, settings, sources), because: 'go.mod says so' }
  if (version !== undefined) return { ...known, version, because: undefined }
  if (!isOfCapi(known)) return { ...known, because: known.version.is === 'latest' ? 'no version of it is said' : 'provider-urls says so' }
  return { ...known, ...capiRelease(said, entries, settings, sources) }
}

const isOfCapi = ({ origin }: KnownProvider): boolean => origin.at === 'github' && origin.repository === CAPI_REPOSITORY

/** Of Cluster API's own providers all are of one version, unless each says its own. */
function capiRelease(
  name: string,
  entries: readonly Entry[],
  { capiVersion, sources }: Wanted,
  { writtenFor }: Sources,
): Pick<ReleasedProvider, 'version' | 'because'> {
  if (capiVersion !== undefined) return { version: { is: 'exact', version: capiVersion }, because: 'capi-version says so' }
  const spoken = entries.filter(({ known, version }) => known !== undefined && isOfCapi(known) && version !== undefined)
  const leader = spoken.find(entry => entry.name === 'core') ?? (new Set(spoken.map(versionSaid)).size === 1 ? spoken[0] : undefined)
  if (leader?.version !== undefined && leader.version.is !== 'go.mod') return { version: leader.version, because: `${leader.said} says so` }
  if (writtenFor !== undefined)
    return { version: { is: 'exact', version: writtenFor }, because: 'go.mod of the repository was written for it' }
  throw new Failure({
    what: `it is not said which release of provider ${name} is wanted`,
    why: 'there is no Cluster API repository to build it from',
    remedy: `say ${name}:latest, or set capi-version`,
    where: sources.providers.where,
  })
}

function requiredVersion(said: string, { sources }: Wanted, { writtenFor }: Sources): ReleaseVersion {
  if (writtenFor !== undefined) return { is: 'exact', version: writtenFor }
  throw new Failure({
    what: `${said} has no version`,
    why: 'no go.mod of a provider repository requires a release of Cluster API',
    remedy: 'say a version, such as v1.13 or latest',
    where: sources.providers.where,
  })
}

const versionSaid = ({ version }: Entry): string => (version === undefined ? '' : sayVersion(version))

function refuseUnknown(names: readonly string[], inRepository: readonly string[], known: readonly KnownProvider[], where: string): void {
  const unknown = [...new Set(names)].filter(name => !inRepository.includes(name) && namedBy(name, known).length === 0)
  const [first] = unknown
  if (first === undefined) return
  const all = [...new Set([...inRepository, ...known.map(({ name }) => name)])]
  const meant = unknown.flatMap(name => {
    // `k3s` of a repository that has k3s-bootstrap and k3s-control-plane.
    const longer = inRepository.filter(one => one.startsWith(`${name}-`))
    const near = longer.length > 0 ? longer.join(' and ') : nearest(name, all)
    return near === undefined ? [] : [near]
  })
  const these = unknown.length === 1 ? 'this name' : 'these names'
  throw new Failure({
    what: unknown.length === 1 ? `provider ${first} is unknown` : `providers ${unknown.join(', ')} are unknown`,
    why: `${inRepository.length === 0 ? '' : `the repository has ${inRepository.join(', ')}; `}clusterctl knows no release of ${these}`,
    remedy:
      meant.length === unknown.length
        ? `did you mean ${meant.join(', ')}?`
        : `${inRepository.length === 0 ? 'add' : 'say one that the repository has, add'} its checkout to provider-repos, or say in provider-urls where its release is`,
    where,
  })
}
