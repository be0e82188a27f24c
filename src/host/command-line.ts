/** Commands that users give us: a line for the shell, or words as they are. They run as a step of the job would. */
import { type ExecOptions, exec, type Output } from './exec.ts'
import { Failure } from './failure.ts'
import type { Work } from './work.ts'

export type UserCommand = string | readonly string[]

/** Seconds: it may build or download what it likes. */
const LONGEST = 3600

/** Inputs and credentials of the action itself: other steps of the job do not see them either. */
const OF_THE_ACTION = /^(INPUT_|STATE_|ACTIONS_)/

/**
 * Runs it, with what it prints in the log. Lines are run by bash, and stop at the first command that fails.
 * @param name What it is, for the error: `before-render of aws`.
 * @throws Failure with the command, how it ended and what it said last.
 */
export async function runUserCommand(name: string, command: UserCommand, work: Work, options: ExecOptions = {}): Promise<Output> {
  const shell = ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '-c']
  const [program = 'true', ...args] = typeof command === 'string' ? [...shell, command] : command
  const hidden = Object.fromEntries(
    Object.keys(process.env)
      .filter(variable => OF_THE_ACTION.test(variable))
      .map(variable => [variable, undefined]),
  )
  try {
    return await exec(program, args, work, { timeout: LONGEST, echo: true, ...options, env: { ...hidden, ...options.env } })
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    const why = `${shownCommand(command)}: ${error.why ?? error.what}`
    throw new Failure({ what: `${name} failed`, why, details: error.details, where: options.cwd, cause: error })
  }
}

/** As it is shown. */
export const shownCommand = (command: UserCommand): string => (typeof command === 'string' ? command.trim() : command.join(' '))
