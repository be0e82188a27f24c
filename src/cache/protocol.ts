/** What both protocols of the cache service do. */
import { createHash } from 'node:crypto'
import type { Work } from '../host/work.ts'

export interface Found {
  /** The key that it was saved under; not one that was asked for, where that is only its beginning. */
  readonly key: string
  /** Of the archive. Whoever knows it may read: it is never shown. */
  readonly url: string
}

/** A file that is to be saved. */
export interface Archive {
  readonly file: string
  readonly bytes: number
}

export type Saved =
  | { readonly outcome: 'saved' }
  /** Somebody else has saved under this key, or is about to. */
  | { readonly outcome: 'there' }
  /** The token may only read, as that of a pull request from a fork. */
  | { readonly outcome: 'refused'; readonly why: string }

/** One protocol. Its methods throw a Failure where the service doesn't do what it should. */
export interface CacheProtocol {
  /** The entry under the first of `keys` that one begins with. Of several it is the newest. */
  find(keys: readonly string[], work: Work): Promise<Found | undefined>
  save(key: string, archive: Archive, work: Work): Promise<Saved>
}

/** Entries of other tools, and of other layouts of ours, have another one: the service finds none of them. */
export const ENTRY_VERSION = createHash('sha256').update('capi-actions|tar.zst|1').digest('hex')
