/** The container engine as this room sees it: one command line, and typed answers to what exists. Podman's command takes the words of docker's. */
import { z } from 'zod'
import { engineName } from '../host/container-engine.ts'
import { type ExecOptions, exec, type Output } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { CONTROLLERS, type Rootless } from './rootless.ts'

/** What podman exits with where docker exits with 1: of an object that is not there. */
const PODMAN_REFUSES = 125

/** Runs the engine's command with `args`; a docker engine is the one that DOCKER_HOST or the current docker context names. */
export function docker(args: readonly string[], work: Work, options: ExecOptions = {}): Promise<Output> {
  const { allow = [] } = options
  const inPodman = engineName() === 'podman' && allow.includes(1) ? { allow: [...allow, PODMAN_REFUSES] } : {}
  return exec(engineName(), args, work, { ...options, ...inPodman })
}

export interface Engine {
  readonly version: string
  /** What containers call this machine, where the engine runs in a virtual machine of its own. */
  readonly hostName: string | undefined
  /** Path of the engine's socket as a container's bind mount has to name it. */
  readonly socket: string
  /** Of an engine without root's rights, what it may do with cgroups; nothing for one of root's. */
  readonly rootless: Rootless | undefined
}

/**
 * The engine that answers.
 * @throws Failure when there is no command of it, or no engine behind it.
 */
export const requireEngine = (work: Work): Promise<Engine> => (engineName() === 'podman' ? requirePodman(work) : requireDocker(work))

const engineInfo = z.object({
  ServerVersion: z.string(),
  OperatingSystem: z.string(),
  SecurityOptions: z.array(z.string()).nullish(),
  CgroupVersion: z.string().default(''),
  MemoryLimit: z.boolean().default(true),
  PidsLimit: z.boolean().default(true),
  CPUShares: z.boolean().default(true),
})

/** `name=rootless`, among others. */
function dockerRootless(info: z.infer<typeof engineInfo>): Rootless | undefined {
  if (!info.SecurityOptions?.some(option => option.split(',').includes('name=rootless'))) return undefined
  const controllers = { cpu: info.CPUShares, memory: info.MemoryLimit, pids: info.PidsLimit }
  return { cgroup2: info.CgroupVersion === '2', missing: CONTROLLERS.filter(name => !controllers[name]) }
}

async function requireDocker(work: Work): Promise<Engine> {
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
  const isDesktop = info.OperatingSystem === 'Docker Desktop'
  return {
    version: info.ServerVersion,
    hostName: isDesktop ? 'host.docker.internal' : undefined,
    socket: isDesktop ? DEFAULT_SOCKET : await dockerSocket(work),
    rootless: dockerRootless(info),
  }
}

const podmanInfo = z.object({
  version: z.object({ Version: z.string() }),
  host: z.object({
    serviceIsRemote: z.boolean().default(false),
    remoteSocket: z.object({ path: z.string() }).optional(),
    security: z.object({ rootless: z.boolean().default(false) }).optional(),
    cgroupVersion: z.string().default(''),
    /** Podman 3 doesn't tell. */
    cgroupControllers: z.array(z.string()).nullish(),
  }),
})

function podmanRootless({ security, cgroupVersion, cgroupControllers }: z.infer<typeof podmanInfo>['host']): Rootless | undefined {
  if (!security?.rootless) return undefined
  const delegated = cgroupControllers ?? CONTROLLERS
  return { cgroup2: cgroupVersion === 'v2', missing: CONTROLLERS.filter(name => !delegated.includes(name)) }
}

async function requirePodman(work: Work): Promise<Engine> {
  const output = await docker(['info', '--format', '{{json .}}'], work, { allow: [1], timeout: 60 }).catch((cause: unknown) => {
    work.signal.throwIfAborted()
    const why = cause instanceof Failure ? cause.message : undefined
    throw new Failure({ what: 'podman does not answer', why, remedy: 'install podman, its command must be on PATH', cause })
  })
  const info = output.exitCode === 0 ? podmanInfo.safeParse(JSON.parse(output.stdout)).data : undefined
  if (info === undefined)
    throw new Failure({ what: 'podman does not answer', why: lastLine(output.stderr), remedy: 'see what `podman info` says' })
  const { serviceIsRemote, remoteSocket } = info.host
  return {
    version: info.version.Version,
    hostName: serviceIsRemote ? 'host.containers.internal' : undefined,
    socket: remoteSocket?.path.replace(/^unix:\/\//, '') ?? PODMAN_SOCKET,
    rootless: podmanRootless(info.host),
  }
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1)?.trim() || undefined

const DEFAULT_SOCKET = '/var/run/docker.sock'
const PODMAN_SOCKET = '/run/podman/podman.sock'

/** A rootless engine has its socket elsewhere. Docker Desktop's engine runs in a machine of its own, where the socket is at the default path. */
async function dockerSocket(work: Work): Promise<string> {
  const host = await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], work, { allow: [1] })
  return /^unix:\/\/(\/.+)$/.exec(host.stdout.trim())?.[1] ?? DEFAULT_SOCKET
}

/** The name of an image with its registry: podman completes no name when it pulls, but for those in lists of its distribution. */
export function withRegistry(image: string): string {
  const [first = '', ...rest] = image.split('/')
  if (rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')) return image
  return `docker.io/${rest.length === 0 ? 'library/' : ''}${image}`
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
  /** Its IPv4 address in each of its networks; empty where it has none, or is not running. */
  readonly addresses: Readonly<Record<string, string>>
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
    NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string().default('') })).nullish() }),
  }),
)

/** What `docker container inspect` printed, without the containers that don't exist. */
export const readContainers = (json: string): Container[] =>
  inspected.parse(JSON.parse(json)).map(found => {
    const networks = found.NetworkSettings.Networks ?? {}
    return {
      name: found.Name.replace(/^\//, ''),
      running: found.State.Running,
      status: found.State.Status,
      image: found.Config.Image,
      labels: found.Config.Labels ?? {},
      mounts: (found.Mounts ?? []).map(mount => ({ source: mount.Source, destination: mount.Destination })),
      ports: Object.entries(found.HostConfig.PortBindings ?? {}).flatMap(([port, bindings]) => published(port, bindings ?? [])),
      networks: Object.keys(networks),
      addresses: Object.fromEntries(Object.entries(networks).map(([network, { IPAddress }]) => [network, IPAddress])),
    }
  })

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
    throw new Failure({ what: `${engineName()} cannot inspect ${names.join(', ')}`, why: lastLine(output.stderr) })
  }
  return readContainers(output.stdout)
}

export const words = (text: string): string[] => text.split(/\s+/).filter(word => word !== '')
