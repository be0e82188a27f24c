/** The cache service's first protocol: REST under `_apis/artifactcache`, archives go to the service itself. */
import { z } from 'zod'
import type { Clock } from '../host/retry.ts'
import { sendBlocks } from './blocks.ts'
import { type Connection, exchange, type Request, unexpected } from './exchange.ts'
import { type CacheProtocol, ENTRY_VERSION } from './protocol.ts'

const found = z.object({ archiveLocation: z.string(), cacheKey: z.string() })
const reserved = z.object({ cacheId: z.number() })
const refusal = z.object({ message: z.string().optional() }).catch({})

/** Seconds for one block, or for putting all of them together. */
const PATIENCE = 300

export function version1({ url, token }: Connection, clock?: Clock): CacheProtocol {
  const request = (method: Request['method'], path: string, body?: Request['body'], headers = {}): Request => ({
    method,
    url: `${url}_apis/artifactcache/${path}`,
    headers: {
      accept: 'application/json;api-version=6.0-preview.1',
      authorization: `Bearer ${token}`,
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  return {
    async find(keys, work) {
      const asked = request('GET', `cache?keys=${encodeURIComponent(keys.join(','))}&version=${ENTRY_VERSION}`)
      const answer = await exchange(asked, work, clock)
      if (answer.status === 204) return undefined
      if (answer.status !== 200) throw unexpected(url, answer)
      const { archiveLocation, cacheKey } = found.parse(JSON.parse(answer.text))
      return { key: cacheKey, url: archiveLocation }
    },

    async save(key, archive, work) {
      const reserve = request('POST', 'caches', JSON.stringify({ key, version: ENTRY_VERSION, cacheSize: archive.bytes }))
      const answer = await exchange(reserve, work, clock)
      if (answer.status === 409) return { outcome: 'there' }
      if (answer.status === 401 || answer.status === 403) return { outcome: 'refused', why: messageIn(answer.text) }
      if (answer.status < 200 || answer.status > 299) throw unexpected(url, answer)
      const { cacheId } = reserved.parse(JSON.parse(answer.text))
      await sendBlocks(archive, async ({ start, content }) => {
        const range = { 'content-type': 'application/octet-stream', 'content-range': `bytes ${start}-${start + content.length - 1}/*` }
        const sent = await exchange({ ...request('PATCH', `caches/${cacheId}`, content, range), patience: PATIENCE }, work, clock)
        if (sent.status > 299) throw unexpected(url, sent)
      })
      const commit = request('POST', `caches/${cacheId}`, JSON.stringify({ size: archive.bytes }))
      const committed = await exchange({ ...commit, patience: PATIENCE }, work, clock)
      if (committed.status > 299) throw unexpected(url, committed)
      return { outcome: 'saved' }
    },
  }
}

function messageIn(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).message ?? text
  } catch {
    return text
  }
}
