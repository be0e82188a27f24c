/** Processes that outlive the command that started them, known by pid and start time: a pid alone may belong to another by now. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot at which it started: field 22 of /proc/PID/stat. */
  readonly started: string
}

/** The identity of a running process; undefined when there is none, or it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    // The name in parentheses may hold anything, spaces included: fields are counted after the last one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const started = fields[19]
    return fields[0] === 'Z' || started === undefined ? undefined : { pid, started }
  } catch {
    return undefined
  }
}

export const isAlive = (process: ProcessIdentity): boolean => identify(process.pid)?.started === process.started

/** The command and arguments of a process; none when it is gone. */
export function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** Starts a process that goes on after this one ends; its output is appended to `log`. */
export function startDetached(
  command: string,
  args: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv = process.env,
): ProcessIdentity {
  mkdirSync(path.dirname(log), { recursive: true })
  const output = openSync(log, 'a')
  const child = spawn(command, args, { detached: true, stdio: ['ignore', output, output], env, cwd: '/' })
  closeSync(output)
  child.on('error', () => {}) // seen as a process that is not alive
  child.unref()
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (!identity) {
    throw new Failure({ what: `${path.basename(command)} could not be started`, why: lastLines(log, 1)[0], details: lastLines(log, 20) })
  }
  return identity
}

/** Asks a process to end, and after `patience` seconds makes it. Resolves when it is gone. */
export async function stop(target: ProcessIdentity, patience: number, work: Work): Promise<void> {
  const deadline = Date.now() + patience * 1000
  let signal: NodeJS.Signals = 'SIGTERM'
  send(target, signal)
  while (isAlive(target)) {
    await delay(50, undefined, { signal: work.signal })
    if (signal === 'SIGTERM' && Date.now() > deadline) {
      signal = 'SIGKILL'
      send(target, signal)
    }
  }
}

function send(target: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isAlive(target)) process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it ended in between
  }
}

/** The last lines of a log file. */
export function lastLines(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count)
  } catch {
    return []
  }
}
