/** An image built from a Dockerfile by a builder, wherever that is: the image comes back into a folder here, so that the builder need not see our registry. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import type { BuildArgs, BuildSecret } from './build-args.ts'
import { faultOf, listenToBuild } from './build-progress.ts'
import type { Builder } from './builder.ts'
import { fromHere } from './compile.ts'
import type { BuildContext } from './context.ts'
import type { Platform } from './image.ts'

export interface DockerBuild extends BuildContext {
  /** Whose image it is, for errors: `docker`. */
  readonly name: string
  readonly platform: Platform
  readonly args: BuildArgs
  /** Build secrets by id: from a variable of this process, or from a file. */
  readonly secrets: Readonly<Record<string, BuildSecret>>
  /** Values that no command line may show. */
  readonly hidden: readonly string[]
  /** Folder that the image is written to; emptied first. */
  readonly output: string
}

const MINUTES = 60
const LONGEST = 60 * MINUTES

/** @throws Failure with the line of the Dockerfile, and what the failed step printed. */
export async function buildImage(build: DockerBuild, builder: Builder, work: Work): Promise<void> {
  await rm(build.output, { recursive: true, force: true })
  await mkdir(build.output, { recursive: true })
  // The driver `docker` is an engine, which may only be able to keep what it builds.
  if (builder.driver === 'docker') await throughEngine(build, builder, work)
  else await runBuild(build, builder, ['--output', `type=oci,tar=false,dest=${build.output}`], work)
}

async function throughEngine(build: DockerBuild, builder: Builder, work: Work): Promise<void> {
  const file = (name: string) => join(build.output, name)
  await runBuild(build, builder, ['--load', '--iidfile', file('id')], work)
  const id = (await readFile(file('id'), 'utf8')).trim()
  try {
    await exec('docker', ['image', 'save', '--output', file('image.tar'), id], work)
  } finally {
    await forget(id, work)
  }
  await exec('tar', ['-xf', file('image.tar'), '-C', build.output], work)
  await rm(file('image.tar'))
}

/** The image has no name of ours; one that has a name is somebody else's too, and stays. */
async function forget(id: string, work: Work): Promise<void> {
  const options = { allow: [1], timeout: 60 }
  const unstoppable = { ...work, signal: new AbortController().signal }
  const { stdout } = await exec('docker', ['image', 'inspect', '--format', '{{len .RepoTags}}', id], unstoppable, options)
  if (stdout.trim() === '0') await exec('docker', ['image', 'rm', id], unstoppable, options)
}

async function runBuild(build: DockerBuild, builder: Builder, output: readonly string[], work: Work): Promise<void> {
  const { flags, env } = valuesOf(build)
  const { os, architecture } = build.platform
  const log = listenToBuild(work)
  const args = ['buildx', 'build', '--builder', builder.name, '--file', build.dockerfile, '--platform', `${os}/${architecture}`]
  // One image for one platform: with attestations it would be an index.
  args.push('--provenance=false', '--sbom=false', '--progress=rawjson', ...output, ...flags, build.folder)
  try {
    await exec('docker', args, log.work, { env, timeout: LONGEST, echo: true })
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    throw buildFailure(build, builder, log.failed(), error)
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

function buildFailure({ name, dockerfile }: DockerBuild, builder: Builder, failed: Parameters<typeof faultOf>[0], cause: Failure): Failure {
  // Nothing was said by a build that ran out of time, or could not be started.
  const { why, line, output } = faultOf(failed)
  return new Failure({
    what: `the image of ${name} cannot be built by ${builder.name}`,
    why: why || cause.what,
    where: fromHere('', line === undefined ? dockerfile : `${dockerfile}:${line}`),
    remedy: remedyFor([why, ...output].join('\n'), builder),
    details: output,
    cause,
  })
}

function remedyFor(text: string, { name }: Builder): string | undefined {
  if (/unknown authority|certificate/i.test(text))
    return 'the image that compiles must trust your certificates: set `builder-image` to one that does'
  if (/requires go >= [\d.]+ \(running go/.test(text)) return 'set `builder-image` to one with a newer Go'
  if (/no space left on device/.test(text)) return `free disk space of the builder: docker buildx prune --builder ${name}`
  if (/go: .*(dial tcp|i\/o timeout|connection refused|no such host)/.test(text))
    return 'the builder must reach the module proxy: set GOPROXY in the environment to one that it reaches'
  if (
    /(failed to resolve source metadata|not found|pull access denied|no such host)/.test(text) &&
    /docker-image:|FROM |source metadata/.test(text)
  )
    return 'check the names of the images, and that the builder reaches their registries: it pulls them itself'
  return undefined
}
