/** Runs external commands: each has a name, a time limit, captured output, and an error that shows command, exit code and last lines. */
import { writeFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { Failure } from './failure.ts'
import { groupOf } from './process-group.ts'
import type { Work } from './work.ts'

export interface ExecOptions {
  readonly cwd?: string
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  /** Seconds until the command is ended with all its children. Default 600. */
  readonly timeout?: number
  /** Exit codes that are no failure, beside 0. */
  readonly allow?: readonly number[]
  /** What to do when it fails, for the error's last line. */
  readonly remedy?: string
  /** Log each line of output as it comes. Default false: output is kept for the error. */
  readonly echo?: boolean
  /**
   * When the work is cancelled: `end` (the default) ends the command with all its children, `end-alone` ends it and waits for its children, `finish` waits
   * for itself (both at most 6 s). For commands whose children, or whose requests to an engine, would else make things after clean-up has looked.
   */
  readonly onCancel?: 'end' | 'end-alone' | 'finish'
  /** Leaves the processor to whatever else wants it: for work that must not slow down what others wait for. */
  readonly background?: boolean
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Lines of output that an error shows. */
const LAST_LINES = 20

/**
 * Runs `command` (a name on PATH or a path) with `args`.
 * @throws Failure when it cannot be started, exits with a code that is not allowed, or runs out of time; AbortError semantics when `work.signal` fires.
 */
export async function exec(command: string, args: readonly string[], work: Work, options: ExecOptions = {}): Promise<Output> {
  work.signal.throwIfAborted()
  const timeout = options.timeout ?? 600
  const child = execa(command, args, {
    reject: false,
    // A group of its own: Ctrl-C in a terminal comes to us alone, and what is started below can be ended with it.
    detached: true,
    maxBuffer: 512 * 1024 * 1024,
    stripFinalNewline: false,
    all: options.echo ?? false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  const release = () => [child.stdout, child.stderr].forEach(stream => void stream?.destroy())
  const group = groupOf(child.pid, { signal: work.signal, onCancel: options.onCancel ?? 'end', timeout, release })
  if (options.background && child.pid !== undefined) yieldProcessor(child.pid)
  if (options.echo) {
    for await (const line of child.iterable({ from: 'all' })) work.log(line)
  }
  const result = await child
  await group.ended()
  work.signal.throwIfAborted()
  const exitCode = result.exitCode ?? -1
  const timedOut = group.timedOut()
  if (!timedOut && (!result.failed || options.allow?.includes(exitCode))) return { stdout: result.stdout, stderr: result.stderr, exitCode }
  throw new Failure({
    what: `${commandLine(command, args)} ${timedOut ? `did not end within ${timeout} s` : reason(result)}`,
    why: lastLine(result.stderr) ?? lastLine(result.stdout),
    remedy: options.remedy,
    details: lines(`${result.stdout}\n${result.stderr}`).slice(-LAST_LINES),
    cause: result.cause,
  })
}

/**
 * Children inherit it. A process that has ended by now needs nothing. Where Linux shares out the processor by session (autogroup, sched(7)) niceness
 * counts only within one, and every command has one of its own: the session's niceness counts then. With the lowest there a compiler stands still while a cluster
 * boots, and is what all else waits for at the end (measured: 2 s later); this leaves it a tenth.
 */
function yieldProcessor(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error
  }
  if (process.platform === 'linux') void yieldAsSession(pid)
}

/** The kernel takes one such change in 100 ms from users without CAP_SYS_ADMIN, on the whole machine, and answers EAGAIN to others. */
async function yieldAsSession(pid: number): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const refused = await writeFile(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_BELOW_NORMAL)).catch(
      (error: NodeJS.ErrnoException) => error.code,
    )
    if (refused !== 'EAGAIN') return
    await sleep(110, undefined, { ref: false })
  }
}

interface Ended {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly code?: string | undefined
}

function reason(ended: Ended): string {
  if (ended.code === 'ENOENT') return 'could not be started, the command is not on PATH'
  if (ended.signal) return `was ended by ${ended.signal}`
  return `exited with code ${ended.exitCode ?? '?'}`
}

const lines = (text: string) => text.split(/\r?\n/).filter(line => line.trim() !== '')
const lastLine = (text: string) => lines(text).at(-1)?.trim()

/** The command as a user could type it, cut where it is long. */
export const commandLine = (command: string, args: readonly string[]): string => {
  const words = [command, ...args].map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
  const line = words.join(' ')
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
