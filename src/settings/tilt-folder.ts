/** `tilt.d`: files that the Tiltfile includes. They are programs for Tilt, which there is none of here. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What is said of the files in the folder of a repository, where it has one. */
export async function tiltFolderNotices(repository: string): Promise<readonly string[]> {
  const names = await readdir(join(repository, 'tilt.d')).catch(() => [])
  const files = names.filter(name => !name.startsWith('.')).toSorted()
  if (files.length === 0) return []
  return [`tilt.d is not run (${files.join(', ')}): it is Starlark, which only Tilt runs; say the commands as \`hooks\``]
}
