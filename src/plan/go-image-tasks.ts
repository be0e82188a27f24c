/** `compile …`, `image …`: managers compiled by this machine's Go and placed on the base image, without an engine. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { sha256 } from '../images/blob.ts'
import { type BuildMode, type CompiledManager, compileManager, type ManagerSource, rememberManager } from '../images/compile.ts'
import { buildDelve } from '../images/delve.ts'
import { type Base, pushManager } from '../images/push.ts'
import { repositoryBelow } from '../images/reference.ts'
import { binaryPathFor } from '../manifests/binary-path.ts'
import { DEBUGGER } from '../manifests/debugging.ts'
import type { EditedProvider } from '../manifests/edit-provider.ts'
import type { GoBuild } from '../providers/provider.ts'
import type { Settings } from '../settings/settings.ts'
import { type Buildable, type BuiltImage, PLATFORM } from './buildable.ts'
import type { Downloads } from './cache-tasks.ts'
import type { Needed } from './deploy-tasks.ts'
import { cpuTask, type Task, type TaskWork, task } from './task.ts'

export interface Compiled {
  readonly provider: Buildable
  readonly source: ManagerSource
  readonly compile: Task<CompiledManager>
}

/** What goes into the image beside the manager, and where that lies. */
export interface ManagerParts {
  readonly compile: Task<CompiledManager>
  /** Its executable lies where the container looks for it; nothing where that is known to be upstream's place. */
  readonly edited: Task<EditedProvider> | undefined
  readonly delve: Task<string> | undefined
}

export const partsOf = ({ compile, edited, delve }: ManagerParts): readonly Task[] => [
  compile,
  ...(edited ? [edited] : []),
  ...(delve ? [delve] : []),
]

export const pathIn = ({ edited }: ManagerParts, work: TaskWork): string => binaryPathFor((edited && work.of(edited).manager) ?? {})

/** By their paths in the image. */
export const besideIn = ({ delve }: ManagerParts, work: TaskWork): Readonly<Record<string, string>> =>
  delve ? { [DEBUGGER]: work.of(delve) } : {}

/** Executables are kept from run to run, one set by cluster and checkout: those that are up to date are not built again. */
export const managersFolder = ({ cacheDir, clusterName }: Settings, folder: string): string =>
  join(cacheDir, 'managers', `${clusterName}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`)

/** What `debug` asks of the compiler. */
export function modeOf({ name }: Buildable, { debug }: Settings): BuildMode {
  const said = debug[name]
  return { race: said?.race_detector ?? false, delve: said !== undefined, debug: (said?.port ?? 0) > 0 }
}

export function managerSource(provider: Buildable, go: GoBuild, settings: Settings): ManagerSource {
  const mode = modeOf(provider, settings)
  return {
    name: provider.name,
    root: go.moduleDir,
    package: go.package,
    output: join(managersFolder(settings, go.moduleDir), provider.name),
    ldflags: go.ldflags,
    tags: go.tags,
    goos: PLATFORM.os,
    goarch: PLATFORM.architecture,
    ...(mode.race || mode.delve ? { mode } : {}),
  }
}

export function compileTask(source: ManagerSource, before: readonly Task[]): Task<CompiledManager> {
  const { race, delve, debug } = source.mode ?? {}
  const how = [
    ...(race ? [', with the race detector'] : []),
    ...(debug ? [', for a debugger'] : delve ? [', to run under Delve'] : []),
  ].join('')
  const docs = `Compiles ${source.package} of ${source.root} with the host's Go${how}.`
  return cpuTask(`compile ${source.name}`, docs, before, async work => {
    const compiled = await compileManager(source, work)
    if (compiled.began === undefined) work.unchanged('nothing that it is built from has changed')
    return compiled
  })
}

export const delveTask = ({ name, root }: ManagerSource, { cacheDir }: Settings): Task<string> =>
  cpuTask(`delve ${name}`, 'Builds Delve, as the Go of the manager has it.', [], work => buildDelve(root, PLATFORM, cacheDir, work))

export function imageTask(
  { name, build }: Buildable,
  parts: ManagerParts,
  base: Task<Base>,
  { baseImage }: Settings,
  { management }: Needed,
): Task<BuiltImage> {
  const docs = `Puts the manager on ${baseImage} and into the registry.`
  return task(`image ${name}`, docs, [...partsOf(parts), base, management.registry], async work => {
    const { address, client } = work.of(management.registry)
    const image = {
      ...repositoryBelow(address, build.image),
      binary: work.of(parts.compile).path,
      path: pathIn(parts, work),
      beside: besideIn(parts, work),
      base: work.of(base),
      user: build.user,
    }
    const pushed = await pushManager(image, client, work)
    if (!pushed.pushed) work.unchanged(`${client.called} has ${pushed.reference}`)
    return { ...pushed, name }
  })
}

/** After all providers work, while the workload cluster is waited for: until then every core is wanted. */
export function rememberTask(steps: readonly Compiled[], last: readonly Task[]): Task {
  const docs = 'Notes what the managers were built from: the next run builds those anew for which that has changed.'
  return cpuTask('build inputs', docs, [...steps.map(({ compile }) => compile), ...last], async work => {
    const built = steps.filter(({ compile }) => work.of(compile).began !== undefined)
    if (built.length === 0) work.unchanged('no manager was built')
    for (const { source, compile } of built) await rememberManager(source, work.of(compile), work)
  })
}

/** Its blobs; the manifest that names them is asked for each time. */
export const baseDownload = (base: Task<Base>): Downloads => ({
  task: base,
  files: ran => {
    const got = ran.valueOf(base)
    return got === undefined ? [] : [sha256(got.config), ...got.layers.map(({ digest }) => digest)].map(got.blobFile)
  },
})
