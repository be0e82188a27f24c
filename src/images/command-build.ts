/** An image that a command of the repository makes (make docker-build, ko, goreleaser, …): what the command is told, and where what it has made is found. */
import { mkdir, rm, stat } from 'node:fs/promises'
import { runUserCommand, shownCommand, type UserCommand } from '../host/command-line.ts'
import type { EngineName } from '../host/container-engine.ts'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Recorder, Work } from '../host/work.ts'
import { saveImage } from './docker-build.ts'
import type { Platform } from './image.ts'
import { type Reference, referenceText } from './reference.ts'
import type { ImageStore } from './store.ts'

export interface CommandBuild {
  /** Whose image it is, for errors: `docker`. */
  readonly name: string
  /** Where the command runs. */
  readonly folder: string
  readonly command: UserCommand
  /** What it is asked to make. */
  readonly image: Reference
  readonly platform: Platform
  readonly engine: EngineName
  /** Archive that it writes the image to, OCI's or Docker's; nothing where it pushes or keeps it. */
  readonly archive?: string | undefined
  /** Folder that the image is put into, where it is not in its registry; emptied first. */
  readonly output: string
}

/** What a command has made: pushed by itself, or in `output`. */
export type MadeByCommand = { readonly pushed: { readonly digest: string } } | { readonly folder: string }

/**
 * All that a command may need to know, under the names that Makefiles of providers, ko and BuildKit read. GOOS and GOARCH are not among them: ko refuses
 * `--platform` beside them, and what a Makefile compiles for itself, such as its generators, is to run here.
 */
export function commandVariables({ image, platform }: Pick<CommandBuild, 'image' | 'platform'>): Readonly<Record<string, string>> {
  const { os, architecture } = platform
  const repository = `${image.registry}/${image.repository}`
  return {
    IMAGE: referenceText(image),
    IMG: referenceText(image),
    REGISTRY: repository.slice(0, repository.lastIndexOf('/')),
    IMAGE_NAME: repository.slice(repository.lastIndexOf('/') + 1),
    TAG: image.version,
    PLATFORM: `${os}/${architecture}`,
    ARCH: architecture,
    KO_DOCKER_REPO: repository,
    KO_DEFAULTPLATFORMS: `${os}/${architecture}`,
    DOCKER_BUILDKIT: '1',
  }
}

/** `{image}`, `{tag}` and the like in a command, as the variable of that name in capitals has it. Pure. */
export function filledCommand(command: UserCommand, variables: Readonly<Record<string, string>>): UserCommand {
  const filled = (text: string) => text.replaceAll(/\{([a-z_]+)\}/g, (said, name: string) => variables[name.toUpperCase()] ?? said)
  return typeof command === 'string' ? filled(command) : command.map(filled)
}

/**
 * @param record Is told of images that the command leaves in the engine with our tag: clean-up takes them from there.
 * @throws Failure where the command fails, or what it was to make is nowhere.
 */
export async function buildByCommand(build: CommandBuild, store: ImageStore, record: Recorder, work: Work): Promise<MadeByCommand> {
  await rm(build.output, { recursive: true, force: true })
  await mkdir(build.output, { recursive: true })
  const before = await imagesOf(build.engine, work)
  const wanted = referenceText(build.image)
  if (before?.every(one => nameIn(one) !== wanted)) await record({ kind: 'image', name: wanted })
  const variables = commandVariables(build)
  const command = filledCommand(build.command, variables)
  work.log(`${shownCommand(command)} (IMAGE=${variables.IMAGE})`)
  const named = `the command that builds the image of ${build.name}`
  await runUserCommand(named, command, work, { cwd: build.folder, env: variables, background: true })
  const after = (await imagesOf(build.engine, work)) ?? []
  const made = after.filter(one => !before?.includes(one)).map(nameIn)
  // Makefiles have names of their own (`<image>-amd64`).
  for (const name of made.filter(one => one !== wanted && hasTag(one, build))) await record({ kind: 'image', name })
  return find(build, { there: after.map(nameIn), made }, store, work)
}

/** Names in the engine's store once the command has run, and those of them that it has made. */
interface InEngine {
  readonly there: readonly string[]
  readonly made: readonly string[]
}

async function find(build: CommandBuild, { there, made }: InEngine, store: ImageStore, work: Work): Promise<MadeByCommand> {
  const { image, engine, output, archive } = build
  if (archive !== undefined) {
    await unpack(archive, build, work)
    return { folder: output }
  }
  const digest = await store.digestOf(image, work)
  if (digest !== undefined) return { pushed: { digest } }
  const wanted = referenceText(image)
  const named = [wanted, ...made.filter(one => hasTag(one, build))].find(one => there.includes(one))
  if (named === undefined) throw notMade(build, made)
  if (named !== wanted) work.log(`${build.name}: ${named} is taken, which the command has made`)
  await saveImage(engine, named, output, work)
  return { folder: output }
}

/** References in the engine's store, each with the id of its image; nothing where there is no engine. */
async function imagesOf(engine: EngineName, work: Work): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await exec(engine, ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'], work, { timeout: 60 })
    return stdout.split('\n').filter(line => line !== '' && !line.includes('<none>'))
  } catch {
    work.signal.throwIfAborted()
    return undefined
  }
}

/** The tag is of what an image is made from, and nobody else's. */
const hasTag = (name: string, { image }: CommandBuild): boolean => name.endsWith(`:${image.version}`)

const nameIn = (line: string): string => line.split(' ')[0] ?? line

async function unpack(archive: string, { name, output }: CommandBuild, work: Work): Promise<void> {
  const found = await stat(archive).catch(() => undefined)
  if (found === undefined)
    throw new Failure({
      what: `the command that builds the image of ${name} made no archive`,
      why: `there is no ${archive}`,
      remedy: 'set `image-archive` to what it writes',
    })
  if (found.isDirectory()) await exec('cp', ['-r', `${archive}/.`, output], work)
  else await exec('tar', ['-xf', archive, '-C', output], work)
}

const notMade = ({ name, image, engine }: CommandBuild, made: readonly string[]): Failure =>
  new Failure({
    what: `the command that builds the image of ${name} made no ${referenceText(image)}`,
    why: `it is neither in the registry nor in ${engine}'s store, where the command has made ${made.length === 0 ? 'nothing' : made.join(', ')}`,
    remedy:
      'have it make {image}, which is $IMAGE too, or any image with the tag {tag}; or set `image-archive` to the archive that it writes',
  })
