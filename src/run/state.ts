/** The record of what a run makes on this machine: written before each thing is made, read by clean-up. */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { Made, Recorder } from '../host/work.ts'

/** Bumped when a line's shape changes, so that another version's record is refused and not misread. */
const FORMAT = 1

export const stateFile = (stateDirectory: string): string => join(stateDirectory, 'made.jsonl')

/**
 * Opens the record of a state directory; what an earlier run wrote there stays and is cleaned up with it.
 * @param recorded Told what is new in it.
 */
export async function openState(stateDirectory: string, recorded: (made: Made) => void = () => {}): Promise<Recorder> {
  const file = stateFile(stateDirectory)
  // A directory that was there before is the user's: then only what is recorded inside it is removed.
  const ours = (await mkdir(stateDirectory, { recursive: true, mode: 0o700 })) !== undefined
  const known = new Set((await readState(stateDirectory)).map(made => JSON.stringify(made)))
  const record: Recorder = async made => {
    const entry = JSON.stringify(made)
    if (known.has(entry)) return
    known.add(entry)
    await appendFile(file, lineOf(made), { mode: 0o600, flush: true })
    recorded(made)
  }
  if (ours) await record({ kind: 'path', path: stateDirectory })
  return record
}

const lineOf = (made: Made): string => `${JSON.stringify({ format: FORMAT, made })}\n`

/** Makes `left`, oldest first, all that the record says; at no moment is there none. */
export async function keepInState(stateDirectory: string, left: readonly Made[]): Promise<void> {
  const file = stateFile(stateDirectory)
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, left.map(lineOf).join(''), { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
}

/**
 * What the record says was made, oldest first; empty when there is no record.
 * @throws Failure when it was written by another version.
 */
export async function readState(stateDirectory: string): Promise<Made[]> {
  const file = stateFile(stateDirectory)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap((line, index) => {
    // A line that was cut by a kill is the last one, and what it announced was not made yet.
    const entry = parse(line)
    if (entry === undefined) return []
    if (entry.format !== FORMAT)
      throw new Failure({
        what: 'the record of what was made was written by another version of capi-actions',
        where: `${file}:${index + 1}`,
        why: `it has format ${entry.format}, this version reads format ${FORMAT}`,
        remedy: 'run `down` with the version that made it',
      })
    return [entry.made]
  })
}

function parse(line: string): { format: number; made: Made } | undefined {
  try {
    return JSON.parse(line) as { format: number; made: Made }
  } catch {
    return undefined
  }
}

export const forgetState = (stateDirectory: string): Promise<void> => rm(stateFile(stateDirectory), { force: true })
