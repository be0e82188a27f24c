/** The cache service's second protocol: Twirp with JSON, archives go to and come from Azure's blob storage by signed addresses. */
import { z } from 'zod'
import { Failure } from '../host/failure.ts'
import type { Clock } from '../host/retry.ts'
import type { Work } from '../host/work.ts'
import { sendBlocks } from './blocks.ts'
import { type Answer, type Connection, exchange, unexpected } from './exchange.ts'
import { type Archive, type CacheProtocol, ENTRY_VERSION } from './protocol.ts'

const SERVICE = 'twirp/github.actions.results.api.v1.CacheService'

/** What a token that may only read is told, at the beginning or inside of a message (actions/toolkit, CACHE_WRITE_DENIED_PREFIX). */
const DENIED = 'cache write denied:'

/** Twirp writes names as in the protocol's description; protobuf's own JSON has them in camel case, and both are to be understood. */
const found = z.object({
  ok: z.boolean().default(false),
  signed_download_url: z.string().optional(),
  signedDownloadUrl: z.string().optional(),
  matched_key: z.string().optional(),
  matchedKey: z.string().optional(),
})
const created = z.object({
  ok: z.boolean().default(false),
  signed_upload_url: z.string().optional(),
  signedUploadUrl: z.string().optional(),
  message: z.string().default(''),
})
const finalized = z.object({ ok: z.boolean().default(false), message: z.string().default('') })
const twirpError = z.object({ code: z.string().default(''), msg: z.string().default('') })

const PATIENCE = 300

export function version2({ url, token }: Connection, clock?: Clock): CacheProtocol {
  const call = (method: string, message: unknown, work: Work): Promise<Answer> =>
    exchange(
      {
        method: 'POST',
        // The host alone counts, as in the toolkit.
        url: new URL(`/${SERVICE}/${method}`, url).href,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(message),
      },
      work,
      clock,
    )
  return {
    async find([key = '', ...others], work) {
      const answer = await call('GetCacheEntryDownloadURL', { key, restore_keys: [key, ...others], version: ENTRY_VERSION }, work)
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw unexpected(url, answer)
      const { ok, ...said } = found.parse(JSON.parse(answer.text))
      const address = said.signed_download_url ?? said.signedDownloadUrl
      return ok && address ? { key: said.matched_key ?? said.matchedKey ?? key, url: address } : undefined
    },

    async save(key, archive, work) {
      const answer = await call('CreateCacheEntry', { key, version: ENTRY_VERSION }, work)
      const { code, msg } = twirpError.catch({ code: '', msg: '' }).parse(jsonIn(answer))
      if (answer.status === 409 || code === 'already_exists') return { outcome: 'there' }
      if (msg.includes(DENIED) || answer.status === 401 || answer.status === 403) return { outcome: 'refused', why: msg }
      if (answer.status !== 200) throw unexpected(url, answer)
      const { ok, message, ...said } = created.parse(jsonIn(answer))
      const address = said.signed_upload_url ?? said.signedUploadUrl
      if (message.includes(DENIED)) return { outcome: 'refused', why: message }
      if (!ok || !address) return { outcome: 'there' }
      await upload(address, archive, work, clock)
      const done = await call('FinalizeCacheEntryUpload', { key, version: ENTRY_VERSION, size_bytes: String(archive.bytes) }, work)
      const { ok: whole, message: why } = finalized.catch({ ok: false, message: '' }).parse(jsonIn(done))
      if (!whole)
        throw new Failure({
          what: `the cache service at ${new URL(url).host} did not take ${key}`,
          why: why || `it answered ${done.status}`,
        })
      return { outcome: 'saved' }
    },
  }
}

function jsonIn({ text }: Answer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** As a block blob: blocks by number, then the list of them. All ids have to be of one length. */
async function upload(address: string, archive: Archive, work: Work, clock?: Clock): Promise<void> {
  const idOf = (index: number) => Buffer.from(String(index).padStart(8, '0')).toString('base64')
  const put = async (parameters: string, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<void> => {
    const url = `${address}${address.includes('?') ? '&' : '?'}${parameters}`
    const answer = await exchange({ method: 'PUT', url, body, headers: { 'content-type': type }, patience: PATIENCE }, work, clock)
    if (answer.status > 299) throw unexpected(address, answer)
  }
  const ids: string[] = []
  await sendBlocks(archive, async ({ index, content }) => {
    ids[index] = idOf(index)
    await put(`comp=block&blockid=${encodeURIComponent(idOf(index))}`, content, 'application/octet-stream')
  })
  const list = ids.map(id => `<Latest>${id}</Latest>`).join('')
  await put('comp=blocklist', `<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`, 'application/xml')
}
