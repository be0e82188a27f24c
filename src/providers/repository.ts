/** Looks at a checkout: is it Cluster API's, which version, which files are there. The only part of this room that reads the disk. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type ReleaseSeries, releaseSeriesIn } from '../manifests/release-series.ts'
import { goVersionIn, moduleIn } from '../settings/go-mod.ts'
import { readReference } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import type { Listing } from './builtin.ts'
import { capiVersion, clusterctlFor } from './version.ts'

export interface Repository {
  readonly root: string
  /** With `v` in front. */
  readonly version: string
  /** Version or range of the clusterctl that goes with it. */
  readonly clusterctl: string
  readonly has: Listing
}

const MODULE = 'sigs.k8s.io/cluster-api'

/**
 * Reads what the plan must know of the repository.
 * @throws Failure when it is no Cluster API checkout, or nothing tells its version.
 */
export async function readRepository(settings: Settings, work: Work): Promise<Repository> {
  const root = settings.repository
  const has: Listing = path => existsSync(join(root, path))
  await requireCapi(settings)
  const version = capiVersion({
    said: settings.capiVersion,
    described: settings.capiVersion === undefined && has('.git') ? await describe(root, work) : undefined,
    series: await releaseSeries(root),
  })
  if (version !== undefined) return { root, version: version.name, clusterctl: clusterctlFor(version), has }
  throw new Failure({
    what: `the version of Cluster API in ${root} is unknown`,
    why: 'git describes no tag and metadata.yaml has no release series',
    remedy: 'set `capi-version`, or check out with tags (`fetch-depth: 0`)',
  })
}

/**
 * The repository, where something may be built from it: nothing where all providers are releases, or where no repository is said, the working directory is
 * none, and releases are spoken of.
 * @throws Failure as `readRepository`.
 */
export async function findRepository(settings: Settings, work: Work): Promise<Repository | undefined> {
  const wanted = settings.providers.map(readReference)
  const versions = wanted.filter(({ version }) => version !== undefined)
  if (versions.length === wanted.length && wanted.some(({ name }) => name === 'core')) return undefined
  if (versions.length > 0 && settings.sources.repository.kind === 'default' && (await moduleOf(settings.repository)) !== MODULE)
    return undefined
  return readRepository(settings, work)
}

const moduleOf = async (folder: string): Promise<string | undefined> =>
  moduleIn(await readFile(join(folder, 'go.mod'), 'utf8').catch(() => ''))

async function requireCapi({ repository, sources }: Settings): Promise<void> {
  const where = sources.repository.kind === 'default' ? repository : `${repository} (${sources.repository.where})`
  const remedy =
    'check out kubernetes-sigs/cluster-api and set `repository` to its folder, or say versions of all providers (`core:v1.13`) to deploy releases'
  const text = await readFile(join(repository, 'go.mod'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'it has no go.mod' : messageOf(error)
    throw new Failure({ what: `${basename(repository)} is no Cluster API repository`, why, remedy, where, cause: error })
  })
  const module = moduleIn(text)
  if (module !== MODULE)
    throw new Failure({
      what: `${basename(repository)} is no Cluster API repository`,
      why: `its module is ${module ?? 'unnamed'}, not ${MODULE}`,
      remedy,
      where,
    })
}

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
  const file = join(root, 'metadata.yaml')
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
