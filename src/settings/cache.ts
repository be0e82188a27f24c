/** What can be kept in the Actions cache, and how a user says so. */
import * as z from 'zod/mini'
import { didYouMean } from '../host/nearest.ts'
import { cacheEndpoint, type Environment } from '../host/runner.ts'
import type { Kind } from './kinds.ts'

export const cachedThings = ['tools', 'go', 'managers', 'node-image'] as const

export type CachedThing = (typeof cachedThings)[number]

const words = [...cachedThings, 'all'] as const

export const cachedThing = (): Kind<CachedThing | 'all'> => ({
  type: words.map(word => `\`${word}\``).join(' or '),
  schema: z.enum(words, { error: ({ input }) => `must be one of ${words.join(', ')}${didYouMean(String(input), words)}` }),
  fromText: said => said,
})

export interface CacheSettings {
  readonly things: readonly CachedThing[]
  readonly notices: readonly string[]
  readonly secrets: readonly string[]
}

/** What is to be kept on this machine; nothing where there is no cache service. `where`: where it was said. */
export function cacheSettings(said: readonly (CachedThing | 'all')[], env: Environment, where: string): CacheSettings {
  const things = cachedThings.filter(thing => said.includes(thing) || said.includes('all'))
  if (things.length === 0) return { things, notices: [], secrets: [] }
  const endpoint = cacheEndpoint(env)
  if (endpoint === undefined)
    return { things: [], notices: [`cache is not acted on: there is no Actions cache service here (${where})`], secrets: [] }
  return { things, notices: [], secrets: endpoint.token === '' ? [] : [endpoint.token] }
}
