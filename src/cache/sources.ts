/** What is in a checkout, by content and without building anything: what keys of Go's caches and of executables are made from. */
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'
import { digestOf } from './keys.ts'

export interface SourceDigests {
  /** Of each go.mod, go.sum, go.work. */
  readonly modules: string
  /** Of all that may go into an executable. */
  readonly sources: string
}

/**
 * Where something goes into an executable all the same, the note beside the executable finds that out: it is built again. So these may be wrong, seldom, and
 * spare an upload for each change of a text.
 */
const NEVER_BUILT = /(^|\/)(\.github|docs)\/|\.md$|_test\.go$/

const MODULE_FILE = /(^|\/)go\.(mod|sum|work|work\.sum)$/

export async function digestSources(root: string, work: Work): Promise<SourceDigests> {
  const files = [...((await trackedByGit(root, work)) ?? (await onDisk(root)))].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return {
    modules: digestOf(files.filter(([path]) => MODULE_FILE.test(path))),
    sources: digestOf(files.filter(([path]) => !NEVER_BUILT.test(path))),
  }
}

/** Path to content, as git names contents. */
type Contents = Map<string, string>

/** From git's index, which has read the files already; those that were changed since, or are not ignored, are read. Undefined where git knows nothing. */
async function trackedByGit(root: string, work: Work): Promise<Contents | undefined> {
  const git = async (...args: string[]) =>
    (await exec('git', args, work, { cwd: root, timeout: 60 })).stdout.split('\0').filter(line => line !== '')
  try {
    const [staged, changed] = await Promise.all([
      git('ls-files', '--stage', '-z'),
      git('ls-files', '--modified', '--others', '--exclude-standard', '-z'),
    ])
    const known: Contents = new Map(
      staged.flatMap(line => {
        const [, content, path] = /^\d+ ([0-9a-f]+) \d\t(.+)$/s.exec(line) ?? []
        return content === undefined || path === undefined ? [] : [[path, content]]
      }),
    )
    for (const path of new Set(changed)) await readInto(known, root, path)
    return known
  } catch {
    // No repository, no git, or one that git thinks belongs to somebody else.
    work.signal.throwIfAborted()
    return undefined
  }
}

async function onDisk(root: string): Promise<Contents> {
  const contents: Contents = new Map()
  const entries = await readdir(root, { withFileTypes: true, recursive: true })
  for (const entry of entries) {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isDirectory() && !/(^|\/)(\.git|node_modules)\//.test(path)) await readInto(contents, root, path)
  }
  return contents
}

async function readInto(contents: Contents, root: string, path: string): Promise<void> {
  const file = join(root, path)
  const found = await lstat(file).catch(() => undefined)
  if (found === undefined) contents.delete(path)
  else if (found.isSymbolicLink()) contents.set(path, blobName(Buffer.from(await readlink(file))))
  else if (found.isFile()) contents.set(path, blobName(await readFile(file)))
}

/** So that a file has the same name whether git has read it or not. */
const blobName = (content: Buffer): string => createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
