/** A buildx builder that is there already, whatever its driver: asked before anything is built whether it answers, and for which platforms it builds. */
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import type { Work } from '../host/work.ts'
import type { Platform } from './image.ts'

export interface Builder {
  readonly name: string
  /** Of buildx: `docker`, `docker-container`, `kubernetes`, `remote`, `cloud`. `engine` is the docker command's own BuildKit, `podman` is that. */
  readonly driver: string
}

export interface BuilderNode {
  readonly name: string
  readonly endpoint: string
  /** `running`, `inactive`, `stopped`, … */
  readonly status: string
  readonly error: string | undefined
  readonly platforms: readonly string[]
}

export interface InspectedBuilder {
  readonly driver: string
  readonly nodes: readonly BuilderNode[]
}

/** The first that tells its progress as JSON. */
const OLDEST = [0, 13] as const

/** Seconds: on Kubernetes a builder that sleeps has to be scheduled and its image pulled. */
const BOOT = 300

/** @throws Failure when there is no such builder, it does not answer, or it builds nothing for `platform`. */
export async function requireBuilder(name: string, platform: Platform, work: Work): Promise<Builder> {
  await requireBuildx(name, work)
  const found = await inspect(name, work)
  const { driver, nodes } = found.nodes.some(isRunning) ? found : await boot(name, work)
  const running = nodes.filter(isRunning)
  if (running.length === 0) throw silent(name, nodes[0])
  requirePlatform(name, running, platform)
  return { name, driver }
}

const isRunning = ({ status }: BuilderNode): boolean => status === 'running'

const buildx = (args: readonly string[], work: Work, timeout = 60) =>
  exec('docker', ['buildx', ...args], work, { allow: [1, 125], timeout })

async function requireBuildx(name: string, work: Work): Promise<void> {
  const { stdout, stderr, exitCode } = await buildx(['version'], work)
  const what = `builder ${name} cannot be used`
  if (exitCode !== 0) {
    const remedy = 'install buildx: in a workflow, uses: docker/setup-buildx-action'
    throw new Failure({ what, why: `the docker command has no buildx: ${lastLine(stderr) ?? 'it says nothing'}`, remedy })
  }
  const [, major, minor] = /\bv?(\d+)\.(\d+)\.\d/.exec(stdout) ?? []
  if (major === undefined || minor === undefined) return
  if (Number(major) > OLDEST[0] || Number(minor) >= OLDEST[1]) return
  throw new Failure({ what, why: `buildx ${major}.${minor} is too old`, remedy: `install buildx ${OLDEST.join('.')} or newer` })
}

async function inspect(name: string, work: Work): Promise<InspectedBuilder> {
  const { stdout, stderr, exitCode } = await buildx(['inspect', name], work)
  if (exitCode === 0) return readInspected(stdout)
  const why = lastLine(stderr)?.replace(/^ERROR: /, '')
  if (why === undefined || !/no builder .* found/.test(why))
    throw new Failure({ what: `builder ${name} cannot be used`, why, remedy: `look at it with: docker buildx inspect ${name}` })
  const there = readBuilders((await buildx(['ls'], work)).stdout)
  throw new Failure({
    what: `there is no builder ${name}${didYouMean(name, there)}`,
    why: `docker buildx ls has ${there.join(', ') || 'none'}`,
    remedy: 'make it before this step: docker/setup-buildx-action hands out its name, or docker buildx create --name …',
  })
}

/** One that sleeps is woken, as its first build would do: the driver starts its container or its pods. */
async function boot(name: string, work: Work): Promise<InspectedBuilder> {
  work.waiting(`builder ${name} does not run yet`)
  const { stdout, stderr, exitCode } = await buildx(['inspect', '--bootstrap', name], work, BOOT)
  if (exitCode === 0) return readInspected(stdout)
  const { nodes } = await inspect(name, work)
  throw silent(name, nodes[0], lastLine(stderr)?.replace(/^ERROR: /, ''))
}

const silent = (name: string, node: BuilderNode | undefined, reason?: string): Failure =>
  new Failure({
    what: `builder ${name} does not answer`,
    why: [node && `${node.endpoint} is ${node.status}`, node?.error ?? reason].filter(one => one !== undefined).join(': '),
    remedy: `see docker buildx inspect --bootstrap ${name}`,
  })

function requirePlatform(name: string, nodes: readonly BuilderNode[], { os, architecture }: Platform): void {
  const wanted = `${os}/${architecture}`
  const there = [...new Set(nodes.flatMap(({ platforms }) => platforms))]
  // One that tells no platforms says so when it builds.
  if (there.length === 0 || there.some(one => one === wanted || one.startsWith(`${wanted}/`))) return
  throw new Failure({
    what: `builder ${name} builds nothing for ${wanted}`,
    why: `it has ${there.join(', ')}`,
    remedy: `use a builder with a node for ${wanted}, or one with QEMU (docker/setup-qemu-action)`,
  })
}

const lastLine = (text: string): string | undefined =>
  text
    .split(/\r?\n/)
    .findLast(line => line.trim() !== '')
    ?.trim()

/** What `docker buildx inspect` printed. Pure. */
export function readInspected(text: string): InspectedBuilder {
  const [head = '', ...nodes] = text.split(/^(?=Name:)/m).slice(text.startsWith('Name:') ? 0 : 1)
  return {
    driver: entry(head, 'Driver') ?? '',
    nodes: nodes.map(node => ({
      name: entry(node, 'Name') ?? '',
      endpoint: entry(node, 'Endpoint') ?? '',
      status: entry(node, 'Status') ?? 'unknown',
      error: entry(node, 'Error') ?? entry(head, 'Error'),
      // A star marks those that were said when the builder was made.
      platforms: (entry(node, 'Platforms') ?? '').split(/[\s,]+/).flatMap(one => one.replace(/\*$/, '') || []),
    })),
  }
}

/** Name of the builder in what `docker buildx inspect` printed. Pure. */
export const readCurrent = (text: string): string | undefined => entry(text, 'Name')

const entry = (text: string, name: string): string | undefined => new RegExp(`^${name}: *(\\S.*)$`, 'm').exec(text)?.[1]?.trim()

/** Names of the builders in what `docker buildx ls` printed: nodes are indented, a star marks the current one. Pure. */
export const readBuilders = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .slice(1)
    .flatMap(line => (/^\s|^$/.test(line) ? [] : (line.split(/\s+/)[0]?.replace(/\*$/, '') ?? [])))
