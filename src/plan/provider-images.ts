/** The images of the providers that are built, each by its road; and what a later run is spared. */

import { runUserCommand, shownCommand } from '../host/command-line.ts'
import type { CompiledManager } from '../images/compile.ts'
import type { EditedProvider } from '../manifests/edit-provider.ts'
import type { BuildRoad, GoBuild, Provider } from '../providers/provider.ts'
import { type Buildable, type BuiltImage, type Image, isBuildable, PLATFORM } from './buildable.ts'
import { type Caching, type Downloads, noCaching } from './cache-tasks.ts'
import { commandTask } from './command-tasks.ts'
import type { Needed } from './deploy-tasks.ts'
import { builderTask, dockerfileTasks } from './dockerfile-tasks.ts'
import { goCaching } from './go-cache-tasks.ts'
import {
  baseDownload,
  type Compiled,
  compileTask,
  delveTask,
  imageTask,
  type ManagerParts,
  managerSource,
  managersFolder,
  modeOf,
  rememberTask,
} from './go-image-tasks.ts'
import { baseTask } from './registry-tasks.ts'
import { type Task, task } from './task.ts'
import { tiltImageTask } from './tilt-image-tasks.ts'
import type { Wanted } from './wanted.ts'

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

/** @param editedOf The manifests of a provider, which say where its image has the manager. */
export function imageTasks(wanted: Wanted, needed: Needed, editedOf: (provider: Provider) => Task<EditedProvider> | undefined): ImageTasks {
  const { settings, providers } = wanted
  const buildable = providers.filter(isBuildable)
  const own = buildable.filter(one => !isGiven(one, wanted))
  const sharing = sharedImages(own, wanted)
  const leaders = own.filter(one => sharing.get(one) === one)
  const by = (road: BuildRoad) => leaders.filter(one => roadOf(one, wanted) === road)

  const { registry } = needed.management
  const folderOf = ({ build, repository }: Buildable) => managersFolder(settings, build.go?.moduleDir ?? repository)
  const destination = { platform: PLATFORM, registry, folderOf }
  const prepared = preparations(leaders)
  const sources = by('go').map(provider => ({ provider, source: managerSource(provider, goOf(provider), settings) }))
  const go =
    sources.length === 0
      ? undefined
      : goCaching(
          wanted,
          [...new Set(sources.map(({ provider }) => provider.repository))],
          sources.map(({ source }) => source),
        )
  const compiled: readonly Compiled[] = sources.map(({ provider, source }) => ({
    provider,
    source,
    compile: compileTask(source, [...(go?.before ?? []), ...prepared(provider)]),
  }))
  const base = baseTask(settings, PLATFORM, registry, needed.restored ? [needed.restored] : [])
  const builder = builderTask(settings, PLATFORM)
  const fromDockerfile = dockerfileTasks(builder, by('dockerfile'), settings, destination, prepared)
  const fromGo = ({ provider, source, compile }: Compiled): Task<BuiltImage> => {
    // Cluster API's own have it where upstream's images do.
    const edited = provider.source === 'built-in' ? undefined : editedOf(provider)
    const parts: ManagerParts = { compile, edited, delve: source.mode?.delve ? delveTask(source, settings) : undefined }
    if (provider.build.additional !== undefined) return tiltImageTask(provider, parts, builder, settings, destination)
    return imageTask(provider, parts, base, settings, needed)
  }
  const archives = by('command').flatMap(({ build }) => build.archive ?? [])
  const made = new Map<Provider, Task<BuiltImage>>([
    ...compiled.map(one => [one.provider, fromGo(one)] as const),
    ...by('dockerfile').map(one => [one, fromDockerfile(one)] as const),
    ...by('command').map(one => [one, commandTask(one, wanted, prepared(one), archives, destination)] as const),
  ])
  const built = new Map(own.map(provider => [provider.name, made.get(provider) ?? sharedTask(provider, sharing, made)]))
  const given = new Map(buildable.filter(one => !own.includes(one)).map(one => [one.name, givenImageTask(one, settings)]))
  const onBase = compiled.filter(({ provider }) => provider.build.additional === undefined)
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
    downloads: onBase.length === 0 ? [] : [baseDownload(base)],
  }
}

const isGiven = ({ name }: Provider, { settings }: Wanted): boolean => settings.images[name] !== undefined

/** A builder that is named builds all that has a Dockerfile and no command of its own. */
export const roadOf = ({ build }: Buildable, { settings }: Wanted): BuildRoad =>
  settings.builder === undefined || build.road === 'command' ? build.road : 'dockerfile'

/** Whether the image of a provider is made here of an executable, so that a debugger can lie beside it. */
export const isCompiled = (provider: Provider, wanted: Wanted): boolean =>
  isBuildable(provider) && !isGiven(provider, wanted) && roadOf(provider, wanted) === 'go'

function goOf({ name, build, repository }: Buildable): GoBuild {
  if (build.go === undefined) throw new Error(`${name} of ${repository} has no main package`)
  return build.go
}

/** By provider the one whose image it has: several entries of a repository may have the same one (vsphere and vsphere-supervisor). */
function sharedImages(own: readonly Buildable[], { settings }: Wanted): ReadonlyMap<Provider, Buildable> {
  const first = new Map<string, Buildable>()
  return new Map(
    own.map(provider => {
      const { repository, build } = provider
      const key = JSON.stringify([repository, build, modeOf(provider, settings)])
      const leader = first.get(key) ?? provider
      first.set(key, leader)
      return [provider, leader]
    }),
  )
}

function sharedTask(
  { name }: Buildable,
  sharing: ReadonlyMap<Provider, Buildable>,
  made: ReadonlyMap<Provider, Task<BuiltImage>>,
): Task<BuiltImage> {
  const [leader, image] = [...made].find(([one]) => [...sharing].some(([follower, of]) => follower.name === name && of === one)) ?? []
  if (leader === undefined || image === undefined) throw new Error(`no road for the image of ${name}`)
  return task(`image ${name}`, `Takes the image of ${leader.name}, which is the same.`, [image], async work => {
    work.unchanged(`it is the image of ${leader.name}`)
    return { ...work.of(image), name }
  })
}

/** What has to be run before images are made, each command once in a repository. */
function preparations(providers: readonly Buildable[]): (provider: Buildable) => readonly Task[] {
  const tasks = new Map<string, Task>()
  const keyOf = ({ repository, build }: Buildable) => JSON.stringify([repository, build.prepare])
  for (const provider of providers) {
    const { name, repository, build } = provider
    const { prepare } = build
    if (prepare === undefined || tasks.has(keyOf(provider))) continue
    tasks.set(
      keyOf(provider),
      task(`before build ${name}`, `Runs ${shownCommand(prepare)} in ${repository}.`, [], async work => {
        await runUserCommand(`before-build of ${name}`, prepare, work, { cwd: repository })
      }),
    )
  }
  return provider => {
    const prepared = tasks.get(keyOf(provider))
    return prepared === undefined ? [] : [prepared]
  }
}

function givenImageTask({ name }: Provider, { images }: Wanted['settings']): Task<Image> {
  const reference = images[name] ?? ''
  return task(`image ${name}`, `Takes ${reference}, which is there already.`, [], async work => {
    work.unchanged(`${reference} is given`)
    return { reference }
  })
}
