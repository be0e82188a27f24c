/** A folder of sources, by content: one hash over all files that git does not ignore, so that what an earlier build has left beside them counts for nothing. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'
import { filesIn, hashFiles } from './context.ts'

export async function hashSources(folder: string, work: Work): Promise<string> {
  const files = (await listedByGit(folder, work)) ?? (await asGitWould(folder, work)) ?? (await filesIn(folder, work)).filter(isNotGits)
  return hashFiles(folder, files, work)
}

const isNotGits = (path: string): boolean => !/(^|\/)\.git\//.test(path)

const WHAT_IS_NOT_IGNORED = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']

/** Nothing where there is no repository, no git, or one that git thinks belongs to somebody else. */
async function listedByGit(folder: string, work: Work): Promise<readonly string[] | undefined> {
  return paths(WHAT_IS_NOT_IGNORED, folder, work)
}

/** The sources of a release, say: git reads their .gitignore files by an empty repository beside them. */
async function asGitWould(folder: string, work: Work): Promise<readonly string[] | undefined> {
  const empty = await mkdtemp(join(tmpdir(), 'capi-actions-git-'))
  try {
    if ((await paths(['init', '--quiet', '--bare', empty], folder, work)) === undefined) return undefined
    return await paths([`--git-dir=${empty}`, `--work-tree=${folder}`, ...WHAT_IS_NOT_IGNORED], folder, work)
  } finally {
    await rm(empty, { recursive: true, force: true })
  }
}

async function paths(args: readonly string[], cwd: string, work: Work): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await exec('git', args, work, { cwd, timeout: 120 })
    return [...new Set(stdout.split('\0').filter(path => path !== '' && isNotGits(path)))]
  } catch {
    work.signal.throwIfAborted()
    return undefined
  }
}

/** One hash for all that decides what a command makes. Pure. */
export const keyOfCommand = (command: string, sources: string, env: Readonly<Record<string, string>>): string =>
  createHash('sha256')
    .update(JSON.stringify([command, sources, Object.entries(env).toSorted()]))
    .digest('hex')
