/**
 * The process that serves what the test environment built: downloads under upstream's hosts and paths, on 127.0.0.1, and images under
 * upstream's names, on all addresses, because nodes reach it through the gateways of their networks. Both make the faults they are told to.
 *
 *     node server.ts CATALOGUE-FILE STATE-FILE DOWNLOADS-PORT IMAGES-PORT
 *
 * It writes the ports it got into the state file when it listens; a port that is taken is replaced by a free one.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../../src/host/failure.ts'
import { writeJson } from '../cache.ts'
import { identify } from '../processes.ts'
import { answer, type Catalogue } from './catalogue.ts'
import { type Fault, falsifyChecksums, faultsSchema, takeFault } from './faults.ts'
import { registryAnswer } from './registry.ts'

/** One request, as `GET /_requests` tells it. */
export interface RequestRecord {
  readonly time: string
  readonly server: 'downloads' | 'images'
  readonly method: string
  readonly path: string
  readonly status: number
  /** What of the fault that was made, if one was. */
  readonly fault?: Fault
}

/** What the state file says. */
export interface ServerState {
  readonly process: { readonly pid: number; readonly started: string }
  readonly downloads: number
  readonly images: number
  /** The version of the server's own code. */
  readonly code: string
}

/** Requests that are remembered. */
const REMEMBERED = 2000

/** What is sent for one request. */
interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: { readonly file: string } | { readonly text: string; readonly checksum: boolean }
}

const [catalogueFile = '', stateFile = '', downloadsPort = '0', imagesPort = '0', code = ''] = process.argv.slice(2)

let faults: readonly Fault[] = []
let requests: RequestRecord[] = []

let catalogue: { readonly stamp: number; readonly value: Catalogue } | undefined

/** The catalogue as it is now: `up` and `build` replace the file while the server runs. */
function currentCatalogue(): Catalogue {
  const stamp = statSync(catalogueFile).mtimeMs
  if (catalogue?.stamp !== stamp) catalogue = { stamp, value: JSON.parse(readFileSync(catalogueFile, 'utf8')) as Catalogue }
  return catalogue.value
}

const digests = new Map<string, Promise<string>>()

/** What is served never changes under its name, so each file is hashed once. */
function digest(file: string, algorithm: 'sha256' | 'sha512'): Promise<string> {
  const key = `${algorithm} ${file}`
  const known = digests.get(key) ?? pipeline(createReadStream(file), createHash(algorithm).setEncoding('hex'), drain)
  digests.set(key, known)
  known.catch(() => digests.delete(key))
  return known
}

async function drain(hash: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const part of hash) text += String(part)
  return text
}

const json = (status: number, value: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: { text: JSON.stringify(value), checksum: false },
})

async function downloadReply(path: string): Promise<Reply> {
  const { port } = downloads.address() as AddressInfo
  const found = await answer(currentCatalogue(), path, `http://127.0.0.1:${port}`, digest)
  if (found.kind === 'file') return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: { file: found.file } }
  if (found.kind === 'text')
    return { status: 200, headers: { 'content-type': found.type }, body: { text: found.text, checksum: found.checksum } }
  if (found.kind === 'redirect') return { ...json(302, {}), headers: { location: found.to } }
  return json(404, { message: 'Not Found', path })
}

async function imageReply(method: string, path: string): Promise<Reply> {
  const found = registryAnswer(currentCatalogue().images, method, path)
  const version = { 'docker-distribution-api-version': 'registry/2.0' }
  if (found.kind === 'empty') return { ...json(200, {}), headers: { ...version, 'content-type': 'application/json' } }
  if (found.kind === 'tags') return json(200, { name: found.name, tags: found.tags })
  if (found.kind === 'error') return json(found.status, { errors: [{ code: found.code, message: found.message }] })
  const headers = { ...version, 'docker-content-digest': found.digest, etag: `"${found.digest}"` }
  if (!found.manifest)
    return { status: 200, headers: { ...headers, 'content-type': 'application/octet-stream' }, body: { file: found.file } }
  const text = await readFile(found.file, 'utf8')
  const { mediaType } = JSON.parse(text) as { mediaType: string }
  return { status: 200, headers: { ...headers, 'content-type': mediaType }, body: { text, checksum: true } }
}

/** `PUT /_faults`, `GET /_faults`, `DELETE /_faults`, `GET /_requests`, `DELETE /_requests`. */
async function control(request: IncomingMessage, path: string): Promise<Reply> {
  const action = `${request.method} ${path}`
  if (action === 'GET /_faults') return json(200, faults)
  if (action === 'GET /_requests') return json(200, requests)
  if (action === 'DELETE /_requests') requests = []
  else if (action === 'DELETE /_faults') faults = []
  else if (action === 'PUT /_faults') {
    const parsed = faultsSchema.safeParse(await new Response(Readable.toWeb(request) as ReadableStream).json())
    if (!parsed.success) return json(400, { message: parsed.error.message })
    faults = parsed.data
  } else return json(404, { message: 'Not Found' })
  return json(200, {})
}

async function serve(server: RequestRecord['server'], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET'
  const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
  if (server === 'downloads' && path.startsWith('/_')) return send(request, response, await control(request, path), undefined)
  const { fault, left } = takeFault(faults, path)
  faults = left
  const reply =
    fault?.status === undefined
      ? await (server === 'downloads' ? downloadReply(path) : imageReply(method, path))
      : faulty(fault.status, fault)
  const record = { time: new Date().toISOString(), server, method, path, status: reply.status }
  requests = [...requests.slice(1 - REMEMBERED), fault ? { ...record, fault } : record]
  await send(request, response, reply, fault)
}

const faulty = (status: number, fault: Fault): Reply => {
  const reply = json(status, { message: `a fault that was asked for: ${status}` })
  return fault.retryAfter === undefined ? reply : { ...reply, headers: { ...reply.headers, 'retry-after': String(fault.retryAfter) } }
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply, fault: Fault | undefined): Promise<void> {
  const text =
    'text' in reply.body
      ? Buffer.from(fault?.checksum && reply.body.checksum ? falsifyChecksums(reply.body.text) : reply.body.text)
      : undefined
  const size = 'file' in reply.body ? statSync(reply.body.file).size : (text?.length ?? 0)
  const part = reply.status === 200 && 'file' in reply.body ? range(request.headers.range, size) : undefined
  const [from, to] = part ?? [0, size - 1]
  response.writeHead(part ? 206 : reply.status, {
    ...reply.headers,
    'content-length': String(to - from + 1),
    ...(part ? { 'content-range': `bytes ${from}-${to}/${size}` } : {}),
    ...('file' in reply.body ? { 'accept-ranges': 'bytes' } : {}),
  })
  if (request.method === 'HEAD') return void response.end()
  if (fault?.stall !== undefined) {
    response.flushHeaders()
    if (fault.stall === true) return // until the other side gives up
    await delay(fault.stall * 1000)
  }
  const last = fault?.cut ? from + Math.floor((to - from) / 2) : to
  const body =
    'file' in reply.body
      ? createReadStream(reply.body.file, { start: from, end: Math.max(from, last) })
      : Readable.from([text?.subarray(0, last + 1) ?? ''])
  const falsify = fault?.checksum && 'file' in reply.body
  await pipeline(falsify ? Readable.from(withFirstByteChanged(body)) : body, response, { end: !fault?.cut })
  if (fault?.cut) response.destroy()
}

async function* withFirstByteChanged(body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let first = true
  for await (const chunk of body) {
    if (first && chunk.length > 0) chunk[0] = (chunk[0] ?? 0) ^ 0xff
    first = false
    yield chunk
  }
}

/** The bytes that a Range header asks for, first and last; undefined for all. */
function range(header: string | undefined, size: number): [number, number] | undefined {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || Number(from) >= size) return undefined
  return [Number(from), to ? Math.min(Number(to), size - 1) : size - 1]
}

const listener = (server: RequestRecord['server']) =>
  createServer((request, response) => {
    serve(server, request, response).catch(error => {
      if (!response.headersSent) response.writeHead(500).end(messageOf(error))
      else response.destroy()
    })
  })

const downloads = listener('downloads')
const images = listener('images')

function listen(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && port !== 0) resolve(listen(server, 0, host))
    else reject(error)
  })
  server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  return promise
}

const ports = {
  downloads: await listen(downloads, Number(downloadsPort), '127.0.0.1'),
  images: await listen(images, Number(imagesPort), '0.0.0.0'),
}
await writeJson(stateFile, { process: identify(process.pid), ...ports, code } satisfies Omit<ServerState, 'process'> & { process: unknown })
