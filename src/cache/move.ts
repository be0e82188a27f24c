/** Moves a tree into one that may be there already, on the same disk: what is in both is replaced, unless it may not be written. */
import { chmod, lstat, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

const OWNER_WRITES = 0o200

export async function moveInto(from: string, to: string): Promise<void> {
  const [mine, theirs] = await Promise.all([lstat(from), lstat(to).catch(() => undefined)])
  if (theirs === undefined || !(mine.isDirectory() && theirs.isDirectory()))
    return renamed(from, to, mine.isDirectory() ? mine.mode : undefined)
  // A module of Go's cache, which is what its name says.
  if ((theirs.mode & OWNER_WRITES) === 0) return
  for (const name of await readdir(from)) await moveInto(join(from, name), join(to, name))
}

/** A folder that its owner may not write can't be given another parent, unless by root. */
async function renamed(from: string, to: string, folderMode: number | undefined): Promise<void> {
  const locked = folderMode !== undefined && (folderMode & OWNER_WRITES) === 0
  if (locked) await chmod(from, folderMode | OWNER_WRITES)
  await rename(from, to)
  if (locked) await chmod(to, folderMode)
}
