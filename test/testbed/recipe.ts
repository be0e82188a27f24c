/**
 * What a recipe is: something that is made from versions, files and other recipes, kept under the hash of all these.
 * The same recipe is never made twice; a recipe whose inputs change gets another key, and so do those that need it, nothing else.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Work } from '../../src/host/work.ts'

/** What a recipe is given while it is made. */
export interface Making extends Work {
  /** An empty directory: all that is in it when `make` resolves is what the recipe gives. */
  readonly dir: string
  readonly key: string
  /** Where what a needed recipe gives lies. */
  of(need: Recipe): string
  /** Runs something that keeps a core busy; only so many at a time, the one on the longest way to the end first. */
  cpu<T>(heavy: () => Promise<T>): Promise<T>
  /** Resolves when a container engine answers. */
  engine(): Promise<void>
}

export interface Recipe {
  readonly name: string
  /** One phrase, for the progress view and `status`. */
  readonly docs: string
  /** All that decides what is made, beside the needs and the files; plain JSON. */
  readonly inputs: Readonly<Record<string, unknown>>
  readonly needs: readonly Recipe[]
  /** Files of the test environment that go into it, relative to this folder; among them those of the functions that `make` calls. */
  readonly files: readonly string[]
  make(making: Making): Promise<void>
}

export const testbedDirectory = import.meta.dirname

/** A file of the test environment, by its path relative to this folder. */
export const testbedFile = (file: string): string => path.join(testbedDirectory, file)

/** The identity of what a recipe gives: 16 hex digits over its inputs, its files, its own text and the keys of what it needs. */
export function keyOf(recipe: Recipe, read: (file: string) => string = file => readFileSync(testbedFile(file), 'utf8')): string {
  const hash = createHash('sha256')
  const part = (name: string, value: string) => hash.update(`${name} ${value.length}\n${value}\n`)
  part('name', recipe.name)
  part('inputs', JSON.stringify(sorted(recipe.inputs)))
  part('make', recipe.make.toString().replace(/\s+/g, ' '))
  for (const file of [...recipe.files].sort()) part(file, read(file))
  for (const need of recipe.needs) part(need.name, keyOf(need, read))
  return hash.digest('hex').slice(0, 16)
}

/** All recipes that are needed for `wanted`, each once, each after those it needs. */
export function closure(wanted: readonly Recipe[]): Recipe[] {
  const seen = new Map<string, Recipe>()
  const visit = (recipe: Recipe) => {
    const key = keyOf(recipe)
    if (seen.has(key)) return
    for (const need of recipe.needs) visit(need)
    seen.set(key, recipe)
  }
  for (const recipe of wanted) visit(recipe)
  return [...seen.values()]
}

/** How many recipes stand one after another between each recipe and the end: what is on the longest way gets a core first. */
export function heights(recipes: readonly Recipe[]): Map<string, number> {
  const height = new Map<string, number>()
  for (const recipe of recipes.toReversed()) {
    const own = height.get(keyOf(recipe)) ?? 0
    for (const need of recipe.needs) {
      const key = keyOf(need)
      height.set(key, Math.max(height.get(key) ?? 0, own + 1))
    }
  }
  return height
}

/** The same value with the keys of every object in order, so that the order in which they are written decides nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
