/** Keys of entries: `capi-actions-<thing>-<layout>-<system>-<processor>-<what it depends on>…`. The same content has the same key on every runner. Pure. */
import { createHash } from 'node:crypto'

/** Of what the archives hold and where it goes. */
const LAYOUT = 1

/** Lower case: act's server makes them so, and GitHub's doesn't tell one case from the other. */
export const keyOf = (thing: string, ...parts: readonly string[]): string =>
  ['capi-actions', thing, LAYOUT, process.platform, process.arch, ...parts].join('-').toLowerCase()

export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 20)
