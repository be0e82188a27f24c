/** A checkout as the rest of this room sees it: paths from its root, with forward slashes. Read from the disk as it is asked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Files {
  /** Whether there is a file or folder. */
  has(path: string): boolean
  /** The names in a folder, those of folders with a slash behind them; none where there is no such folder. */
  list(folder: string): readonly string[]
  /** The text of a file; nothing where there is none. */
  read(path: string): string | undefined
}

export const filesIn = (root: string): Files => ({
  has: path => existsSync(join(root, path)),
  list: folder =>
    (unlessAbsent(() => readdirSync(join(root, folder), { withFileTypes: true })) ?? []).map(entry =>
      entry.isDirectory() ? `${entry.name}/` : entry.name,
    ),
  read: path => unlessAbsent(() => readFileSync(join(root, path), 'utf8')),
})

/** A file where a folder is looked for is as good as none, and so is the reverse. */
function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Folders that hold other people's code, or nothing of the repository. */
const FOREIGN = ['vendor', 'node_modules', 'third_party', 'testdata']

/** The folders below `folder`, itself first, at most `depth` below it; without hidden and foreign ones. */
export function foldersBelow({ list }: Pick<Files, 'list'>, folder: string, depth: number): readonly string[] {
  if (depth === 0) return [folder]
  const names = list(folder).flatMap(name => (name.endsWith('/') ? name.slice(0, -1) : []))
  const own = names.filter(name => !name.startsWith('.') && !FOREIGN.includes(name))
  return [folder, ...own.flatMap(name => foldersBelow({ list }, below(folder, name), depth - 1))]
}

/** `path` from `folder`, where `.` is the root. */
export const below = (folder: string, path: string): string => (folder === '.' ? path : join(folder, path))

/** `folder` and the folders that it lies in, up to the root. */
export function upwards(folder: string): readonly string[] {
  const parts = folder === '.' ? [] : folder.split('/')
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), '.']
}
