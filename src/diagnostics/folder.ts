/** The folder that diagnostics go to. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writing } from '../host/writing.ts'

export interface Places {
  /** What the user says. */
  readonly diagnosticsDir: string | undefined
  readonly stateDir: string
  /** Where files go that nobody needs after the job. */
  readonly temporary: string
}

/**
 * Makes the folder. One that the user names may be there already, and keeps what is in it; else it is a new one, so that two steps of a job don't mix.
 * A state folder that no run has made stays unmade.
 * @throws Failure when it can't be made.
 */
export function makeFolder({ diagnosticsDir, stateDir, temporary }: Places): Promise<string> {
  if (diagnosticsDir === undefined) return newFolder(existsSync(stateDir) ? stateDir : temporary)
  return writing(diagnosticsDir, async () => {
    await mkdir(diagnosticsDir, { recursive: true })
    return diagnosticsDir
  })
}

/** `diagnostics`, or `diagnostics-2` where that is taken, and so on. */
const newFolder = (parent: string): Promise<string> =>
  writing(parent, async () => {
    await mkdir(parent, { recursive: true })
    for (let number = 1; ; number++) {
      const folder = join(parent, number === 1 ? 'diagnostics' : `diagnostics-${number}`)
      const made = await mkdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false
          throw error
        },
      )
      if (made) return folder
    }
  })
