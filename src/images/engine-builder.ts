/** The builder where nobody names one: that of the engine, however it is asked to build. */
import type { EngineName } from '../host/container-engine.ts'
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Builder, readCurrent, requireBuilder } from './builder.ts'
import type { Platform } from './image.ts'

/**
 * The builder that `docker buildx` uses now where there is buildx, else the BuildKit of the engine by a docker command that has it built in (up to version 20.10), or podman.
 * @throws Failure when there is none, or it doesn't answer.
 */
export async function findBuilder(engine: EngineName, platform: Platform, work: Work): Promise<Builder> {
  if (engine === 'podman') return requirePodman(work)
  const current = await currentBuilder(work)
  return current === undefined ? requireBuildKit(work) : requireBuilder(current, platform, work)
}

const asked = (command: string, args: readonly string[], work: Work) => exec(command, args, work, { allow: [1, 125], timeout: 60 })

async function currentBuilder(work: Work): Promise<string | undefined> {
  if ((await asked('docker', ['buildx', 'version'], work)).exitCode !== 0) return undefined
  return readCurrent((await asked('docker', ['buildx', 'inspect'], work)).stdout)
}

const NO_BUILDER = 'images cannot be built from Dockerfiles here'

async function requireBuildKit(work: Work): Promise<Builder> {
  const { stdout, stderr } = await asked('docker', ['version', '--format', '{{.Client.Version}} {{.Server.Version}}'], work)
  const [client = '', server = ''] = stdout.trim().split(' ')
  if (Number.parseInt(server, 10) > 0) {
    if (Number.parseInt(client, 10) <= LAST_WITH_BUILDKIT) return { name: 'docker', driver: 'engine' }
    const why = `docker ${client} builds by buildx, and there is none`
    throw new Failure({ what: NO_BUILDER, why, remedy: 'install buildx: in a workflow, uses: docker/setup-buildx-action' })
  }
  const why = stderr.trim().split('\n').at(-1) || 'no Docker engine answers'
  throw new Failure({ what: NO_BUILDER, why, remedy: 'start Docker, or set DOCKER_HOST to an engine that runs' })
}

/** Docker 23 took BuildKit's client out of the command: buildx is a plugin since. */
const LAST_WITH_BUILDKIT = 20

async function requirePodman(work: Work): Promise<Builder> {
  const { exitCode, stderr } = await asked('podman', ['info', '--format', '{{.Version.Version}}'], work).catch((error: unknown) => {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    return { exitCode: 1, stderr: error.what }
  })
  if (exitCode === 0) return { name: 'podman', driver: 'podman' }
  throw new Failure({ what: NO_BUILDER, why: stderr.trim().split('\n').at(-1), remedy: 'install podman, or set `build_engine` to docker' })
}
