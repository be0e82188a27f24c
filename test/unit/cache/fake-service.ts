/** The Actions cache on 127.0.0.1, in both protocols and with Azure's block blobs, as toolkit and docs describe them. What it keeps is in memory. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CacheEndpoint } from '../../../src/host/runner.ts'

interface Entry {
  readonly key: string
  readonly version: string
  content: Buffer
  complete: boolean
}

export interface Faults {
  /** Saving is refused as to a pull request from a fork. */
  readonly readOnly?: boolean
  /** So many downloads are cut after half their bytes. */
  cuts?: number
  /** Downloads come whole, whatever range is asked for. */
  readonly withoutRanges?: boolean
  /** Every answer is this status. */
  readonly status?: number
}

export interface FakeService extends AsyncDisposable {
  readonly endpoint: (version: 1 | 2) => CacheEndpoint
  readonly entries: readonly Entry[]
  /** Method and path, without query and host, in the order of coming. */
  readonly requests: readonly string[]
  /** Puts an entry there, whatever its content is. */
  readonly put: (key: string, version: string, content: Buffer) => void
}

const TOKEN = 'runtime-token'
const DENIED = 'cache write denied: the token of this run may only read'

export async function serveCache(faults: Faults = {}): Promise<FakeService> {
  const entries: Entry[] = []
  const blocks = new Map<string, Buffer>()
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', base())
    requests.push(`${request.method} ${url.pathname}`)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    answer(request, response, url, Buffer.concat(chunks))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function answer(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): unknown {
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (faults.status !== undefined) return response.writeHead(faults.status).end('broken')
    const blob = /^\/blob\/(\d+)$/.exec(url.pathname)
    // Signed addresses need no token, and it is nobody's business there.
    if (blob) return request.headers.authorization ? void json(400, {}) : storage(Number(blob[1]), request, response, url, body)
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return json(401, {})
    const twirp = /^\/twirp\/github\.actions\.results\.api\.v1\.CacheService\/(\w+)$/.exec(url.pathname)
    if (twirp) return twirpCall(twirp[1] ?? '', JSON.parse(String(body)), json)
    return rest(request, response, url, body, json)
  }

  const find = (keys: readonly string[], version: string) => {
    const complete = entries.filter(entry => entry.complete && entry.version === version).toReversed()
    for (const key of keys) {
      const found = complete.find(entry => entry.key === key) ?? complete.find(entry => entry.key.startsWith(key))
      if (found) return { found, url: `${base()}/blob/${entries.indexOf(found)}?sig=secret` }
    }
    return undefined
  }

  type Json = (status: number, value: unknown) => unknown
  function rest(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer, json: Json): unknown {
    const [, id] = /^\/cache\/_apis\/artifactcache\/caches\/(\d+)$/.exec(url.pathname) ?? []
    if (url.pathname === '/cache/_apis/artifactcache/cache') {
      const hit = find(url.searchParams.get('keys')?.split(',') ?? [], url.searchParams.get('version') ?? '')
      if (hit === undefined) return response.writeHead(204).end()
      return json(200, { archiveLocation: hit.url, cacheKey: hit.found.key })
    }
    if (url.pathname === '/cache/_apis/artifactcache/caches') {
      const { key, version } = JSON.parse(String(body))
      if (faults.readOnly) return json(403, { message: DENIED })
      if (entries.some(entry => entry.key === key && entry.version === version)) return json(409, { message: 'there' })
      entries.push({ key, version, content: Buffer.alloc(0), complete: false })
      return json(201, { cacheId: entries.length - 1 })
    }
    const entry = entries[Number(id)]
    if (entry === undefined) return json(404, {})
    if (request.method === 'PATCH') {
      const [, start, end] = /^bytes (\d+)-(\d+)\/\*$/.exec(request.headers['content-range'] ?? '') ?? []
      const content = Buffer.alloc(Math.max(entry.content.length, Number(end) + 1))
      entry.content.copy(content)
      body.copy(content, Number(start))
      entry.content = content
      return response.writeHead(204).end()
    }
    entry.complete = JSON.parse(String(body)).size === entry.content.length
    return json(entry.complete ? 204 : 400, {})
  }

  function twirpCall(method: string, message: Record<string, string & readonly string[]>, json: Json): unknown {
    const { key = '', version = '', restore_keys: others = [] } = message
    if (method === 'GetCacheEntryDownloadURL') {
      const hit = find([key, ...others], version)
      return json(200, hit ? { ok: true, signed_download_url: hit.url, matched_key: hit.found.key } : { ok: false })
    }
    if (method === 'CreateCacheEntry') {
      if (faults.readOnly) return json(200, { ok: false, message: DENIED })
      if (entries.some(entry => entry.key === key && entry.version === version)) return json(409, { code: 'already_exists', msg: 'there' })
      entries.push({ key, version, content: Buffer.alloc(0), complete: false })
      return json(200, { ok: true, signed_upload_url: `${base()}/blob/${entries.length - 1}?sig=secret` })
    }
    const entry = entries.find(one => one.key === key && one.version === version)
    if (entry) entry.complete = message.size_bytes === String(entry.content.length)
    return json(200, entry?.complete ? { ok: true, entry_id: '1' } : { ok: false, message: 'sizes differ' })
  }

  function storage(index: number, request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): unknown {
    const entry = entries[index]
    if (entry === undefined) return response.writeHead(404).end()
    if (request.method === 'PUT') {
      if (url.searchParams.get('comp') === 'block') blocks.set(`${index} ${url.searchParams.get('blockid')}`, body)
      else
        entry.content = Buffer.concat(
          [...String(body).matchAll(/<Latest>(.+?)<\/Latest>/g)].map(([, id]) => blocks.get(`${index} ${id}`) ?? Buffer.alloc(0)),
        )
      return response.writeHead(201).end()
    }
    const [, start = '0', end = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const part = faults.withoutRanges ? entry.content : entry.content.subarray(Number(start), Number(end) + 1)
    const range = { 'content-range': `bytes ${start}-${Number(start) + part.length - 1}/${entry.content.length}` }
    response.writeHead(faults.withoutRanges ? 200 : 206, { 'content-length': part.length, ...(faults.withoutRanges ? {} : range) })
    if (!faults.cuts) return response.end(part)
    faults.cuts -= 1
    return response.write(part.subarray(0, part.length / 2), () => setTimeout(() => response.destroy(), 20))
  }

  return {
    endpoint: version => ({
      version,
      url: version === 1 ? `${base()}/cache/` : `${base()}/`,
      token: TOKEN,
      readable: true,
      writable: true,
    }),
    entries,
    requests,
    put: (key, version, content) => void entries.push({ key, version, content, complete: true }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
