/** Where the test environment keeps things, outside the work tree: recipes by key, the engine's data, what is running. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { exec } from '../../src/host/exec.ts'
import type { Work } from '../../src/host/work.ts'
import { keyOf, type Recipe } from './recipe.ts'

export const cacheDirectory = (): string => process.env.CAPI_TESTBED_CACHE ?? path.join(homedir(), '.cache', 'capi-actions-testbed')

/** A path in the cache. */
export const inCache = (...parts: string[]): string => path.join(cacheDirectory(), ...parts)

const recipeDirectory = (recipe: Recipe): string => inCache('recipes', `${recipe.name}-${keyOf(recipe)}`)

/** Where what `recipe` gives lies; undefined when it isn't made yet. A directory of that name is always complete. */
export const made = (recipe: Recipe): string | undefined => {
  const directory = recipeDirectory(recipe)
  return existsSync(directory) ? directory : undefined
}

/** An empty directory to make a recipe in; whatever a run that died left there is removed. */
export async function begin(recipe: Recipe, work: Work): Promise<string> {
  const directory = inCache('recipes', `.making-${recipe.name}`)
  await discard(directory, work)
  await mkdir(directory, { recursive: true })
  return directory
}

/** Gives what was made in `directory` its name: from here on it counts as complete. */
export async function complete(recipe: Recipe, directory: string): Promise<string> {
  const final = recipeDirectory(recipe)
  await rename(directory, final)
  return final
}

/** Removes what runs that died left half made. Only to be called by the holder of the lock. */
export async function discardHalfMade(work: Work): Promise<void> {
  const recipes = inCache('recipes')
  await mkdir(recipes, { recursive: true })
  for (const name of await readdir(recipes)) if (name.startsWith('.making-')) await discard(path.join(recipes, name), work)
}

/** Removes a directory, after undoing mounts in it: debootstrap mounts /proc and /sys into what it installs. */
export async function discard(directory: string, work: Work): Promise<void> {
  if (!existsSync(directory)) return
  for (const mount of mountsBelow(directory, mounts())) await exec('umount', ['--lazy', mount], work)
  await rm(directory, { recursive: true, force: true })
}

const mounts = (): string => (existsSync('/proc/self/mounts') ? readFileSync('/proc/self/mounts', 'utf8') : '')

/** Mount points at or below `directory`, the innermost first. */
export const mountsBelow = (directory: string, mounts: string): string[] =>
  mounts
    .split('\n')
    .map(line => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter(point => point === directory || point.startsWith(directory + path.sep))
    .sort((a, b) => b.length - a.length)

/** Reads a JSON file; undefined when it is not there or was cut short by a crash. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Writes a JSON file so that a reader sees the old one or the new one, never a part. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  await writeFile(temporary, JSON.stringify(value, undefined, 2))
  await rename(temporary, file)
}
