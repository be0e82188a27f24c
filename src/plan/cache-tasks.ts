/** `restore …`: what the Actions cache has of earlier jobs, for the tasks that would else make it; and what a run leaves to be saved for later ones. */
import { join, relative } from 'node:path'
import { unpackInto } from '../cache/archive.ts'
import { type Lookup, lookUp, type Restored, restore } from '../cache/entries.ts'
import { digestOf, keyOf } from '../cache/keys.ts'
import type { SaveOrder } from '../cache/order.ts'
import type { CacheService } from '../cache/service.ts'
import type { CachedThing } from '../settings/cache.ts'
import type { Tool } from '../tools/install.ts'
import { type Task, type TaskWork, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** What came of the tasks of a run. */
export interface Ran {
  /** Whether it came to its end. */
  ended(task: Task): boolean
  valueOf<T>(task: Task<T>): T | undefined
}

/** Nothing where the entry isn't wanted. */
export type RestoreTask = Task<Restored | undefined>

/** What a part of a plan restores, and what of it is to be saved. */
export interface Caching {
  readonly restored: readonly RestoreTask[]
  /** Only what is whole, and not in the cache. */
  saves(ran: Ran): readonly SaveOrder[]
}

export const noCaching: Caching = { restored: [], saves: () => [] }

export const allCaching = (parts: readonly Caching[]): Caching => ({
  restored: parts.flatMap(({ restored }) => restored),
  saves: ran => parts.flatMap(part => part.saves(ran)),
})

export type Cached = Pick<Wanted, 'settings' | 'cache'>

/** The service, where `thing` is to be kept in it. */
export const cacheFor = (thing: CachedThing, { settings, cache }: Cached): CacheService | undefined =>
  settings.cache.includes(thing) ? cache : undefined

/** @param look In words, why the entry isn't wanted, where it isn't. */
export const restoreTask = (
  service: CacheService,
  name: string,
  docs: string,
  needs: readonly Task[],
  look: (work: TaskWork) => Promise<Lookup | string>,
  put: (file: string, work: TaskWork) => Promise<void>,
): RestoreTask =>
  task(`restore ${name}`, docs, needs, async work => {
    const lookup = await look(work)
    if (typeof lookup === 'string') {
      work.unchanged(lookup)
      return undefined
    }
    const restored = await restore(service, lookup, file => put(file, work), work)
    if (restored.trouble !== undefined) work.unchanged(restored.trouble)
    else if (restored.matched === undefined)
      work.unchanged(service.readable ? 'the cache has none' : 'cache-mode of this job allows no reading')
    return restored
  })

/** To be saved, unless the service has it, or could not be asked. */
export const orderOf = (restored: Restored | undefined, order: SaveOrder): readonly SaveOrder[] =>
  restored === undefined || restored.trouble !== undefined || restored.matched === order.key ? [] : [order]

/** Downloads by exact version: `kind/0.32.0/x64` in the tool cache, `cert-manager/v1.21.1.yaml`, `blobs/sha256/…` of the base image. */
export interface Downloads {
  readonly task: Task
  /** Their files, absolute; those outside `cache-dir` stay there. */
  files(ran: Ran): readonly string[]
}

export interface ToolCaching {
  readonly restored: RestoreTask | undefined
  /** To be called with all that a plan downloads. */
  caching(downloads: readonly Downloads[]): Caching
}

/**
 * Which versions a range or `latest` comes to is known when they have been downloaded: so the newest entry of those who asked for the same is restored, and another
 * one saved when it was not the same versions that were used.
 * @param asked What decides on versions.
 */
export function toolCaching(cached: Cached, asked: unknown): ToolCaching {
  const service = cacheFor('tools', cached)
  if (service === undefined) return { restored: undefined, caching: () => noCaching }
  const { cacheDir } = cached.settings
  const beginning = `${keyOf('tools', digestOf(asked))}-`
  const restored = restoreTask(
    service,
    'tools',
    `Restores to ${cacheDir} what earlier jobs downloaded.`,
    [],
    work => lookUp(service, beginning, [], work),
    (file, work) => unpackInto(cacheDir, file, work),
  )
  return {
    restored,
    caching: downloads => ({
      restored: [restored],
      saves: ran => {
        if (!downloads.every(({ task }) => ran.ended(task))) return []
        const files = downloads.flatMap(one => one.files(ran)).map(file => relative(cacheDir, file))
        const members = [...new Set(files)].filter(file => !file.startsWith('..')).toSorted()
        if (members.length === 0) return []
        const key = beginning + digestOf(members)
        return orderOf(ran.valueOf(restored), { name: 'tools', key, content: { kind: 'folder', folder: cacheDir, members } })
      },
    }),
  }
}

/** Its folder in the tool cache, and the marker beside that. */
export const toolDownloads = (tools: readonly Task<Tool>[]): Downloads[] =>
  tools.map(one => ({
    task: one,
    files: ran => {
      const tool = ran.valueOf(one)
      if (tool === undefined || tool.source === 'path') return []
      const folder = join(tool.path, '..')
      return [folder, `${folder}.complete`]
    },
  }))
