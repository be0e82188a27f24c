/** The context of a build, by content: one hash over all files of a folder that `.dockerignore` leaves in. */
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Work } from '../host/work.ts'
import { measure, openFile } from './blob.ts'
import { type Ignored, readDockerignore } from './dockerignore.ts'

export interface BuildContext {
  readonly folder: string
  /** Absolute path; it may lie outside of the folder. */
  readonly dockerfile: string
}

/** Files that are read at the same time. */
const AT_ONCE = 32

/** @throws Failure for an ignore file that cannot be read as one. */
export async function hashContext(context: BuildContext, work: Work): Promise<string> {
  const ignored = await ignoredIn(context)
  return hashFiles(context.folder, await found(context.folder, '', ignored, work), work)
}

/** All files of a folder, by their paths from it. */
export const filesIn = (folder: string, work: Work): Promise<string[]> => found(folder, '', readDockerignore('', ''), work)

/** @param paths From the folder; their order doesn't count. */
export const hashFiles = async (folder: string, paths: readonly string[], work: Work): Promise<string> =>
  hashLines(await linesOf(folder, paths, lineOf, work))

/** What counts of each file, by its path. */
export type Lines = ReadonlyMap<string, string>

/** @param lineOf What counts of one. */
export async function linesOf(
  folder: string,
  paths: readonly string[],
  lineOf: (folder: string, path: string) => Promise<string>,
  work: Work,
): Promise<Lines> {
  const files = paths.toSorted()
  const lines: [string, string][] = []
  for (let from = 0; from < files.length; from += AT_ONCE) {
    work.signal.throwIfAborted()
    const some = files.slice(from, from + AT_ONCE).map(async (file): Promise<[string, string]> => [file, await lineOf(folder, file)])
    lines.push(...(await Promise.all(some)))
  }
  return new Map(lines)
}

export const hashLines = (lines: Lines): string =>
  createHash('sha256')
    .update([...lines.values()].join('\n'))
    .digest('hex')

/** The one beside the Dockerfile goes before that of the folder. */
async function ignoredIn({ folder, dockerfile }: BuildContext): Promise<Ignored> {
  for (const file of [`${dockerfile}.dockerignore`, join(folder, '.dockerignore')]) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text !== undefined) return readDockerignore(text, file)
  }
  return readDockerignore('', '')
}

/** Paths from the folder, with slashes. */
async function found(folder: string, below: string, ignored: Ignored, work: Work): Promise<string[]> {
  work.signal.throwIfAborted()
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const all = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      const out = ignored(path)
      if (entry.isDirectory()) return out && !ignored.mayTakeBack ? [] : found(folder, path, ignored, work)
      // Sockets and the like are never sent.
      return out || !(entry.isFile() || entry.isSymbolicLink()) ? [] : [path]
    }),
  )
  return all.flat()
}

/** With what of a file goes into an image beside its content: its name and its permissions. One that has gone by now is none. */
export async function lineOf(folder: string, path: string): Promise<string> {
  const file = join(folder, path)
  try {
    const entry = await lstat(file)
    if (entry.isSymbolicLink()) return JSON.stringify([path, 'link', await readlink(file)])
    // A module of git's is a folder in its list.
    if (!entry.isFile()) return ''
    return JSON.stringify([path, entry.mode & 0o777, (await measure(openFile(file))).digest])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
