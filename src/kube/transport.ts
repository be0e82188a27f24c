/** Bytes to an API server and back: HTTP/2 over one connection where the server speaks it, else HTTP/1.1 over a few kept ones. */
import { type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, constants, type IncomingHttpHeaders } from 'node:http2'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

export interface RawRequest {
  readonly method: string
  /** With query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly content: Buffer | undefined
  readonly signal: AbortSignal
  /** ms without a byte after which it is given up. */
  readonly timeout: number
}

export interface RawAnswer {
  readonly code: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Transport {
  /** Rejects with the network's error, or the signal's reason. */
  exchange(request: RawRequest): Promise<RawAnswer>
  close(): void
}

/**
 * HTTP/2 for a TLS server that offers it. 500 objects by server-side apply took 0.6–0.9 s so, 32 at a time, against 0.7–1.5 s over
 * 24 HTTP/1.1 connections, with half of our own CPU time (measured on kind, 2 cores): handshakes, and one TLS record per chunk, cost more than the work.
 */
export const tlsTransport = (server: URL, tls: ConnectionOptions): Transport => reconnecting(onClose => openTls(server, tls, onClose))

/** One connection at a time, opened when needed; `open` calls back when its connection takes no more requests. */
export function reconnecting(open: (onClose: () => void) => Promise<Transport>): Transport {
  let current: Promise<Transport> | undefined
  const connection = () => {
    if (current) return current
    const opening: Promise<Transport> = open(() => forget(opening))
    current = opening
    opening.catch(() => forget(opening))
    return opening
  }
  const forget = (gone: Promise<Transport>) => {
    if (current === gone) current = undefined
  }
  return {
    async exchange(request) {
      request.signal.throwIfAborted()
      const used = current !== undefined
      try {
        return await (await connection()).exchange(request)
      } catch (error) {
        // A connection that was kept may have been closed by the server just now. All our requests may be sent twice.
        if (!used || request.signal.aborted || !isClosedConnection(error)) throw error
        return (await connection()).exchange(request)
      }
    },
    close: () => void current?.then(transport => transport.close()).catch(() => undefined),
  }
}

const CLOSED = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_INVALID_SESSION',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_STREAM_CANCEL',
  // REFUSED_STREAM and the like: the server lets go of a stream as it closes.
  'ERR_HTTP2_STREAM_ERROR',
])

const isClosedConnection = (error: unknown): boolean => error instanceof Error && 'code' in error && CLOSED.has(String(error.code))

async function openTls(server: URL, tls: ConnectionOptions, onClose: () => void): Promise<Transport> {
  const socket = await handshake(server, tls)
  if (socket.alpnProtocol === 'h2') return http2Transport(server, socket, onClose)
  socket.destroy()
  return http1Transport(server, new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS, ...tls }))
}

/** ms for a connection to come about. */
const CONNECT_TIMEOUT = 10_000

function handshake(server: URL, tls: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  const host = hostOf(server)
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const socket = connectTls({ host, port: portOf(server), ALPNProtocols: ['h2', 'http/1.1'], ...name, ...tls })
  socket.setNoDelay(true)
  socket.setTimeout(CONNECT_TIMEOUT, () => socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT / 1000} s`)))
  socket.once('error', reject)
  socket.once('secureConnect', () => {
    socket.setTimeout(0)
    socket.off('error', reject)
    resolve(socket)
  })
  return promise
}

/** Requests over one HTTP/2 connection; `onClose` when it takes no more. */
export function http2Transport(server: URL, socket: Socket, onClose: () => void): Transport {
  const session = connectHttp2(server.origin, { createConnection: () => socket })
  let active = 0
  session.on('close', onClose)
  session.on('goaway', onClose)
  // Each stream gets the error too, and rejects with it.
  session.on('error', onClose)
  session.unref()
  return {
    async exchange(request) {
      // An idle connection must not keep the process alive.
      if (active++ === 0) session.ref()
      try {
        return await exchangeHttp2(session, request)
      } finally {
        if (--active === 0) session.unref()
      }
    },
    close: () => session.close(),
  }
}

function exchangeHttp2(session: ClientHttp2Session, request: RawRequest): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const { method, path, headers, content, signal, timeout } = request
  const stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: content === undefined, signal })
  const chunks: Buffer[] = []
  let answer: IncomingHttpHeaders = {}
  stream.setTimeout(timeout, () => stream.destroy(timeoutError(timeout)))
  stream.on('response', received => {
    answer = received
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A connection that goes down in the middle of an answer ends it too, with a reset code and no error.
  stream.on('end', () => {
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) reject(closedError())
    else resolve({ code: Number(answer[':status']), headers: answer, text: Buffer.concat(chunks).toString('utf8') })
  })
  stream.on('error', error => reject(signal.aborted ? signal.reason : error))
  // A stream may be closed with neither 'end' nor 'error'; a settled promise stays as it is.
  stream.on('close', () => reject(signal.aborted ? signal.reason : closedError()))
  if (content) stream.end(content)
  return promise
}

/** Connections kept to a server that speaks no HTTP/2; more gained nothing. */
const CONNECTIONS = 24

/** HTTP/1.1 over an agent's connections: plain http, proxies, servers without HTTP/2. */
export function http1Transport(server: URL, agent: HttpAgent): Transport {
  return {
    async exchange(request) {
      try {
        return await exchangeHttp1(server, agent, request)
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error
        // What closed one kept connection has closed those beside it: without them the agent opens a new one.
        for (const socket of Object.values(agent.freeSockets).flatMap(idle => idle ?? [])) socket.destroy()
        return exchangeHttp1(server, agent, request).catch((again: unknown) => {
          throw again instanceof StaleConnection ? again.cause : again
        })
      }
    },
    close: () => agent.destroy(),
  }
}

/** A kept connection that the server had closed before it took the request; the cause is the network's error. */
class StaleConnection extends Error {}

function exchangeHttp1(server: URL, agent: HttpAgent, request: RawRequest): Promise<RawAnswer> {
  const { method, path, content, signal, timeout } = request
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const headers = { ...request.headers, ...(content ? { 'Content-Length': content.length } : {}) }
  const place = { protocol: server.protocol, host: hostOf(server), port: portOf(server) }
  const start = server.protocol === 'http:' ? httpRequest : httpsRequest
  const sent = start({ ...place, method, path, headers, agent, signal })
  const fail = (error: Error) => {
    if (signal.aborted) reject(signal.reason)
    else if (sent.reusedSocket && isClosedConnection(error)) reject(new StaleConnection(error.message, { cause: error }))
    else reject(error)
  }
  sent.setTimeout(timeout, () => sent.destroy(timeoutError(timeout)))
  sent.on('error', fail)
  sent.on('response', response => {
    read(response).then(text => resolve({ code: response.statusCode ?? 0, headers: response.headers, text }), fail)
  })
  sent.end(content)
  return promise
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const hostOf = (server: URL): string => server.hostname.replace(/^\[|\]$/g, '')
const portOf = (server: URL): number => Number(server.port) || (server.protocol === 'http:' ? 80 : 443)
const timeoutError = (timeout: number) => new Error(`nothing came within ${timeout / 1000} s`)
const closedError = () => Object.assign(new Error('the connection was closed before the answer was complete'), { code: 'ECONNRESET' })
