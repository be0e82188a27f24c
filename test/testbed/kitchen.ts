/** Makes recipes: those that are missing, each when what it needs is there, independent ones at the same time. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { Failure, isCancellation, messageOf } from '../../src/host/failure.ts'
import type { Work } from '../../src/host/work.ts'
import { begin, complete, inCache, made } from './cache.ts'
import { lastLines } from './processes.ts'
import type { Progress } from './progress.ts'
import { closure, heights, keyOf, type Recipe } from './recipe.ts'

export interface Kitchen extends Work {
  readonly progress: Progress
  /** Starts the container engine, once. */
  readonly engine: () => Promise<void>
}

/** How many things that keep a core busy run at once: two `go build` overlap one's linking (one thread) with the other's compiling. */
const HEAVY = 2

/** Makes what of `wanted` and its needs is missing. What is there already costs nothing. */
export async function makeAll(wanted: readonly Recipe[], kitchen: Kitchen): Promise<void> {
  const recipes = missing(wanted)
  const height = heights(recipes)
  const cpu = limiter(HEAVY)
  const stop = new AbortController()
  const signal = AbortSignal.any([kitchen.signal, stop.signal])
  const running = new Map<string, Promise<void>>()
  kitchen.progress.plan(recipes.map(recipe => recipe.name))
  for (const recipe of recipes) {
    const needs = recipe.needs.map(need => running.get(keyOf(need)))
    const rank = height.get(keyOf(recipe)) ?? 0
    const making = Promise.all(needs).then(() => make(recipe, { ...kitchen, signal }, heavy => cpu(rank, signal, heavy)))
    making.catch(error => stop.abort(error))
    running.set(keyOf(recipe), making)
  }
  const outcomes = await Promise.allSettled(running.values())
  kitchen.signal.throwIfAborted()
  const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  if (failures.length > 0) throw failures.find(failure => !isCancellation(failure) && failure !== stop.signal.reason) ?? stop.signal.reason
}

/** The recipes that have to be made for `wanted`: a recipe whose result is there asks for nothing any more. */
export function missing(wanted: readonly Recipe[], isMade: (recipe: Recipe) => boolean = recipe => made(recipe) !== undefined): Recipe[] {
  const asked = new Set<string>()
  const ask = (recipe: Recipe) => {
    const key = keyOf(recipe)
    if (asked.has(key) || isMade(recipe)) return
    asked.add(key)
    for (const need of recipe.needs) ask(need)
  }
  for (const recipe of wanted) ask(recipe)
  return closure(wanted).filter(recipe => asked.has(keyOf(recipe)))
}

async function make(recipe: Recipe, kitchen: Kitchen, cpu: (heavy: () => Promise<unknown>) => Promise<unknown>): Promise<void> {
  kitchen.signal.throwIfAborted()
  const { progress } = kitchen
  progress.started(recipe.name)
  const log = inCache('logs', `${recipe.name}.log`)
  mkdirSync(path.dirname(log), { recursive: true })
  writeFileSync(log, '')
  const work = {
    signal: kitchen.signal,
    log: (line: string) => appendFileSync(log, `${line}\n`),
    waiting: (phrase: string) => progress.doing(recipe.name, phrase),
  }
  try {
    const dir = await begin(recipe, work)
    await recipe.make({
      ...work,
      dir,
      key: keyOf(recipe),
      of: need => directoryOf(need),
      engine: kitchen.engine,
      cpu: async <T>(heavy: () => Promise<T>): Promise<T> => {
        progress.doing(recipe.name, 'waiting for a core')
        return (await cpu(() => {
          progress.doing(recipe.name, '')
          return heavy()
        })) as T
      },
    })
    await complete(recipe, dir)
    progress.ended(recipe.name, 'done')
  } catch (error) {
    progress.ended(recipe.name, kitchen.signal.aborted ? 'cancelled' : 'failed')
    if (kitchen.signal.aborted || error instanceof Failure) throw error
    throw new Failure({
      what: `the test environment's ${recipe.name} could not be made`,
      why: messageOf(error),
      where: log,
      details: lastLines(log, 20),
      cause: error,
    })
  }
}

/** Where what a recipe gives lies. */
export function directoryOf(recipe: Recipe): string {
  const directory = made(recipe)
  if (directory === undefined)
    throw new Failure({ what: `${recipe.name} is not made yet`, remedy: `npm run testbed -- build ${recipe.name}` })
  return directory
}

/** Removes what was made by earlier versions of the recipes and isn't asked for any more. */
export async function removeStale(all: readonly Recipe[], entries: readonly string[]): Promise<string[]> {
  const stale = staleEntries(all, entries)
  for (const entry of stale) await rm(inCache('recipes', entry), { recursive: true, force: true })
  return stale
}

/** Directory names of recipes that exist today under another key. What an unknown recipe made is left alone: another branch may want it. */
export const staleEntries = (all: readonly Recipe[], entries: readonly string[]): string[] => {
  const current = new Map(closure(all).map(recipe => [recipe.name, `${recipe.name}-${keyOf(recipe)}`]))
  return entries.filter(entry => {
    const name = /^(.+)-[0-9a-f]{16}$/.exec(entry)?.[1]
    const wanted = name === undefined ? undefined : current.get(name)
    return wanted !== undefined && wanted !== entry
  })
}

/** At most `slots` at a time; of those that wait the highest rank comes first. */
export function limiter(slots: number): (rank: number, signal: AbortSignal, run: () => Promise<unknown>) => Promise<unknown> {
  const waiting: { rank: number; go: () => void }[] = []
  let free = slots
  return async (rank, signal, run) => {
    if (free > 0) free -= 1
    else await new Promise<void>(go => void waiting.push({ rank, go }))
    try {
      signal.throwIfAborted()
      return await run()
    } finally {
      waiting.sort((a, b) => b.rank - a.rank)
      const next = waiting.shift()
      if (next) next.go()
      else free += 1
    }
  }
}
