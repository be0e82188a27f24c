/**
 * Tools kept from earlier runs, in the layout of GitHub's tool cache (`<tool>/<version>/<arch>/` and the marker `<arch>.complete`), so that
 * runners' caches are used both ways. @actions/tool-cache itself empties the folder before it copies, under the feet of a job that runs the
 * tool at that moment, and takes its folder from this process's environment (its tool-cache.ts); here a binary is renamed into place.
 */
import { randomUUID } from 'node:crypto'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import semver from 'semver'
import { writing } from '../host/writing.ts'
import type { ToolName } from './catalogue.ts'
import { type FoundTool, isExecutable } from './on-path.ts'
import type { Machine } from './platform.ts'

export interface ToolCache {
  readonly root: string
  /** As Node calls it: `x64`, `arm64`. */
  readonly arch: string
}

/** `folder` if given, else the runner's tool cache, else the user's cache folder. */
export function toolCache(folder: string | undefined, machine: Machine): ToolCache {
  const { RUNNER_TOOL_CACHE, XDG_CACHE_HOME } = machine.env
  const root = folder || RUNNER_TOOL_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'capi-actions', 'tools')
  return { root, arch: machine.arch }
}

/** The highest cached version that `fits`. */
export async function findCached(cache: ToolCache, name: ToolName, fits: (version: string) => boolean): Promise<FoundTool | undefined> {
  const versions = (await folders(join(cache.root, name))).filter(version => semver.valid(version) !== null && fits(version))
  for (const version of semver.rsort(versions)) {
    const folder = folderOf(cache, name, version)
    const path = join(folder, name)
    if ((await exists(`${folder}.complete`)) && (await isExecutable(path))) return { path, version: `v${version}` }
  }
  return undefined
}

/**
 * Copies the binary at `file` into the cache, and returns its path there. May run at the same time in several processes.
 * @throws Failure when the cache cannot be written.
 */
export function keepInCache(cache: ToolCache, name: ToolName, version: string, file: string): Promise<string> {
  const folder = folderOf(cache, name, version)
  const path = join(folder, name)
  const staged = join(folder, `.${name}.${randomUUID()}`)
  return writing(folder, async () => {
    await mkdir(folder, { recursive: true })
    try {
      await copyFile(file, staged)
      await chmod(staged, 0o755)
      await rename(staged, path)
      await writeFile(`${folder}.complete`, '')
      return path
    } finally {
      await rm(staged, { force: true })
    }
  })
}

const folderOf = (cache: ToolCache, name: ToolName, version: string): string =>
  join(cache.root, name, semver.clean(version) ?? version, cache.arch)

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const folders = (path: string): Promise<string[]> => readdir(path).catch(() => [])
