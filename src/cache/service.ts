/**
 * The cache room: what later jobs are spared, kept in GitHub's Actions cache. Its service in two protocols: version 1 (GitHub Enterprise Server, act) and version 2
 * (github.com). Written out here and not taken from @actions/cache, which is 1.07 MB as a bundle (measured: 6.3.0, minified).
 * Facts: actions/toolkit, packages/cache; Azure docs, "Put Block List".
 */
import type { Clock } from '../host/retry.ts'
import type { CacheEndpoint } from '../host/runner.ts'
import type { Work } from '../host/work.ts'
import { fetchArchive } from './fetch.ts'
import type { CacheProtocol, Found } from './protocol.ts'
import { version1 } from './version1.ts'
import { version2 } from './version2.ts'

export interface CacheService extends CacheProtocol {
  readonly readable: boolean
  readonly writable: boolean
  /** Writes the archive of an entry to `file`, and returns its bytes. */
  fetch(found: Found, file: string, work: Work): Promise<number>
}

export function cacheService({ version, readable, writable, ...endpoint }: CacheEndpoint, clock?: Clock): CacheService {
  const protocol = version === 2 ? version2(endpoint, clock) : version1(endpoint, clock)
  return { ...protocol, readable, writable, fetch: (found, file, work) => fetchArchive(found.url, file, work, clock) }
}
