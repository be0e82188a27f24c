/** Commands that users give us: a line for the shell, or words as they are. They run as a step of the job would. */
import { type ExecOptions, exec } from './exec.ts'
import { Failure } from './failure.ts'
import type { Work } from './work.ts'

export type UserCommand = string | readonly string[]

export interface UserCommandOptions extends Pick<ExecOptions, 'cwd' | 'env' | 'background'> {
  /** Where it was said; the folder that it ran in where nothing else tells. */
  readonly where?: string | undefined
}

/** Seconds: it may build or download what it likes. */
const LONGEST = 3600
/** Lines of output that an error shows. */
const LAST_LINES = 20

/** Any code is told by us, in words of what the command is. */
const ALL_CODES = Array.from({ length: 255 }, (_, index) => index + 1)

/** Inputs and credentials of the action itself: other steps of the job do not see them either. */
const OF_THE_ACTION = /^(INPUT_|STATE_|ACTIONS_)/

/**
 * Runs it, with what it prints in the log. Lines are run by bash, and stop at the first command that fails, in a pipe too.
 * @param name What it is, for the error: `before-render of aws`.
 * @throws Failure with the command, how it ended, and what it said last.
 */
export async function runUserCommand(name: string, command: UserCommand, work: Work, options: UserCommandOptions = {}): Promise<void> {
  const { where = options.cwd, env, ...rest } = options
  const shell = ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '-c']
  const [program = 'true', ...args] = typeof command === 'string' ? [...shell, command] : command
  const said: string[] = []
  const listening: Work = {
    ...work,
    log: line => {
      said.push(line)
      work.log(line)
    },
  }
  const fail = (what: string, cause?: unknown) => {
    const last = said.filter(line => line.trim() !== '').slice(-LAST_LINES)
    return new Failure({ what, why: last.at(-1)?.trim(), where, details: [`$ ${shownCommand(command)}`, ...last], cause })
  }
  const running = { ...rest, env: { ...hidden(), ...env }, timeout: LONGEST, allow: ALL_CODES, echo: true }
  const { exitCode } = await exec(program, args, listening, running).catch((error: unknown) => {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    throw fail(`${name} ${/did not end/.test(error.what) ? `did not end within ${LONGEST} s` : 'could not be run'}`, error)
  })
  if (exitCode !== 0) throw fail(`${name} exited with code ${exitCode}`)
}

const hidden = (): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter(variable => OF_THE_ACTION.test(variable))
      .map(variable => [variable, undefined]),
  )

/** As it is shown. */
export const shownCommand = (command: UserCommand): string => (typeof command === 'string' ? command.trim() : command.join(' '))
