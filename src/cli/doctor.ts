/** `capi-actions doctor`: what a run needs of this machine, each with what was found and what to do about it. */
import { readFile, statfs } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type Engine, findContainer, requireEngine } from '../cluster/engine.ts'
import { requireSocket } from '../cluster/engine-socket.ts'
import { isPortFree, whatUses } from '../cluster/port-in-use.ts'
import { registryMisfit } from '../cluster/registry.ts'
import { rootlessMisfit } from '../cluster/rootless.ts'
import { type EngineName, engineName } from '../host/container-engine.ts'
import { chooseEngine } from '../host/engine-choice.ts'
import { exec } from '../host/exec.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { requireBuilder } from '../images/builder.ts'
import { PLATFORM } from '../plan/buildable.ts'
import { mountsEngineSocket } from '../plan/cluster-tasks.ts'
import { capiAmong, findRepositories } from '../providers/repository.ts'
import { releasedProviders, resolveProviders } from '../providers/resolve.ts'
import { isNone } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'

export interface Finding {
  readonly subject: string
  readonly ok: boolean
  /** What was found. */
  readonly found: string
  /** What to do where it is not ok. */
  readonly remedy?: string | undefined
}

/** Looks at everything at the same time; findings come in the order of this list. */
export async function examine(settings: Settings, work: Work): Promise<Finding[]> {
  const chosen = await chooseEngine(settings.engine, work)
  const findings = await Promise.all([
    engine(chosen, work),
    ...forNodes(settings, chosen, work),
    settings.builder === undefined ? go(work) : builder(settings.builder, work),
    git(work),
    repository(settings, work),
    ...['kind', 'kustomize', 'clusterctl', 'kubectl'].map(name => tool(name, work)),
    disk(settings.cacheDir),
    settings.registry === undefined ? registryPort(settings, work) : undefined,
    inotify('max_user_watches', 524_288),
    inotify('max_user_instances', 512),
  ])
  return findings.filter(finding => finding !== undefined)
}

export const findingLines = (findings: readonly Finding[]): string[] => {
  const width = Math.max(...findings.map(({ subject }) => subject.length))
  return findings.flatMap(({ subject, ok, found, remedy }) => [
    `${ok ? '✔' : '✖'} ${subject.padEnd(width)}  ${found}`,
    ...(ok || remedy === undefined ? [] : [`  ${' '.repeat(width)}  → ${remedy}`]),
  ])
}

/** The first line of what a command prints, or why there is none. */
async function firstLine(command: string, args: readonly string[], work: Work): Promise<{ ok: boolean; found: string }> {
  try {
    const { stdout } = await exec(command, args, work, { timeout: 20 })
    return { ok: true, found: stdout.trim().split('\n')[0] ?? '' }
  } catch (error) {
    work.signal.throwIfAborted()
    return { ok: false, found: error instanceof Failure ? (error.why ?? error.what) : messageOf(error) }
  }
}

async function engine(name: EngineName, work: Work): Promise<Finding> {
  const format = name === 'podman' ? '{{.Client.Version}}' : '{{.Server.Version}}'
  const answer = await firstLine(name, ['version', '--format', format], work)
  const found = answer.ok ? `version ${answer.found}` : answer.found
  if (name === 'podman') return { ...answer, found, subject: 'podman', remedy: 'install podman, its command must be on PATH' }
  return { ...answer, found, subject: 'Docker engine', remedy: 'install and start Docker, or set DOCKER_HOST to an engine that runs' }
}

/** What kind and the docker provider ask of the engine, where a kind cluster is to be made: nothing of most. */
function forNodes(settings: Settings, name: EngineName, work: Work): Promise<Finding | undefined>[] {
  if (settings.kubeconfig !== undefined) return []
  // That no engine answers is a finding of its own.
  const found = unlessItFails(requireEngine(work), work)
  return [found.then(one => one && rootless(name, one)), found.then(one => one && socket(settings, name, one, work))]
}

function rootless(name: EngineName, found: Engine): Finding | undefined {
  if (found.rootless === undefined) return undefined
  const misfit = rootlessMisfit(name, found.rootless)
  const subject = `rootless ${name}`
  if (misfit === undefined) return { subject, ok: true, found: 'cgroup v2, with the controllers that kind asks for' }
  return { subject, ok: false, found: misfit.message, remedy: misfit.remedy }
}

async function socket(settings: Settings, name: EngineName, found: Engine, work: Work): Promise<Finding | undefined> {
  if (name === 'docker' || !mountsEngineSocket(settings)) return undefined
  const subject = 'podman socket'
  try {
    await requireSocket(found, work)
    return { subject, ok: true, found: `${found.socket} answers` }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { subject, ok: false, found: error.message, remedy: error.remedy }
  }
}

async function unlessItFails<Value>(value: Promise<Value>, work: Work): Promise<Value | undefined> {
  try {
    return await value
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    return undefined
  }
}

const go = async (work: Work): Promise<Finding> => ({
  ...(await firstLine('go', ['version'], work)),
  subject: 'Go',
  remedy: 'install Go from https://go.dev/dl (in a workflow: actions/setup-go); managers are compiled with it',
})

async function builder(name: string, work: Work): Promise<Finding> {
  const subject = 'builder'
  try {
    const { driver } = await requireBuilder(name, PLATFORM, work)
    return { subject, ok: true, found: `${name} answers, driver ${driver}` }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { subject, ok: false, found: error.message, remedy: error.remedy }
  }
}

const git = async (work: Work): Promise<Finding> => ({
  ...(await firstLine('git', ['--version'], work)),
  subject: 'git',
  remedy: 'install git; the version of the repository is read with it',
})

async function repository(settings: Settings, work: Work): Promise<Finding> {
  const subject = 'repository'
  if (isNone(settings.providers)) return { subject, ok: true, found: 'not needed: no providers are wanted' }
  try {
    const repositories = await findRepositories(settings, work)
    const released = releasedProviders(settings, repositories).map(({ name }) => name)
    if (repositories.length === 0) return { subject, ok: true, found: `not needed: ${released.join(', ')} are released` }
    const built = resolveProviders(settings, repositories).map(({ name }) => name)
    const beside = released.length === 0 ? '' : `, and ${released.join(', ')} as released`
    const capi = capiAmong(repositories)
    const what = capi ? `Cluster API ${capi.version}` : repositories.map(({ root }) => basename(root)).join(', ')
    return { subject, ok: true, found: `${what} with ${built.join(', ')}${beside}` }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { subject, ok: false, found: error.message, remedy: error.remedy }
  }
}

/** Tools are downloaded where they are missing, so this is never wrong; it tells what to expect. */
async function tool(name: string, work: Work): Promise<Finding> {
  const args = name === 'kubectl' ? ['version', '--client'] : name === 'clusterctl' ? ['version', '-o', 'short'] : ['version']
  const { ok, found } = await firstLine(name, args, work)
  return { subject: name, ok: true, found: ok ? found : 'not usable from PATH, is downloaded' }
}

/** A compiled Cluster API with its build cache, images and a node: measured, about 8 GB. */
const NEEDED_GIB = 10

async function disk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await nearestFolder(folder)
  const free = Math.floor((Number(bavail) * Number(bsize)) / 2 ** 30)
  return {
    subject: 'disk',
    ok: free >= NEEDED_GIB,
    found: `${free} GiB free`,
    remedy: `free ${NEEDED_GIB} GiB (${engineName()} system prune, go clean -cache)`,
  }
}

const nearestFolder = (folder: string): ReturnType<typeof statfs> =>
  statfs(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && dirname(folder) !== folder) return nearestFolder(dirname(folder))
    throw error
  })

/** As `up` decides: the registry that is there, where it fits, else one that is started on a free port. */
export async function registryPort(settings: Settings, work: Work): Promise<Finding> {
  const { registryName: name, registryPort: port, registryImage: image, clusterName: cluster } = settings
  const subject = `port ${port}`
  // That no engine answers is a finding of its own.
  const there = await unlessItFails(findContainer(name, work), work)
  const misfit = there && registryMisfit(there, { name, port, image, cluster })
  if (misfit) return { subject, ok: false, found: `container ${name} cannot be the registry: ${misfit.why}`, remedy: misfit.remedy }
  if (there?.running) return { subject, ok: true, found: `published by the registry ${name}` }
  if (await isPortFree('127.0.0.1', port)) return { subject, ok: true, found: 'free' }
  const user = await whatUses(port, work)
  return { subject, ok: false, found: `in use${user ? ` by ${user}` : ''}`, remedy: 'set `registry-port` to a free port' }
}

/** kind's known issues, "Pod errors due to too many open files": these two limits, and these values. Only Linux has them. */
async function inotify(limit: string, enough: number): Promise<Finding | undefined> {
  const text = await readFile(`/proc/sys/fs/inotify/${limit}`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const value = Number(text)
  return { subject: `fs.inotify.${limit}`, ok: value >= enough, found: String(value), remedy: `sudo sysctl fs.inotify.${limit}=${enough}` }
}
