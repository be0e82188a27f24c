/** A command of the user's own, as settings say it: words, or a line for the shell. */
import { type ExecOptions, exec, type Output } from './exec.ts'
import { Failure } from './failure.ts'
import type { Work } from './work.ts'

export type Command = string | readonly string[]

const LONGEST = 60 * 60

/**
 * Runs it, its lines in the log. A line is run by bash, which stops at the first command that fails.
 * @param name What it is, for the error: `before-render of aws`.
 * @throws Failure with its exit code and last lines.
 */
export async function runCommand(name: string, command: Command, options: ExecOptions, work: Work): Promise<Output> {
  const [program, args] =
    typeof command === 'string' ? (['bash', ['-eo', 'pipefail', '-c', command]] as const) : [command[0] ?? '', command.slice(1)]
  try {
    return await exec(program, args, work, { timeout: LONGEST, echo: true, ...options })
  } catch (error) {
    work.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    throw new Failure({ what: `${name} failed`, why: error.why ?? error.what, details: error.details, where: options.cwd, cause: error })
  }
}
