/** Images by a builder, from the Dockerfiles of the providers: it is asked early, builds run concurrently as it lets them, and what is built comes back to be pushed from here. */
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { chooseEngine } from '../host/engine-choice.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { fillArgs, fillSecrets, requireArgs, requireDeclared } from '../images/build-args.ts'
import { type Builder, requireBuilder } from '../images/builder.ts'
import { keyOfBuild } from '../images/built-note.ts'
import { hashContext } from '../images/context.ts'
import { buildImage, type DockerBuild } from '../images/docker-build.ts'
import { type Dockerfile, readDockerfile } from '../images/dockerfile.ts'
import { findBuilder } from '../images/engine-builder.ts'
import { certificateBundle, goArgs } from '../images/hand-in.ts'
import type { Platform } from '../images/image.ts'
import type { DockerfileBuild } from '../providers/provider.ts'
import { goVersionOf } from '../providers/repository.ts'
import type { Settings } from '../settings/settings.ts'
import type { Buildable, BuiltImage } from './buildable.ts'
import { type Destination, type Made, madeBefore, madeImageTask } from './made-image.ts'
import { type Task, task } from './task.ts'

/** A build, with the hash of all that decides what it makes. */
export interface PreparedBuild extends DockerBuild {
  readonly key: string
}

/** Which builder builds, for sentences, and how it is found. */
export interface ChosenBuilder {
  readonly name: string
  readonly task: Task<Builder>
}

/** The one that is named, else that of the engine. */
export function builderTask({ builder: name, engine }: Settings, platform: Destination['platform']): ChosenBuilder {
  const docs = `Asks ${name === undefined ? "the engine's builder" : `the builder ${name}`} whether it answers, and for which platforms it builds.`
  const asked = task('builder', docs, [], work => chosenBuilder({ builder: name, engine }, platform, work))
  return { name: name ?? "the engine's builder", task: asked }
}

/** @throws Failure where it doesn't answer. */
export const chosenBuilder = async (
  { builder, engine }: Pick<Settings, 'builder' | 'engine'>,
  platform: Destination['platform'],
  work: Work,
): Promise<Builder> =>
  builder === undefined ? findBuilder(await chooseEngine(engine, work), platform, work) : requireBuilder(builder, platform, work)

/** @returns for each of `providers` the task after which its image is in the registry. `before` gives what has to be done before it is built. */
export function dockerfileTasks(
  builder: ChosenBuilder,
  providers: readonly Buildable[],
  settings: Settings,
  destination: Destination,
  before: (provider: Buildable) => readonly Task[] = () => [],
): (provider: Buildable) => Task<BuiltImage> {
  const docs = 'Reads the Dockerfiles and what they are built from, and fills their build args.'
  const prepared = task('dockerfiles', docs, [...new Set(providers.flatMap(before))], work =>
    prepare(providers, settings, destination, work),
  )
  return provider => {
    const { name } = provider
    const built = builtTask(provider, provider.build.dockerfile?.file ?? name, builder, prepared, destination)
    return madeImageTask(provider, built, noteOf(provider, destination), destination)
  }
}

export const noteOf = (provider: Buildable, { folderOf }: Destination): string => join(folderOf(provider), `${provider.name}.image.json`)

/** @param prepared Has the build of `provider` by its name. */
export function builtTask(
  provider: Buildable,
  file: string,
  builder: ChosenBuilder,
  prepared: Task<ReadonlyMap<string, PreparedBuild>>,
  destination: Destination,
): Task<Made> {
  const { name } = provider
  const { registry } = destination
  return task(`build ${name}`, `Builds ${file} with ${builder.name}.`, [builder.task, prepared, registry], async work => {
    const build = work.of(prepared).get(name)
    if (build === undefined) throw new Error(`the build of ${name} was not prepared`)
    const there = await madeBefore(provider, build.key, noteOf(provider, destination), registry, work)
    if (there !== undefined) return { there }
    await buildImage(build, work.of(builder.task), work)
    const keyNow = async () => keyOf(build, await readFile(build.dockerfile, 'utf8'), await hashContext(build, work))
    return { folder: build.output, keysNow: async () => ((await keyNow()) === build.key ? [build.key] : []) }
  })
}

/** By provider. All Dockerfiles are read before any is built: what is wrong with one is said while the cluster starts. */
async function prepare(
  providers: readonly Buildable[],
  settings: Settings,
  { platform, folderOf }: Destination,
  work: Work,
): Promise<ReadonlyMap<string, PreparedBuild>> {
  const { buildArgs, environment, secrets, sources } = settings
  const read = await Promise.all(providers.map(provider => readFileOf(provider)))
  requireDeclared(
    buildArgs,
    read.map(({ dockerfile }) => dockerfile),
    sources.buildArgs.where,
  )
  const hashes = new Map<string, Promise<string>>()
  const builds = read.map(async ({ provider, text, dockerfile }): Promise<[string, PreparedBuild]> => {
    const { file, context, target, args: own = {} } = dockerfileOf(provider)
    const args = fillArgs(dockerfile, await knownOf(provider, settings, platform), { ...buildArgs, ...own })
    requireArgs(dockerfile, args, file)
    work.log(
      `${provider.name}: ${Object.entries(args)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
    )
    const build = {
      name: provider.name,
      folder: context,
      dockerfile: file,
      platform,
      args,
      secrets: fillSecrets(dockerfile.secrets, environment),
      hidden: secrets,
      target,
      ...(await handedIn(environment)),
      output: join(folderOf(provider), `${provider.name}.image`),
    }
    // Providers of one repository share it.
    const where = `${context} ${file}`
    const hash = hashes.get(where) ?? hashContext(build, work)
    hashes.set(where, hash)
    return [provider.name, { ...build, key: keyOf(build, text, await hash) }]
  })
  return new Map(await Promise.all(builds))
}

export const keyOf = ({ args, platform, target }: DockerBuild, dockerfile: string, context: string): string =>
  keyOfBuild({ context, dockerfile, args: target === undefined ? args : { ...args, [BUILD_TARGET]: target }, platform })

/** No name of a build arg. */
const BUILD_TARGET = '--target'

/** What every build is told of this machine. */
export const handedIn = async (environment: Settings['environment']): Promise<Pick<DockerBuild, 'handIn' | 'certificates'>> => ({
  handIn: goArgs(environment),
  certificates: await certificateBundle(environment),
})

function dockerfileOf({ name, build, repository }: Buildable): DockerfileBuild {
  if (build.dockerfile !== undefined) return build.dockerfile
  const remedy = 'set `dockerfile` of this provider in provider-config, or have it built by another road'
  throw new Failure({ what: `provider ${name} has no Dockerfile`, why: `there is none in ${repository}`, remedy })
}

async function readFileOf(
  provider: Buildable,
): Promise<{ readonly provider: Buildable; readonly text: string; readonly dockerfile: Dockerfile }> {
  const { file } = dockerfileOf(provider)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const remedy = 'leave `builder` out: managers are then compiled by the Go of this machine'
    throw new Failure({ what: `provider ${provider.name} has no Dockerfile`, why: `there is no ${file}`, remedy, cause })
  })
  return { provider, text, dockerfile: readDockerfile(text) }
}

async function knownOf(
  { build, repository, version }: Buildable,
  { builderImage, environment }: Settings,
  { os, architecture }: Platform,
): Promise<Parameters<typeof fillArgs>[1]> {
  const { go, dockerfile: { context } = { context: repository } } = build
  return {
    goVersion: (await goVersionOf(context)) ?? (await goVersionOf(go?.moduleDir ?? repository)),
    builderImage,
    os,
    architecture,
    package: go && `./${relative(context, join(go.moduleDir, go.package))}`.replace(/^\.\/$/, '.'),
    ldflags: go?.ldflags.join(' '),
    version,
    goproxy: environment.GOPROXY,
    makefile: await readFile(join(context, 'Makefile'), 'utf8').catch(() => undefined),
  }
}
