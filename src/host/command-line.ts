/** Commands that users give us: a line for the shell, or words as they are. */
import { type ExecOptions, exec, type Output } from './exec.ts'
import type { Work } from './work.ts'

export type UserCommand = string | readonly string[]

/** A line of several commands stops at the first that fails. */
export const runUserCommand = (command: UserCommand, work: Work, options: ExecOptions): Promise<Output> => {
  const [program = 'true', ...args] = typeof command === 'string' ? ['sh', '-e', '-c', command] : command
  return exec(program, args, work, options)
}

/** As it is shown. */
export const shownCommand = (command: UserCommand): string => (typeof command === 'string' ? command.trim() : command.join(' '))
