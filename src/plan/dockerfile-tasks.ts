/** Images by a builder, from the Dockerfiles of the providers: it is asked early, builds run concurrently as it lets them, and what is built comes back to be pushed from here. */
import { readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { fillArgs, fillSecrets, requireArgs, requireDeclared } from '../images/build-args.ts'
import { type Builder, requireBuilder } from '../images/builder.ts'
import { builtBefore, keyOfBuild, noteBuilt } from '../images/built-note.ts'
import { hashContext } from '../images/context.ts'
import { buildImage, type DockerBuild } from '../images/docker-build.ts'
import { type Dockerfile, readDockerfile } from '../images/dockerfile.ts'
import type { Platform } from '../images/image.ts'
import { readImage } from '../images/layout.ts'
import { type PushedImage, pushImage, tagOf } from '../images/push.ts'
import { repositoryBelow } from '../images/reference.ts'
import type { DockerfileBuild } from '../providers/provider.ts'
import { goVersionOf } from '../providers/repository.ts'
import type { Settings } from '../settings/settings.ts'
import type { Buildable, BuiltImage } from './provider-images.ts'
import type { ImageRegistry } from './registry-tasks.ts'
import { type Task, task } from './task.ts'

/** What the images are for, and where what is known of them is kept. */
export interface Destination {
  readonly platform: Platform
  readonly folderOf: (provider: Buildable) => string
}

/** A build, with the hash of all that decides what it makes. */
interface PreparedBuild extends DockerBuild {
  readonly key: string
}

/** What a build has left: files to be pushed, or an image that was pushed before. */
type Built = { readonly there: PushedImage } | { readonly build: PreparedBuild }

/** @returns for each of `providers` the task after which its image is in the registry. */
export function dockerfileTasks(
  builderName: string,
  providers: readonly Buildable[],
  settings: Settings,
  registry: Task<ImageRegistry>,
  destination: Destination,
): (provider: Buildable) => Task<BuiltImage> {
  const { platform, folderOf } = destination
  const builder = task('builder', `Asks the builder ${builderName} whether it answers, and for which platforms it builds.`, [], work =>
    requireBuilder(builderName, platform, work),
  )
  const docs = 'Reads the Dockerfiles and what they are built from, and fills their build args.'
  const prepared = task('dockerfiles', docs, [], work => prepare(providers, settings, destination, work))
  return provider => {
    const { name } = provider
    const note = join(folderOf(provider), `${name}.image.json`)
    const built = task(
      `build ${name}`,
      `Builds ${provider.build.dockerfile?.file ?? name} with ${builderName}.`,
      [builder, prepared, registry],
      async work => {
        const build = work.of(prepared).get(name)
        if (build === undefined) throw new Error(`the build of ${name} was not prepared`)
        const { address, client } = work.of(registry)
        const repository = repositoryBelow(address, provider.build.image)
        const there = await builtBefore(note, build.key, repository, client, work)
        if (there === undefined) await buildImage(build, work.of<Builder>(builder), work)
        else work.unchanged(`nothing that it is built from has changed, the registry has ${there.reference}`)
        return there === undefined ? { build } : { there }
      },
    )
    return imageTask(provider, built, note, registry, destination)
  }
}

function imageTask(
  provider: Buildable,
  built: Task<Built>,
  note: string,
  registry: Task<ImageRegistry>,
  { platform }: Destination,
): Task<BuiltImage> {
  const { name } = provider
  return task(`image ${name}`, 'Puts what was built into the registry.', [built, registry], async work => {
    const done = work.of(built)
    if ('there' in done) {
      work.unchanged(`the registry has ${done.there.reference}`)
      return { ...done.there, name }
    }
    const { build } = done
    const image = await readImage(build.output, platform)
    const { address, client } = work.of(registry)
    const repository = repositoryBelow(address, provider.build.image)
    const pushed = await pushImage({ ...repository, version: tagOf(image.manifest) }, image, client, work)
    if (!pushed.pushed) work.unchanged(`the registry has ${pushed.reference}`)
    const after = await keyOf(build, await readFile(build.dockerfile, 'utf8'), await hashContext(build, work))
    await noteBuilt(note, after === build.key ? after : undefined, pushed)
    await rm(build.output, { recursive: true, force: true })
    return { ...pushed, name }
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
    const { file, context, args: own = {} } = dockerfileOf(provider)
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

const keyOf = ({ args, platform }: DockerBuild, dockerfile: string, context: string): string =>
  keyOfBuild({ context, dockerfile, args, platform })

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
  }
}
