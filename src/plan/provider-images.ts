/** `compile …`, `image …`: the images of the providers that are built, each by its road; and what a later run is spared. */
import { createHash } from 'node:crypto'
import { arch } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../images/blob.ts'
import { type CompiledManager, compileManager, type ManagerSource, rememberManager } from '../images/compile.ts'
import { type Base, type PushedImage, pushManager } from '../images/push.ts'
import { repositoryBelow } from '../images/reference.ts'
import type { Build, GoBuild, Provider } from '../providers/provider.ts'
import { type Caching, type Downloads, noCaching } from './cache-tasks.ts'
import type { Needed } from './deploy-tasks.ts'
import { dockerfileTasks } from './dockerfile-tasks.ts'
import { goCaching } from './go-cache-tasks.ts'
import { baseTask } from './registry-tasks.ts'
import { cpuTask, type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** Nodes run on this machine's engine: the same architecture, and always Linux. */
export const PLATFORM = { os: 'linux', architecture: arch() === 'x64' ? 'amd64' : arch() } as const

export interface BuiltImage extends PushedImage {
  /** Whose it is: `docker`. */
  readonly name: string
}

/** An image that a manager is deployed with. */
export type Image = Pick<PushedImage, 'reference'>

/** A provider that has an image to be built. */
export type Buildable = Provider & { readonly build: Build }

export interface ImageTasks {
  /** The task after which the image of a provider can be pulled; nothing for one that brings manifests alone. */
  readonly of: (provider: Provider) => Task<Image> | undefined
  /** The task after which the executable of its manager is there; nothing where this machine does not compile it. */
  readonly compiled: (provider: Provider) => Task<CompiledManager> | undefined
  /** Those that are built, and not given. */
  readonly built: readonly Task<BuiltImage>[]
  /** What nothing waits for, to be done after `last`. */
  readonly afterwards: (last: readonly Task[]) => Afterwards
  readonly downloads: readonly Downloads[]
}

export interface Afterwards {
  readonly tasks: readonly Task[]
  readonly caching: Caching
}

interface Compiled {
  readonly source: ManagerSource
  readonly compile: Task<CompiledManager>
}

export function imageTasks(wanted: Wanted, needed: Needed): ImageTasks {
  const { settings, providers } = wanted
  const buildable = providers.filter(isBuildable)
  const own = buildable.filter(({ name }) => settings.images[name] === undefined)
  const ofDockerfiles = settings.builder === undefined ? [] : own
  const ofGo = own.filter(one => !ofDockerfiles.includes(one))
  const base = baseTask(settings, PLATFORM, needed.management.registry, needed.restored ? [needed.restored] : [])
  const fromDockerfile = settings.builder === undefined ? undefined : builderTasks(settings.builder, ofDockerfiles, wanted, needed)
  const sources = ofGo.map(one => managerSource(one, goOf(one), wanted))
  const go = sources.length === 0 ? undefined : goCaching(wanted, [...new Set(ofGo.map(({ repository }) => repository))], sources)
  const compiled = sources.map(source => ({ source, compile: compileTask(source, go?.before ?? []) }))
  const built = new Map(
    own.map(provider => {
      const compile = compiled.find(({ source }) => source.name === provider.name)?.compile
      const image = compile ? imageTask(provider, compile, base, wanted, needed) : fromDockerfile?.(provider)
      if (image === undefined) throw new Error(`no road for the image of ${provider.name}`)
      return [provider.name, image]
    }),
  )
  const given = new Map(buildable.filter(one => !own.includes(one)).map(one => [one.name, givenImageTask(one, settings)]))
  return {
    of: ({ name }) => built.get(name) ?? given.get(name),
    compiled: ({ name }) => compiled.find(({ source }) => source.name === name)?.compile,
    built: [...built.values()],
    afterwards: last => {
      if (compiled.length === 0) return { tasks: [], caching: noCaching }
      const noted = rememberTask(compiled, last)
      const compiles = compiled.map(({ compile }) => compile)
      return { tasks: [noted], caching: go?.caching(compiles, noted) ?? noCaching }
    },
    downloads: compiled.length === 0 ? [] : [baseDownload(base)],
  }
}

export const isBuildable = (provider: Provider): provider is Buildable => provider.build !== undefined

function goOf({ name, build, repository }: Buildable): GoBuild {
  if (build.go === undefined) throw new Error(`${name} of ${repository} has no main package`)
  return build.go
}

/** Its blobs; the manifest that names them is asked for each time. */
const baseDownload = (base: Task<Base>): Downloads => ({
  task: base,
  files: ran => {
    const got = ran.valueOf(base)
    return got === undefined ? [] : [sha256(got.config), ...got.layers.map(({ digest }) => digest)].map(got.blobFile)
  },
})

/** Executables are kept from run to run, one set by cluster and checkout: those that are up to date are not built again. */
const managersFolder = ({ cacheDir, clusterName }: Wanted['settings'], folder: string): string =>
  join(cacheDir, 'managers', `${clusterName}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`)

/** By the builder instead of this machine's Go. */
function builderTasks(builder: string, providers: readonly Buildable[], { settings }: Wanted, { management }: Needed) {
  const folderOf = ({ build, repository }: Buildable) => managersFolder(settings, build.go?.moduleDir ?? repository)
  return dockerfileTasks(builder, providers, settings, management.registry, { platform: PLATFORM, folderOf })
}

function givenImageTask({ name }: Provider, { images }: Wanted['settings']): Task<Image> {
  const reference = images[name] ?? ''
  return task(`image ${name}`, `Takes ${reference}, which is there already.`, [], async work => {
    work.unchanged(`${reference} is given`)
    return { reference }
  })
}

/** After all providers work, while the workload cluster is waited for: until then every core is wanted. */
function rememberTask(steps: readonly Compiled[], last: readonly Task[]): Task {
  const docs = 'Notes what the managers were built from: the next run builds those anew for which that has changed.'
  return cpuTask('build inputs', docs, [...steps.map(({ compile }) => compile), ...last], async work => {
    const built = steps.filter(({ compile }) => work.of(compile).began !== undefined)
    if (built.length === 0) work.unchanged('no manager was built')
    for (const { source, compile } of built) await rememberManager(source, work.of(compile), work)
  })
}

const managerSource = ({ name }: Buildable, go: GoBuild, { settings }: Wanted): ManagerSource => ({
  name,
  root: go.moduleDir,
  package: go.package,
  output: join(managersFolder(settings, go.moduleDir), name),
  ldflags: go.ldflags,
  tags: go.tags,
  goos: PLATFORM.os,
  goarch: PLATFORM.architecture,
})

function compileTask(source: ManagerSource, before: readonly Task[]): Task<CompiledManager> {
  const docs = `Compiles ${source.package} of ${source.root} with the host's Go.`
  return cpuTask(`compile ${source.name}`, docs, before, async work => {
    const compiled = await compileManager(source, work)
    if (compiled.began === undefined) work.unchanged('nothing that it is built from has changed')
    return compiled
  })
}

function imageTask(
  { name, build }: Buildable,
  compile: Task<CompiledManager>,
  base: Task<Base>,
  { settings }: Wanted,
  { management }: Needed,
): Task<BuiltImage> {
  const docs = `Puts the manager on ${settings.baseImage} and into the registry.`
  return task(`image ${name}`, docs, [compile, base, management.registry], async work => {
    const { address, client } = work.of(management.registry)
    const image = { ...repositoryBelow(address, build.image), binary: work.of(compile).path, base: work.of(base), user: build.user }
    const pushed = await pushManager(image, client, work)
    if (!pushed.pushed) work.unchanged(`the registry has ${pushed.reference}`)
    return { ...pushed, name }
  })
}
