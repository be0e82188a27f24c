/** Entries of the cache from lookup to file and back. Whatever goes wrong with the cache is a sentence: no run fails of it. */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Packing, pack } from './archive.ts'
import type { Found } from './protocol.ts'
import type { CacheService } from './service.ts'

/** GitHub's limit for all entries of a repository, where its owner hasn't raised it. */
export const MOST_BYTES = 10e9

export interface Lookup {
  /** What is saved under afterwards. */
  readonly key: string
  readonly found?: Found | undefined
  /** Why the service could not be asked. */
  readonly trouble?: string
}

/** What a run got of an entry. */
export interface Restored {
  readonly key: string
  /** The key of the entry that was restored: `key` itself, or one that begins alike. */
  readonly matched?: string
  readonly trouble?: string
}

/** @param prefixes Beginnings of keys, the best first, of entries that will do where there is none under `key`. */
export async function lookUp(service: CacheService, key: string, prefixes: readonly string[], work: Work): Promise<Lookup> {
  if (!service.readable) return { key }
  try {
    return { key, found: await service.find([key, ...prefixes], work) }
  } catch (error) {
    work.signal.throwIfAborted()
    return { key, trouble: messageOf(error) }
  }
}

export const isExact = ({ key, found }: Lookup): boolean => found?.key === key

/** @param put Does with the archive what it is for; it throws where that is broken. */
export async function restore(
  service: CacheService,
  { key, found, trouble }: Lookup,
  put: (file: string) => Promise<void>,
  work: Work,
): Promise<Restored> {
  if (found === undefined) return trouble === undefined ? { key } : { key, trouble }
  const file = scratchFile()
  const began = Date.now()
  try {
    const bytes = await service.fetch(found, file, work)
    const came = Date.now()
    await put(file)
    work.log(`${megabytes(bytes)} came in ${seconds(came - began)}, and were unpacked in ${seconds(Date.now() - came)}: ${found.key}`)
    return { key, matched: found.key }
  } catch (error) {
    work.signal.throwIfAborted()
    return { key, trouble: `${found.key} could not be restored: ${messageOf(error)}` }
  } finally {
    await rm(file, { force: true })
  }
}

/** How saving ended, in a sentence. `refused` is for a notice: the token may not save. */
export interface SaveOutcome {
  readonly sentence: string
  readonly refused: boolean
}

export async function save(
  service: CacheService,
  name: string,
  key: string,
  packing: () => Promise<Packing>,
  work: Work,
): Promise<SaveOutcome> {
  const file = scratchFile()
  const began = Date.now()
  const not = (why: string, refused = false): SaveOutcome => ({ sentence: `${name} is not saved: ${why}`, refused })
  try {
    const bytes = await pack(await packing(), file, MOST_BYTES, work)
    if (bytes === undefined) return not(`it is larger than ${MOST_BYTES / 1e9} GB`)
    const packed = Date.now()
    const saved = await service.save(key, { file, bytes }, work)
    if (saved.outcome === 'there') return not(`another job has saved it, or does so now (${key})`)
    if (saved.outcome === 'refused') return not(saved.why || 'the token of this job may not save', true)
    return {
      sentence: `saved ${name}: ${megabytes(bytes)}, packed in ${seconds(packed - began)}, sent in ${seconds(Date.now() - packed)} (${key})`,
      refused: false,
    }
  } catch (error) {
    work.signal.throwIfAborted()
    return not(messageOf(error))
  } finally {
    await rm(file, { force: true })
  }
}

const scratchFile = (): string => join(process.env.RUNNER_TEMP || tmpdir(), `capi-actions-cache-${randomUUID()}.tar.zst`)

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
