/** Starts, finds and stops the process that serves downloads and images, and tells it which faults to make. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { inCache, readJson, writeJson } from './cache.ts'
import { isAlive, lastLines, startDetached, stop } from './processes.ts'
import { testbedFile } from './recipe.ts'
import type { Catalogue } from './served/catalogue.ts'
import type { Fault } from './served/faults.ts'
import type { RequestRecord, ServerState } from './served/server.ts'

export interface Mirror {
  /** Where an upstream host's downloads are: `http://127.0.0.1:PORT/HOST`. */
  readonly downloads: string
  /** The image registry, for every upstream registry. */
  readonly images: string
}

/** Ports that are tried first: the engine is told the registry's when it starts, so it should be the same every time. */
const PORTS = { downloads: 17080, images: 17081 }

const stateFile = (): string => inCache('mirror.json')
const catalogueFile = (): string => inCache('catalogue.json')
const logFile = (): string => inCache('logs', 'mirror.log')

/** The mirror that runs, if one does. */
export function runningMirror(): Mirror | undefined {
  const state = readJson<ServerState>(stateFile())
  return state && isAlive(state.process) ? mirrorOf(state) : undefined
}

const mirrorOf = (state: ServerState): Mirror => ({
  downloads: `http://127.0.0.1:${state.downloads}`,
  images: `http://127.0.0.1:${state.images}`,
})

/** The registry's address as it is, or as it most probably will be. */
export const expectedRegistry = (): string => (runningMirror() ?? mirrorOf(lastState())).images

const lastState = (): ServerState => ({
  process: { pid: 0, started: '' },
  code: '',
  ...PORTS,
  ...readJson<Partial<ServerState>>(stateFile()),
})

/** Serves `catalogue`: by the process that runs, unless its code is not ours; else by a new one. */
export async function startMirror(catalogue: Catalogue, work: Work): Promise<Mirror> {
  await writeJson(catalogueFile(), catalogue)
  const code = codeVersion()
  const last = lastState()
  if (isAlive(last.process)) {
    if (last.code === code) return mirrorOf(last)
    await stop(last.process, 5, work)
  }
  const args = [testbedFile('served/server.ts'), catalogueFile(), stateFile(), String(last.downloads), String(last.images), code]
  const env = { ...process.env, NODE_OPTIONS: '' }
  const started = startDetached(process.execPath, args, logFile(), env)
  const deadline = Date.now() + 20_000
  for (;;) {
    const state = readJson<ServerState>(stateFile())
    if (state?.process.pid === started.pid && state.process.started === started.started) return mirrorOf(state)
    if (!isAlive(started) || Date.now() > deadline) {
      throw new Failure({
        what: 'the mirror did not start',
        why: lastLines(logFile(), 1)[0],
        where: logFile(),
        details: lastLines(logFile(), 20),
      })
    }
    await delay(20, undefined, { signal: work.signal })
  }
}

/** Stops the mirror. Says whether it ran. */
export async function stopMirror(work: Work): Promise<boolean> {
  const state = readJson<ServerState>(stateFile())
  const ran = state !== undefined && isAlive(state.process)
  if (ran) await stop(state.process, 5, work)
  await rm(stateFile(), { force: true })
  return ran
}

/** A hash over the files that the server runs. */
const codeVersion = (): string => {
  const files = ['served/server.ts', 'served/catalogue.ts', 'served/faults.ts', 'served/registry.ts', 'cache.ts', 'processes.ts']
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(testbedFile(file)))
  return hash.digest('hex').slice(0, 12)
}

/** What tests tell the mirror, and ask it. */
export interface Faults {
  /** Replaces all faults. */
  set(faults: readonly Fault[]): Promise<void>
  clear(): Promise<void>
  /** Requests to both servers since the start or the last `forget`, the oldest first. */
  requests(): Promise<RequestRecord[]>
  forget(): Promise<void>
}

/** The faults of a mirror. */
export function faultsOf(mirror: Mirror): Faults {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${mirror.downloads}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    if (!response.ok) throw new Failure({ what: `the mirror refuses ${method} ${path}`, why: await response.text() })
    return response.json()
  }
  return {
    set: async faults => void (await call('PUT', '/_faults', faults)),
    clear: async () => void (await call('DELETE', '/_faults')),
    requests: async () => (await call('GET', '/_requests')) as RequestRecord[],
    forget: async () => void (await call('DELETE', '/_requests')),
  }
}
