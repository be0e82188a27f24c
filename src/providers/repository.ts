/** Looks at checkouts: Cluster API's own or one of providers, which version, what it has. */
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type ReleaseSeries, releaseSeriesIn } from '../manifests/release-series.ts'
import { goVersionIn, MODULE, moduleIn, requiredCapiIn } from '../settings/go-mod.ts'
import { isPath, readReference } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { checkoutOf, type DiscoveredProvider, discoverProviders } from './discover.ts'
import { type Files, filesIn } from './files.ts'
import { metadataOf } from './metadata-of.ts'
import { isInline, providerConfigsIn } from './provider-config.ts'
import { capiVersion, clusterctlFor } from './version.ts'

/** Cluster API's own, or one of providers. */
export interface Repository extends Files {
  readonly root: string
  /** With `v` in front. */
  readonly version: string
  /** Version or range of the clusterctl that goes with it; of Cluster API's own alone. */
  readonly clusterctl: string | undefined
  /** What it is a part of, and where it lies in it: modules and Dockerfiles may reach above it. */
  readonly checkout: Files & { readonly root: string; readonly folder: string }
  /** What it describes of its own; Cluster API's five are known. */
  readonly entries: readonly DiscoveredProvider[]
  /** The release of Cluster API that it was written for, by its go.mod. */
  readonly writtenFor: string | undefined
  /** Sentences on what it says in vain. */
  readonly notices: readonly string[]
}

export const isCapi = ({ clusterctl }: Repository): boolean => clusterctl !== undefined

/** Cluster API's own repository, where it is among them. */
export const capiAmong = (repositories: readonly Repository[]): Repository | undefined => repositories.find(isCapi)

/**
 * The repositories that something may be built from: that of `repository`, where it has providers, then those of `provider-repos`, of paths among `providers`, and of
 * `provider-config`. None where all providers are releases.
 * @throws Failure where one has no provider, or nothing tells the version of Cluster API.
 */
export async function findRepositories(settings: Settings, work: Work): Promise<readonly Repository[]> {
  const { sources, workingDirectory } = settings
  const said = [
    ...settings.providerRepos.map(path => ({ path, by: 'provider-repos', where: sources.providerRepos.where })),
    ...settings.providers.filter(isPath).map(path => ({ path, by: 'providers', where: sources.providers.where })),
    ...configured(settings).map(path => ({ path, by: 'provider-config', where: sources.providerConfig.where })),
  ].map(one => ({ ...one, path: resolve(workingDirectory, one.path) }))
  const found = await Promise.all(said.map(one => folderOf(one, settings.repository)))
  const beside = [...new Set(found)].filter(path => path !== settings.repository)
  const own = await findOwn(settings, beside.length > 0, work)
  return [...(own ? [own] : []), ...(await Promise.all(beside.map(path => readRepository(path, settings, work))))]
}

interface SaidCheckout {
  /** Absolute. */
  readonly path: string
  readonly by: string
  readonly where: string
}

/**
 * The settings of a provider's own repository name that as it lies beside Cluster API, `../cluster-api-provider-foo`: a checkout of another name is meant too.
 * @throws Failure for one that is not there.
 */
async function folderOf({ path, by, where }: SaidCheckout, repository: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return path
  if (basename(path) === basename((await moduleOf(repository)) ?? '')) return repository
  throw new Failure({
    what: `there is no folder ${path}`,
    why: `${by} names it as the checkout of a provider`,
    remedy: 'check the repository out there, in a step before, or correct the path',
    where,
  })
}

const configured = ({ providerConfig }: Settings): readonly string[] =>
  [...providerConfigsIn(providerConfig).values()].flatMap(({ repository }) => repository ?? [])

/** Not needed where all providers are releases; and the working directory, where nobody says a repository, may be anything. */
async function findOwn(settings: Settings, isBeside: boolean, work: Work): Promise<Repository | undefined> {
  const { repository, providers, sources } = settings
  const wanted = providers.filter(said => !isPath(said)).map(readReference)
  const versions = wanted.filter(({ version }) => version !== undefined)
  if (versions.length === providers.length && wanted.some(({ name }) => name === 'core')) return undefined
  const isOptional = sources.repository.kind === 'default' && (versions.length > 0 || isBeside)
  if (isOptional && (await moduleOf(repository)) !== MODULE) return readProviders(repository, settings, work).catch(unlessFailure)
  return readRepository(repository, settings, work)
}

/** In a folder that nobody spoke of, a file that is wrong is nobody's fault. */
function unlessFailure(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error
}

/** @throws Failure when it has no provider, or nothing tells the version of Cluster API. */
export async function readRepository(root: string, settings: Settings, work: Work): Promise<Repository> {
  if ((await moduleOf(root)) === MODULE) return readCapi(root, settings, work)
  return readProviders(root, settings, work)
}

async function readCapi(root: string, settings: Settings, work: Work): Promise<Repository> {
  const files = filesIn(root)
  const version = capiVersion({
    said: settings.capiVersion,
    described: settings.capiVersion === undefined && files.has('.git') ? await describe(root, work) : undefined,
    series: await releaseSeries(root),
  })
  if (version !== undefined)
    return {
      root,
      version: version.name,
      clusterctl: clusterctlFor(version),
      ...files,
      checkout: { ...files, root, folder: '.' },
      entries: [],
      writtenFor: undefined,
      notices: [],
    }
  throw new Failure({
    what: `the version of Cluster API in ${root} is unknown`,
    why: 'git describes no tag and metadata.yaml has no release series',
    remedy: 'set `capi-version`, or check out with tags (`fetch-depth: 0`)',
  })
}

/** @throws Failure where it has none, and settings describe none in it. */
async function readProviders(root: string, settings: Settings, work: Work): Promise<Repository> {
  const found = await discoverProviders(root).catch((error: unknown) => {
    if (error instanceof Failure && describesIn(root, settings)) return { entries: [], notices: [] }
    throw error
  })
  const { top, folder } = checkoutOf(root)
  const files = filesIn(root)
  const described = files.has('.git') ? await describe(root, work) : undefined
  const metadata = metadataOf(files, '.')
  const series = metadata === undefined ? [] : releaseSeriesIn(files.read(metadata) ?? '', join(root, metadata))
  const required = requiredCapiIn(files.read('go.mod') ?? '')
  return {
    ...found,
    ...files,
    root,
    checkout: { ...filesIn(top), root: top, folder },
    version: capiVersion({ said: undefined, described, series })?.name ?? 'v0.0.0',
    clusterctl: undefined,
    writtenFor: 'version' in required ? required.version : undefined,
  }
}

const describesIn = (root: string, { providerConfig, repository, workingDirectory }: Settings): boolean =>
  [...providerConfigsIn(providerConfig).values()].some(
    config => isInline(config) && resolve(workingDirectory, config.repository ?? repository) === root,
  )

const moduleOf = async (folder: string): Promise<string | undefined> =>
  moduleIn(await readFile(join(folder, 'go.mod'), 'utf8').catch(() => ''))

/** A shallow clone, or a folder that git thinks belongs to somebody else, has no description: then metadata.yaml tells. */
async function describe(root: string, work: Work): Promise<string | undefined> {
  try {
    return (await exec('git', ['describe', '--tags', '--match', 'v[0-9]*'], work, { cwd: root, timeout: 30 })).stdout
  } catch (error) {
    work.signal.throwIfAborted()
    work.log(`git tells no version of ${root}: ${messageOf(error)}`)
    return undefined
  }
}

async function releaseSeries(root: string): Promise<readonly ReleaseSeries[]> {
  const file = join(root, metadataOf(filesIn(root), '.') ?? 'metadata.yaml')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? [] : releaseSeriesIn(text, file)
}

/** The version of Go that a folder is built with, without `go` or `v`: its Makefile says it more exactly than its go.mod. */
export async function goVersionOf(folder: string): Promise<string | undefined> {
  const read = (file: string) => readFile(join(folder, file), 'utf8').catch(() => '')
  const [makefile, goMod] = await Promise.all(['Makefile', 'go.mod'].map(read))
  return goVersionInMakefile(makefile ?? '') ?? goVersionIn(goMod ?? '')
}

/** `GO_VERSION ?= 1.25.12`, as Cluster API and most of its providers have it. */
export const goVersionInMakefile = (text: string): string | undefined =>
  /^(?:export\s+)?(?:GO|GOLANG)_VERSION\s*[?:]*=\s*(?:go|v)?(\d+\.\d+[\w.]*)\s*(?:#.*)?$/m.exec(text)?.[1]
