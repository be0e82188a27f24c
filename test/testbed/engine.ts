/** The container engine: the one that runs, else one of our own, which `down` stops. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exec } from '../../src/host/exec.ts'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { inCache, readJson, writeJson } from './cache.ts'
import { engineAnswers, removeClusters, removeOwnContainers } from './docker.ts'
import { needCommands } from './host-packages.ts'
import { commandLineOf, identify, isAlive, lastLines, type ProcessIdentity, startDetached, stop } from './processes.ts'
import { testbedFile } from './recipe.ts'

/** An engine that the test environment started. */
export interface OwnEngine {
  readonly process: ProcessIdentity
  readonly dataRoot: string
  readonly socket: string
  readonly log: string
}

const stateFile = (): string => inCache('engine.json')

/** The engine that the test environment started, if it runs. */
export function ownEngine(): OwnEngine | undefined {
  const engine = readJson<OwnEngine>(stateFile())
  return engine && isAlive(engine.process) ? engine : undefined
}

/** Capability number of CAP_SYS_RESOURCE, in <linux/capability.h>. */
const SYS_RESOURCE = 24n

/** Whether a process may ever hold CAP_SYS_RESOURCE, from the text of /proc/self/status. */
export function mayRaiseLimits(status: string): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return bounding === undefined || ((BigInt(`0x${bounding}`) >> SYS_RESOURCE) & 1n) === 1n
}

/**
 * Makes sure that an engine answers; starts one when none does. Says which.
 * In an engine that was just started no run can be alive: clusters and containers that are left from before are removed.
 * @param registryMirror URL of a registry that the engine asks before docker.io.
 */
export async function startEngine(registryMirror: string, work: Work): Promise<'found' | 'started'> {
  if (await engineAnswers(work)) return 'found'
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Failure({
      what: 'no container engine answers',
      why: '`docker version` failed, and an engine can only be started here as root on Linux',
      remedy: 'start Docker, or run this as root on a Debian or Ubuntu machine',
    })
  }
  const packages = { dockerd: 'docker.io', docker: 'docker.io', containerd: 'containerd', runc: 'runc', iptables: 'iptables', jq: 'jq' }
  await needCommands(packages, work)
  const left = ownEngine()
  if (left) await stop(left.process, 20, work) // runs and doesn't answer
  work.waiting('starting the container engine')
  const engine = await launch(registryMirror, work)
  await untilAnswers(engine, work)
  const clusters = await removeClusters(work)
  if (clusters.length > 0) work.log(`removed what was left of clusters ${clusters.join(', ')}`)
  await removeOwnContainers(work)
  return 'started'
}

async function launch(registryMirror: string, work: Work): Promise<OwnEngine> {
  const directory = inCache('engine')
  await mkdir(directory, { recursive: true })
  const pidFile = path.join(directory, 'dockerd.pid')
  const log = path.join(directory, 'dockerd.log')
  // dockerd refuses to start while its pid file names a process, whoever that is by now.
  await rm(pidFile, { force: true })
  await removeOrphans(work)
  await writeFile(log, '')
  const args = ['--data-root', inCache('engine', 'data'), '--pidfile', pidFile, '--registry-mirror', registryMirror]
  if (!mayRaiseLimits(readFileSync('/proc/self/status', 'utf8'))) {
    const shim = path.join(directory, 'runc-without-sysresource')
    await copyFile(testbedFile('node/runc-without-sysresource'), shim)
    await exec('chmod', ['755', shim], work)
    args.push('--add-runtime', `without-sysresource=${shim}`, '--default-runtime', 'without-sysresource')
  }
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
  const engine = {
    process: startDetached('dockerd', args, log, env),
    dataRoot: inCache('engine', 'data'),
    socket: '/var/run/docker.sock',
    log,
  }
  await writeJson(stateFile(), engine)
  return engine
}

/**
 * A dockerd that was killed leaves its containerd and the containers' shims behind. The next containerd would wait for those shims until
 * dockerd gives up on it; without them it removes what is left of their containers.
 */
async function removeOrphans(work: Work): Promise<void> {
  const pidFile = '/var/run/docker/containerd/containerd.pid'
  const containerd = existsSync(pidFile) ? identify(Number(readFileSync(pidFile, 'utf8'))) : undefined
  if (containerd && commandLineOf(containerd.pid).includes('/var/run/docker/containerd/containerd.toml')) await stop(containerd, 2, work)
  const own = (id: string) => existsSync(inCache('engine', 'data', 'containers', id))
  for (const pid of runningPids()) {
    const id = shimOf(commandLineOf(pid))
    const shim = id !== undefined && own(id) ? identify(pid) : undefined
    if (shim) await stop(shim, 0, work)
  }
}

/** The container that a process is the shim of, from its command line. */
export const shimOf = (commandLine: readonly string[]): string | undefined =>
  commandLine[0]?.includes('containerd-shim') ? commandLine[commandLine.indexOf('-id') + 1] : undefined

const runningPids = (): number[] => readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []))

/** Seconds until an engine that was started has to answer. */
const PATIENCE = 60

async function untilAnswers(engine: OwnEngine, work: Work): Promise<void> {
  const deadline = Date.now() + PATIENCE * 1000
  while (!(await engineAnswers(work))) {
    if (!isAlive(engine.process) || Date.now() > deadline) {
      throw new Failure({
        what: isAlive(engine.process)
          ? `the container engine doesn't answer after ${PATIENCE} s`
          : 'the container engine ended at its start',
        why: lastLines(engine.log, 1)[0],
        where: engine.log,
        details: lastLines(engine.log, 20),
      })
    }
    await delay(100, undefined, { signal: work.signal })
  }
}

/** Stops the engine that the test environment started, with all that runs in it. Says whether there was one. */
export async function stopEngine(work: Work): Promise<boolean> {
  const engine = ownEngine()
  if (engine) {
    if (await engineAnswers(work)) await removeClusters(work)
    work.waiting('stopping the container engine')
    await stop(engine.process, 60, work)
    await removeOrphans(work)
  }
  await rm(stateFile(), { force: true })
  return engine !== undefined
}
