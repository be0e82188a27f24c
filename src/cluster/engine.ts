/** The Docker engine as this room sees it: one command line, and typed answers to what exists. */
import { z } from 'zod'
import { type ExecOptions, exec, type Output } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'

/** Runs `docker` with `args`; the engine is the one that DOCKER_HOST or the current docker context names. */
export const docker = (args: readonly string[], work: Work, options?: ExecOptions): Promise<Output> => exec('docker', args, work, options)

export interface Engine {
  readonly version: string
  /** As the engine names it, `Debian GNU/Linux 12 (bookworm)`, `Docker Desktop`. */
  readonly operatingSystem: string
  /** Path of the engine's socket as a container's bind mount has to name it. */
  readonly socket: string
}

const engineInfo = z.object({ ServerVersion: z.string(), OperatingSystem: z.string() })

/**
 * The engine that answers.
 * @throws Failure when there is no docker command, or no engine behind it.
 */
export async function requireEngine(work: Work): Promise<Engine> {
  const output = await docker(['info', '--format', '{{json .}}'], work, { allow: [1], timeout: 60 }).catch((cause: unknown) => {
    work.signal.throwIfAborted()
    const why = cause instanceof Failure ? cause.message : undefined
    throw new Failure({ what: 'no Docker engine answers', why, remedy: 'install Docker, its command must be on PATH', cause })
  })
  // `docker info` prints an answer with an empty server version and exits 1 (or 0, by the age of the command) when nothing answers.
  const info = output.stdout.startsWith('{') ? engineInfo.safeParse(JSON.parse(output.stdout)).data : undefined
  if (!info?.ServerVersion) {
    const remedy = 'start Docker, or set DOCKER_HOST to an engine that runs'
    throw new Failure({ what: 'no Docker engine answers', why: lastLine(output.stderr), remedy })
  }
  return { version: info.ServerVersion, operatingSystem: info.OperatingSystem, socket: await engineSocket(info.OperatingSystem, work) }
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1)?.trim() || undefined

const DEFAULT_SOCKET = '/var/run/docker.sock'

/** A rootless engine has its socket elsewhere. Docker Desktop's engine runs in a machine of its own, where the socket is at the default path. */
async function engineSocket(operatingSystem: string, work: Work): Promise<string> {
  if (operatingSystem === 'Docker Desktop') return DEFAULT_SOCKET
  const host = await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], work, { allow: [1] })
  return /^unix:\/\/(\/.+)$/.exec(host.stdout.trim())?.[1] ?? DEFAULT_SOCKET
}

export interface Mount {
  readonly source: string
  readonly destination: string
}

/** A port of a container and where the host publishes it. `hostPort` 0 is one that the engine picks. */
export interface PublishedPort {
  readonly container: number
  readonly protocol: string
  readonly hostAddress: string
  readonly hostPort: number
}

export interface Container {
  readonly name: string
  readonly running: boolean
  /** `running`, `exited`, `created`, … */
  readonly status: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  readonly ports: readonly PublishedPort[]
  readonly networks: readonly string[]
}

const inspected = z.array(
  z.object({
    Name: z.string(),
    State: z.object({ Running: z.boolean(), Status: z.string() }),
    Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
    HostConfig: z.object({
      PortBindings: z
        .record(z.string(), z.array(z.object({ HostIp: z.string().default(''), HostPort: z.string().default('') })).nullable())
        .nullish(),
    }),
    Mounts: z.array(z.object({ Source: z.string().default(''), Destination: z.string() })).nullish(),
    NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }),
  }),
)

/** What `docker container inspect` printed, without the containers that don't exist. */
export const readContainers = (json: string): Container[] =>
  inspected.parse(JSON.parse(json)).map(found => ({
    name: found.Name.replace(/^\//, ''),
    running: found.State.Running,
    status: found.State.Status,
    image: found.Config.Image,
    labels: found.Config.Labels ?? {},
    mounts: (found.Mounts ?? []).map(mount => ({ source: mount.Source, destination: mount.Destination })),
    ports: Object.entries(found.HostConfig.PortBindings ?? {}).flatMap(([port, bindings]) => published(port, bindings ?? [])),
    networks: Object.keys(found.NetworkSettings.Networks ?? {}),
  }))

function published(port: string, bindings: readonly { HostIp: string; HostPort: string }[]): PublishedPort[] {
  const [container, protocol = 'tcp'] = port.split('/')
  return bindings.map(binding => ({
    container: Number(container),
    protocol,
    hostAddress: binding.HostIp,
    hostPort: Number(binding.HostPort || 0),
  }))
}

/** The container of exactly that name, or nothing. */
export async function findContainer(name: string, work: Work): Promise<Container | undefined> {
  return (await inspectContainers([name], work)).find(container => container.name === name)
}

/** All containers, running or not, whose label `key` has exactly this value. */
export async function findLabelled(key: string, value: string, work: Work): Promise<Container[]> {
  const ids = await docker(['container', 'ls', '--all', '--quiet', '--no-trunc', '--filter', `label=${key}=${value}`], work)
  return inspectContainers(words(ids.stdout), work)
}

async function inspectContainers(names: readonly string[], work: Work): Promise<Container[]> {
  if (names.length === 0) return []
  const output = await docker(['container', 'inspect', ...names], work, { allow: [1] })
  if (output.exitCode !== 0 && !/no such container/i.test(output.stderr)) {
    throw new Failure({ what: `docker cannot inspect ${names.join(', ')}`, why: lastLine(output.stderr) })
  }
  return readContainers(output.stdout)
}

export const words = (text: string): string[] => text.split(/\s+/).filter(word => word !== '')

const networks = z.array(
  z.object({
    IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().default(''), Gateway: z.string().default('') })).nullish() }),
    Containers: z.record(z.string(), z.object({ Name: z.string() })).nullish(),
  }),
)

export interface Network {
  readonly name: string
  /** The host's IPv4 address in it, if it has one. */
  readonly gateway: string | undefined
  /** Names of the containers that are joined to it and run. */
  readonly containers: readonly string[]
}

/** The network of exactly that name, or nothing. */
export async function findNetwork(name: string, work: Work): Promise<Network | undefined> {
  const output = await docker(['network', 'inspect', name], work, { allow: [1] })
  if (output.exitCode !== 0) {
    if (/no such network|not found/i.test(output.stderr)) return undefined
    throw new Failure({ what: `docker cannot inspect network ${name}`, why: lastLine(output.stderr) })
  }
  const found = networks.parse(JSON.parse(output.stdout))[0]
  const gateways = (found?.IPAM.Config ?? []).map(range => range.Gateway.replace(/\/\d+$/, ''))
  return {
    name,
    gateway: gateways.find(address => /^\d+\.\d+\.\d+\.\d+$/.test(address)),
    containers: Object.values(found?.Containers ?? {}).map(container => container.Name),
  }
}

/** The network that kind joins its nodes to: `kind`, unless kind's own variable says otherwise. */
export const kindNetwork = (): string => process.env.KIND_EXPERIMENTAL_DOCKER_NETWORK || 'kind'
