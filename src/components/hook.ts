/** A hook: commands of the user, run by bash in the repository as a step of the job would be. */
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'

export interface Hook {
  /** `after-cluster`. */
  readonly name: string
  readonly commands: readonly string[]
  readonly folder: string
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where it was said. */
  readonly where: string
}

/** Seconds: it may build or download what it likes. */
const LONGEST = 3600
/** Lines of output that an error shows. */
const LAST_LINES = 20

/** Any code is told by us, in words of the hook. */
const ALL_CODES = Array.from({ length: 255 }, (_, index) => index + 1)

/** Inputs and credentials of the action itself: a step of the job does not see them either. */
const OF_THE_ACTION = /^(INPUT_|STATE_|ACTIONS_)/

/** @throws Failure with the command, how it ended, and what it said last. */
export async function runHook({ name, commands, folder, env, where }: Hook, work: Work): Promise<void> {
  const hidden = Object.fromEntries(
    Object.keys(process.env)
      .filter(variable => OF_THE_ACTION.test(variable))
      .map(variable => [variable, undefined]),
  )
  for (const command of commands) {
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
      return new Failure({ what, why: last.at(-1)?.trim(), where, details: [`$ ${command.trimEnd()}`, ...last], cause })
    }
    const args = ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', command]
    const options = { cwd: folder, env: { ...hidden, ...env }, timeout: LONGEST, allow: ALL_CODES, echo: true }
    const { exitCode } = await exec('bash', args, listening, options).catch((error: unknown) => {
      work.signal.throwIfAborted()
      if (!(error instanceof Failure)) throw error
      throw fail(`hook ${name} ${/did not end/.test(error.what) ? `did not end within ${LONGEST} s` : 'could not be run'}`, error)
    })
    if (exitCode !== 0) throw fail(`hook ${name} exited with code ${exitCode}`)
  }
}
