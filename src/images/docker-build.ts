/** An image built from a Dockerfile by a builder, wherever that is: the image comes back into a folder here, so that the builder need not see our registry. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { BuildArgs, BuildSecret } from './build-args.ts'
import { type BuildLog, faultOf, listenToBuild } from './build-progress.ts'
import type { Builder } from './builder.ts'
import { fromHere } from './compile.ts'
import type { BuildContext } from './context.ts'
import { CERTIFICATES, certificateArgs, handIn } from './hand-in.ts'
import type { Platform } from './image.ts'
import { listenToPlain, listenToPodman } from './plain-progress.ts'

export interface DockerBuild extends BuildContext {
  /** Whose image it is, for errors: `docker`. */
  readonly name: string
  readonly platform: Platform
  readonly args: BuildArgs
  /** Build secrets by id: from a variable of this process, or from a file. */
  readonly secrets: Readonly<Record<string, BuildSecret>>
  /** Values that no command line may show. */
  readonly hidden: readonly string[]
  /** Variables that every RUN is to see, whether the Dockerfile declares them or not. */
  readonly handIn?: Readonly<Record<string, string>> | undefined
  /** PEM text that every RUN is to trust. */
  readonly certificates?: string | undefined
  /** Stage that is the image; the last, where none is said. */
  readonly target?: string | undefined
  /** Folder that the image is written to; emptied first. */
  readonly output: string
}

const MINUTES = 60
const LONGEST = 60 * MINUTES

/** @throws Failure with the line of the Dockerfile, and what the failed step printed. */
export async function buildImage(asked: DockerBuild, builder: Builder, work: Work): Promise<void> {
  await rm(asked.output, { recursive: true, force: true })
  await mkdir(asked.output, { recursive: true })
  const { build, ...prepared } = await prepareHandIn(asked)
  try {
    // The driver `docker` is an engine, which may only be able to keep what it builds; so do the commands of engines.
    if (STORES.includes(builder.driver)) await throughEngine(build, builder, prepared, work)
    else await runBuild(build, builder, prepared, ['--output', `type=oci,tar=false,dest=${build.output}`], work)
  } finally {
    await Promise.all(prepared.made.map(file => rm(file, { force: true })))
  }
}

const STORES = ['docker', 'engine', 'podman']

async function throughEngine(build: DockerBuild, builder: Builder, prepared: Prepared, work: Work): Promise<void> {
  const file = (name: string) => join(build.output, name)
  const command = builder.driver === 'podman' ? 'podman' : 'docker'
  await runBuild(build, builder, prepared, [...(builder.driver === 'docker' ? ['--load'] : []), '--iidfile', file('id')], work)
  const id = (await readFile(file('id'), 'utf8')).trim()
  try {
    await saveImage(command, id, build.output, work)
  } finally {
    await forget(command, id, work)
  }
  await rm(file('id'))
}

/** Writes an image of an engine's store into `folder`, for `readImage`. */
export async function saveImage(command: 'docker' | 'podman', name: string, folder: string, work: Work): Promise<void> {
  const archive = join(folder, 'image.tar')
  const format = command === 'podman' ? ['--format', 'oci-archive'] : []
  await exec(command, ['image', 'save', ...format, '--output', archive, name], work)
  await exec('tar', ['-xf', archive, '-C', folder], work)
  await rm(archive)
}

/** The image has no name of ours; one that has a name is somebody else's too, and stays. */
async function forget(command: string, id: string, work: Work): Promise<void> {
  const options = { allow: [1, 125], timeout: 60 }
  const unstoppable = { ...work, signal: new AbortController().signal }
  const { stdout } = await exec(command, ['image', 'inspect', '--format', '{{len .RepoTags}}', id], unstoppable, options)
  if (stdout.trim() === '0') await exec(command, ['image', 'rm', id], unstoppable, options)
}

async function runBuild(build: DockerBuild, builder: Builder, prepared: Prepared, output: readonly string[], work: Work): Promise<void> {
  const { flags, env } = valuesOf(build)
  const { command, args, variables, listen } = invocationOf(builder)
  const log = listen(work)
  const { os, architecture } = build.platform
  const all = [
    ...args,
    '--file',
    build.dockerfile,
    '--platform',
    `${os}/${architecture}`,
    ...(build.target ? ['--target', build.target] : []),
    ...output,
    ...flags,
    build.folder,
  ]
  try {
    await exec(command, all, log.work, { env: { ...env, ...variables }, timeout: LONGEST, echo: true })
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    throw buildFailure(build, builder, prepared, log.failed(), error)
  }
}

interface Invocation {
  readonly command: string
  readonly args: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly listen: (work: Work) => BuildLog
}

function invocationOf({ name, driver }: Builder): Invocation {
  if (driver === 'podman') return { command: 'podman', args: ['build'], variables: {}, listen: listenToPodman }
  if (driver === 'engine')
    return { command: 'docker', args: ['build', '--progress=plain'], variables: { DOCKER_BUILDKIT: '1' }, listen: listenToPlain }
  // One image for one platform: with attestations it would be an index.
  const args = ['buildx', 'build', '--builder', name, '--provenance=false', '--sbom=false', '--progress=rawjson']
  return { command: 'docker', args, variables: {}, listen: listenToBuild }
}

interface Prepared {
  /** As the user has it. */
  readonly dockerfile: string
  readonly lineOf: (line: number) => number
  /** Files to remove after the build. */
  readonly made: readonly string[]
}

/** Writes the Dockerfile that hands in what is to be handed in, and the ignore file that belongs to the original beside it. */
async function prepareHandIn(build: DockerBuild): Promise<Prepared & { readonly build: DockerBuild }> {
  const { handIn: given = {}, certificates } = build
  if (Object.keys(given).length === 0 && certificates === undefined)
    return { build, dockerfile: build.dockerfile, lineOf: line => line, made: [] }
  const { text, added, lineOf } = handIn(await readFile(build.dockerfile, 'utf8'), Object.keys(given), certificates !== undefined)
  const dockerfile = `${build.output}.Dockerfile`
  const made = [dockerfile, `${dockerfile}.dockerignore`, `${build.output}.crt`]
  await writeFile(dockerfile, text)
  await copyFile(`${build.dockerfile}.dockerignore`, `${dockerfile}.dockerignore`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (certificates !== undefined) await writeFile(`${build.output}.crt`, certificates)
  return {
    made,
    dockerfile: build.dockerfile,
    lineOf,
    build: {
      ...build,
      dockerfile,
      args: { ...Object.fromEntries(added.map(name => [name, given[name] ?? certificateArgs[name] ?? ''])), ...build.args },
      secrets: { ...build.secrets, ...(certificates === undefined ? {} : { [CERTIFICATES]: { file: `${build.output}.crt` } }) },
    },
  }
}

/** Build args and secrets as flags. A value that is to be hidden comes from the environment of the command. */
function valuesOf({ args, secrets, hidden }: DockerBuild): { readonly flags: readonly string[]; readonly env: Record<string, string> } {
  const isHidden = (value: string) => hidden.some(one => value.includes(one))
  const given = Object.entries(args)
  const flags = [
    ...given.flatMap(([name, value]) => ['--build-arg', isHidden(value) ? name : `${name}=${value}`]),
    ...Object.entries(secrets).flatMap(([id, secret]) => [
      '--secret',
      'file' in secret ? `id=${id},src=${secret.file}` : `id=${id},env=${secret.variable}`,
    ]),
  ]
  return { flags, env: Object.fromEntries(given.filter(([, value]) => isHidden(value))) }
}

function buildFailure(
  { name }: DockerBuild,
  builder: Builder,
  { dockerfile, lineOf }: Prepared,
  failed: Parameters<typeof faultOf>[0],
  cause: Failure,
): Failure {
  // Nothing was said by a build that ran out of time, or could not be started.
  const { why, line, output } = faultOf(failed)
  return new Failure({
    what: `the image of ${name} cannot be built by ${builder.name === 'default' ? "the engine's builder" : builder.name}`,
    why: why || cause.what,
    where: fromHere('', line === undefined ? dockerfile : `${dockerfile}:${lineOf(line)}`),
    remedy: remedyFor([why, ...output].join('\n'), builder),
    details: output,
    cause,
  })
}

const PRUNE: Readonly<Record<string, string>> = { engine: 'docker builder prune', podman: 'podman image prune' }

function remedyFor(text: string, { name, driver }: Builder): string | undefined {
  if (/unknown authority|certificate/i.test(text))
    return 'the image that compiles must trust your certificates: set SSL_CERT_FILE in the environment, and they are handed in, or `builder-image` to one that does'
  if (/requires go >= [\d.]+ \(running go/.test(text)) return 'set `builder-image` to one with a newer Go'
  if (/no space left on device/.test(text))
    return `free disk space of the builder: ${PRUNE[driver] ?? `docker buildx prune --builder ${name}`}`
  if (/go: .*(dial tcp|i\/o timeout|connection refused|no such host)/.test(text))
    return 'the builder must reach the module proxy: set GOPROXY in the environment to one that it reaches'
  if (
    /(failed to resolve source metadata|not found|pull access denied|no such host)/.test(text) &&
    /docker-image:|FROM |source metadata/.test(text)
  )
    return 'check the names of the images, and that the builder reaches their registries: it pulls them itself'
  return undefined
}
