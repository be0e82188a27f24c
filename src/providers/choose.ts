/** Which of the wanted providers are built from the repository and which are releases, and of which version. Pure. */
import { Failure } from '../host/failure.ts'
import { nearest } from '../host/nearest.ts'
import { type ReleaseVersion, readReference, sayVersion } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { CAPI_REPOSITORY, type KnownProvider, knownProviders, namedBy } from './catalogue.ts'

/** A provider whose release is deployed. Its version is known in words: the run finds out which that is. */
export interface ReleasedProvider extends Omit<KnownProvider, 'version'> {
  readonly version: ReleaseVersion
  /** Why this version, where the user said none of this provider. */
  readonly because: string | undefined
}

export interface Choice {
  /** Names of those that the repository has, core first. */
  readonly built: readonly string[]
  readonly released: readonly ReleasedProvider[]
}

type Wanted = Pick<Settings, 'providers' | 'providerUrls' | 'capiVersion' | 'extraArgs' | 'images' | 'sources'>

interface Entry {
  readonly said: string
  readonly name: string
  readonly version: ReleaseVersion | undefined
  /** Its releases, if it has some. */
  readonly known: KnownProvider | undefined
}

/**
 * Core first, then the others in the order in which they are said, each once. A name alone is of the repository where that has it.
 * @param inRepository Names of the providers that the repository has; empty without one.
 * @throws Failure that lists every name that is unknown; or that says of which release nobody spoke.
 */
export function choose(settings: Wanted, inRepository: readonly string[]): Choice {
  const known = knownProviders(settings.providerUrls)
  const where = settings.sources.providers.where
  refuseUnknown(
    settings.providers.map(said => readReference(said).name),
    inRepository,
    known,
    where,
  )
  for (const key of ['extraArgs', 'images'] as const)
    refuseUnknown(Object.keys(settings[key]), inRepository, known, settings.sources[key].where)
  const said = [...new Set(settings.providers)].map(one => entryOf(one, inRepository, known, where))
  const entries = said.some(({ name }) => name === 'core') ? said : [entryOf('core', inRepository, known, where), ...said]
  refuseTwice(entries, where)
  const ordered = entries.toSorted((one, other) => Number(other.name === 'core') - Number(one.name === 'core'))
  const isBuilt = ({ name, version }: Entry) => version === undefined && inRepository.includes(name)
  return {
    built: ordered.filter(isBuilt).map(({ name }) => name),
    released: ordered.filter(entry => !isBuilt(entry)).map(entry => releaseOf(entry, entries, settings)),
  }
}

function entryOf(said: string, inRepository: readonly string[], known: readonly KnownProvider[], where: string): Entry {
  const { name, version } = readReference(said)
  const found = namedBy(name, known)
  const [first] = found
  if (found.length > 1 && !inRepository.includes(name))
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
    if (one && other) throw new Failure({ what: `provider ${name} is wanted twice`, why: `as ${one.said} and as ${other.said}`, where })
}

function releaseOf({ said, name, version, known }: Entry, entries: readonly Entry[], settings: Wanted): ReleasedProvider {
  if (known === undefined)
    throw new Failure({
      what: `provider ${name} has no release`,
      why: `${said} asks for one, and clusterctl knows none`,
      remedy: `say ${name} alone to build it from source, or set provider-urls`,
      where: settings.sources.providers.where,
    })
  if (version !== undefined) return { ...known, version, because: undefined }
  if (!isOfCapi(known)) return { ...known, because: known.version.is === 'latest' ? 'no version of it is said' : 'provider-urls says so' }
  return { ...known, ...capiRelease(said, entries, settings) }
}

const isOfCapi = ({ origin }: KnownProvider): boolean => origin.at === 'github' && origin.repository === CAPI_REPOSITORY

/** Of Cluster API's own providers all are of one version, unless each says its own. */
function capiRelease(
  name: string,
  entries: readonly Entry[],
  { capiVersion, sources }: Wanted,
): Pick<ReleasedProvider, 'version' | 'because'> {
  if (capiVersion !== undefined) return { version: { is: 'exact', version: capiVersion }, because: 'capi-version says so' }
  const spoken = entries.filter(({ known, version }) => known !== undefined && isOfCapi(known) && version !== undefined)
  const leader = spoken.find(entry => entry.name === 'core') ?? (new Set(spoken.map(versionSaid)).size === 1 ? spoken[0] : undefined)
  if (leader?.version !== undefined) return { version: leader.version, because: `${leader.said} says so` }
  throw new Failure({
    what: `it is not said which release of provider ${name} is wanted`,
    why: 'there is no Cluster API repository to build it from',
    remedy: `say ${name}:latest, or set capi-version`,
    where: sources.providers.where,
  })
}

const versionSaid = ({ version }: Entry): string => (version === undefined ? '' : sayVersion(version))

function refuseUnknown(names: readonly string[], inRepository: readonly string[], known: readonly KnownProvider[], where: string): void {
  const unknown = [...new Set(names)].filter(name => !inRepository.includes(name) && namedBy(name, known).length === 0)
  const [first] = unknown
  if (first === undefined) return
  const all = [...new Set([...inRepository, ...known.map(({ name }) => name)])]
  const meant = unknown.map(name => nearest(name, all)).filter(name => name !== undefined)
  const these = unknown.length === 1 ? 'this name' : 'these names'
  throw new Failure({
    what: unknown.length === 1 ? `provider ${first} is unknown` : `providers ${unknown.join(', ')} are unknown`,
    why: `${inRepository.length === 0 ? '' : `the repository has ${inRepository.join(', ')}; `}clusterctl knows no release of ${these}`,
    remedy: meant.length === unknown.length ? `did you mean ${meant.join(', ')}?` : 'say in provider-urls where its release is',
    where,
  })
}
