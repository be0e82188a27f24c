/** A folder of sources, by content: one hash over all files that git does not ignore, so that what an earlier build has left beside them counts for nothing. */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'
import { filesIn, type Lines, lineOf, linesOf } from './context.ts'

/** A tag that a command of the repository is told; nobody else has such tags. */
export const tagOfSources = (key: string): string => `src-${key.slice(0, 16)}`

const TAGS = /(?<=:)src-[0-9a-f]{16}\b/g

/** @param made Files and folders that commands write images to: what is made is no source, though git may not ignore it. */
export async function readSources(folder: string, made: readonly string[], work: Work): Promise<Lines> {
  const files = (await listedByGit(folder, work)) ?? (await asGitWould(folder, work)) ?? (await filesIn(folder, work)).filter(isNotGits)
  const sources = files.map(file => join(folder, file)).filter(file => !made.some(one => file === one || file.startsWith(`${one}/`)))
  return linesOf(
    folder,
    sources.map(file => relative(folder, file)),
    sourceLine,
    work,
  )
}

/** Of manifests the text without our tags: whichever image an earlier build has written into them, they are the same. */
async function sourceLine(folder: string, path: string): Promise<string> {
  const tagless = await withoutTags(folder, path)
  return tagless === undefined ? lineOf(folder, path) : JSON.stringify([path, createHash('sha256').update(tagless).digest('hex')])
}

/** The text of a manifest that has tags of ours, without them; nothing for any other file. */
async function withoutTags(folder: string, path: string): Promise<string | undefined> {
  if (!/\.ya?ml$/.test(path)) return undefined
  const text = await readFile(join(folder, path), 'utf8').catch(() => '')
  const tagless = text.replaceAll(TAGS, '')
  return tagless === text ? undefined : tagless
}

/** Whether nothing has changed but manifests that have a tag of ours now: Makefiles write the image that they have built into their own (`set-manifest-image`). */
export async function onlyImagesChanged(folder: string, before: Lines, after: Lines): Promise<boolean> {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(path => before.get(path) !== after.get(path))
  const texts = await Promise.all(changed.map(path => withoutTags(folder, path)))
  return texts.every(text => text !== undefined)
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
