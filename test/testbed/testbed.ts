/**
 * The test environment: everything that upstream publishes as binaries and images, built from package registries alone and served under
 * upstream's names, and a container engine. Tests, benchmarks and `npm start` get it from `startTestbed`; `main.ts` is its command.
 * With TESTBED=upstream nothing is built or served: upstream's artefacts are used by the same tests.
 */
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../../src/host/exec.ts'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { cacheDirectory, discard, discardHalfMade, inCache, made } from './cache.ts'
import { engineAnswers, loadImage, removeOwnContainers } from './docker.ts'
import { startEngine, stopEngine } from './engine.ts'
import { directoryOf, type Kitchen, makeAll, missing, removeStale } from './kitchen.ts'
import { lock } from './lock.ts'
import {
  extras as all,
  allRecipes,
  catalogueOfMade,
  commandOf,
  engineImages,
  extraEngineImages,
  secondClusterApi,
  standard,
  type ToolName,
  tools,
} from './menu.ts'
import { expectedRegistry, type Faults, faultsOf, runningMirror, startMirror, stopMirror } from './mirror.ts'
import { type Progress, showProgress } from './progress.ts'
import type { Recipe } from './recipe.ts'
import { clusterApi } from './recipes/cluster-api.ts'
import { type RepositoryName, repositoryRecipes } from './recipes/repositories.ts'
import { upstreamTool } from './upstream.ts'
import { second, type Versions, versions } from './versions.ts'

export interface Testbed {
  readonly kind: 'hermetic' | 'upstream'
  /** Mirror base URL by download host: `github.com` → `http://127.0.0.1:PORT/github.com`. Empty with upstream. */
  readonly downloadMirrors: Readonly<Record<string, string>>
  /** Image mirror by registry: `docker.io` → `http://127.0.0.1:PORT`. Empty with upstream. */
  readonly imageMirrors: Readonly<Record<string, string>>
  readonly versions: Versions
  /** Environment that commands need to reach the engine, where it isn't the default. */
  readonly env: Readonly<Record<string, string>>
  /** The pristine tree of Cluster API's repository. Not to be written to: see `checkout`. */
  source(): string
  /** A copy of it that may be changed. `directory` must not exist. */
  checkout(directory: string): Promise<string>
  /** The other release of Kubernetes and of Cluster API, with the source tree of the latter: there with the extra `nightly`. */
  readonly second: Pick<Versions, 'kubernetes' | 'clusterApi'> & { source(): string }
  /** A clone of a provider's repository, for this test alone. `directory` must not exist. */
  repository(name: RepositoryName, directory: string): Promise<string>
  /** The path of a command; it is built first if nothing asked for it before. */
  tool(name: ToolName): Promise<string>
  readonly faults: Faults
}

export interface TestbedOptions {
  /** Commands that are built if they are missing, beside what the main job needs. */
  readonly extras?: readonly Recipe[]
  readonly signal?: AbortSignal
  /** Where progress is shown. Default: standard error. */
  readonly progress?: Progress
}

/** Hosts whose downloads are served. */
export const downloadHosts = ['github.com', 'api.github.com', 'dl.k8s.io', 'get.helm.sh'] as const

/** Registries whose images are served. */
export const imageRegistries = ['docker.io', 'registry.k8s.io', 'quay.io', 'ghcr.io', 'gcr.io'] as const

/** Whether upstream's artefacts are to be used. */
export const usesUpstream = (env: NodeJS.ProcessEnv = process.env): boolean => env.TESTBED === 'upstream'

/** Brings the test environment up: what is missing is built, what runs is used, what died is started again. */
export async function startTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const progress = options.progress ?? showProgress(process.stderr)
  try {
    const work = workOf(options.signal ?? new AbortController().signal, progress)
    return usesUpstream() ? await startUpstream(options.extras ?? [], work) : await startHermetic(options.extras ?? [], progress, work)
  } finally {
    if (!options.progress) progress.stop()
  }
}

/** Work whose lines are progress. */
export const workOf = (signal: AbortSignal, progress: Progress): Work => ({
  signal,
  log: line => progress.line(line),
  waiting: phrase => progress.line(phrase),
})

async function startHermetic(extras: readonly Recipe[], progress: Progress, work: Work): Promise<Testbed> {
  await using _held = await lock(cacheDirectory(), work)
  await discardHalfMade(work)
  let engine: Promise<void> | undefined
  const startOnce = (): Promise<void> => {
    engine ??= startEngine(expectedRegistry(), work).then(async how => {
      if (how === 'started') progress.line('started a container engine')
      else await removeOwnContainers(work)
    })
    return engine
  }
  const wanted = [...standard, ...extras]
  await Promise.all([makeAll(wanted, { ...work, progress, engine: startOnce }), startOnce()])
  const [mirror] = await Promise.all([startMirror(catalogueOfMade(), work), loadImages(progress, work)])
  return testbed({
    kind: 'hermetic',
    downloadMirrors: Object.fromEntries(downloadHosts.map(host => [host, `${mirror.downloads}/${host}`])),
    imageMirrors: Object.fromEntries(imageRegistries.map(registry => [registry, mirror.images])),
    source: directoryOf(clusterApi.source),
    faults: faultsOf(mirror),
    versions,
    second: secondOf(second.kubernetes),
    tool: name => buildTool(name, progress, work),
    repository: (name, directory) => cloneRepository(name, directory, progress, work),
  })
}

async function loadImages(progress: Progress, work: Work): Promise<void> {
  for (const recipe of [...engineImages, ...extraEngineImages.filter(extra => made(extra) !== undefined)]) {
    if (await loadImage(directoryOf(recipe), work)) progress.line(`loaded ${recipe.docs} into the engine`)
  }
}

/** The path of a command of ours, built if it is missing. */
async function buildTool(name: ToolName, progress: Progress, work: Work): Promise<string> {
  const recipe = tools[name]
  if (made(recipe) === undefined) await build([recipe], progress, work)
  return path.join(directoryOf(recipe), commandOf(name))
}

async function cloneRepository(name: RepositoryName, directory: string, progress: Progress, work: Work): Promise<string> {
  const recipe = repositoryRecipes[name]
  if (made(recipe) === undefined) await build([recipe], progress, work)
  return copyTree(directoryOf(recipe), directory, work)
}

async function copyTree(from: string, to: string, work: Work): Promise<string> {
  await mkdir(path.dirname(to), { recursive: true })
  await exec('cp', ['-r', from, to], work)
  return to
}

/** Builds recipes without starting anything but what they need; what they give is served from then on if the mirror runs. */
export async function build(recipes: readonly Recipe[], progress: Progress, work: Work): Promise<void> {
  await using _held = await lock(cacheDirectory(), work)
  await discardHalfMade(work)
  let engine: Promise<void> | undefined
  const startOnce = (): Promise<void> => {
    engine ??= startEngine(expectedRegistry(), work).then(() => {})
    return engine
  }
  const kitchen: Kitchen = { ...work, progress, engine: startOnce }
  await makeAll(recipes, kitchen)
  if (runningMirror()) await startMirror(catalogueOfMade(), work)
}

async function startUpstream(extras: readonly Recipe[], work: Work): Promise<Testbed> {
  if (!(await engineAnswers(work))) {
    throw new Failure({ what: 'no container engine answers', why: '`docker version` failed', remedy: 'start Docker' })
  }
  await using _held = await lock(cacheDirectory(), work)
  const sources = [clusterApi.source, ...(extras.includes(all.nightly) ? [secondClusterApi.source] : [])]
  if (missing(sources).length > 0) {
    const progress = showProgress(process.stderr)
    await makeAll(sources, { ...work, progress, engine: () => Promise.resolve() })
    progress.stop()
  }
  const nothing = (): never => {
    throw new Failure({ what: 'faults can only be asked of the hermetic test environment', remedy: 'run without TESTBED=upstream' })
  }
  return testbed({
    kind: 'upstream',
    downloadMirrors: {},
    imageMirrors: {},
    source: directoryOf(clusterApi.source),
    faults: { set: nothing, clear: nothing, requests: nothing, forget: nothing },
    versions: { ...versions, kubernetes: versions.kubernetesUpstream, certManager: versions.certManagerUpstream },
    second: secondOf(second.kubernetesUpstream),
    tool: name => upstreamTool(name, work, () => buildTool(name, showProgress(process.stderr), work)),
    repository: (name, directory) => cloneRepository(name, directory, showProgress(process.stderr), work),
  })
}

const secondOf = (kubernetes: string): Testbed['second'] => ({
  kubernetes,
  clusterApi: second.clusterApi,
  source: () => directoryOf(secondClusterApi.source),
})

interface Parts
  extends Pick<Testbed, 'kind' | 'downloadMirrors' | 'imageMirrors' | 'versions' | 'second' | 'faults' | 'tool' | 'repository'> {
  readonly source: string
}

const testbed = ({ source, ...parts }: Parts): Testbed => ({
  ...parts,
  env: {},
  source: () => source,
  checkout: directory => copyTree(source, directory, { signal: new AbortController().signal, log: () => {}, waiting: () => {} }),
})

/** Stops and removes all that `startTestbed` started. The cache stays, unless `cache` says to remove it too. */
export async function stopTestbed(progress: Progress, work: Work, options: { readonly cache?: boolean } = {}): Promise<void> {
  await using _held = await lock(cacheDirectory(), work)
  if (await stopMirror(work)) progress.line('stopped the mirror')
  if (await engineAnswers(work)) await removeOwnContainers(work)
  if (await stopEngine(work)) progress.line('stopped the container engine')
  await discardHalfMade(work)
  if (!options.cache) return
  await discard(inCache(), work)
  progress.line(`removed ${inCache()}`)
}

export interface Status {
  readonly engine: 'none' | 'answers'
  readonly mirror: ReturnType<typeof runningMirror>
  readonly missing: readonly string[]
}

/** What is up and what is built. */
export async function statusOf(work: Work): Promise<Status> {
  return {
    engine: (await engineAnswers(work)) ? 'answers' : 'none',
    mirror: runningMirror(),
    missing: missing(standard).map(recipe => recipe.name),
  }
}

/** Removes what was made by earlier versions of today's recipes. */
export async function prune(work: Work): Promise<string[]> {
  await using _held = await lock(cacheDirectory(), work)
  await discardHalfMade(work)
  await rm(inCache('debian-packages'), { recursive: true, force: true })
  return removeStale(allRecipes, await readdir(inCache('recipes')))
}
