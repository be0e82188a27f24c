import assert from 'node:assert/strict'
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { http2Transport, reconnecting, type Transport } from '../../../src/kube/transport.ts'

interface H2 extends AsyncDisposable {
  readonly transport: Transport
  readonly sessions: ServerHttp2Session[]
}

/** A server of HTTP/2 without TLS: echoes what it is sent, `/silence` never answers, `/cut` ends in the middle. */
async function http2Server(): Promise<H2> {
  const sessions: ServerHttp2Session[] = []
  const server: Http2Server = createServer()
  server.on('session', session => sessions.push(session))
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    if (headers[':path'] === '/silence') return
    stream.respond({ ':status': 200, 'content-type': 'application/json', 'x-method': String(headers[':method']) })
    if (headers[':path'] === '/cut') {
      stream.write('half', () => stream.session?.destroy())
      return
    }
    stream.pipe(stream)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const transport = reconnecting(async onClose => {
    const socket = connect(Number(url.port), url.hostname)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return http2Transport(url, socket, onClose)
  })
  return {
    transport,
    sessions,
    async [Symbol.asyncDispose]() {
      transport.close()
      for (const session of sessions) session.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const request = (path: string, more: { content?: string; signal?: AbortSignal; timeout?: number } = {}) => ({
  method: 'PATCH',
  path,
  headers: { accept: 'application/json' },
  content: Buffer.from(more.content ?? '{}'),
  signal: more.signal ?? new AbortController().signal,
  timeout: more.timeout ?? 5000,
})

test('many requests share one HTTP/2 connection, and each gets its own answer', async () => {
  await using server = await http2Server()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => server.transport.exchange(request('/echo', { content: `{"n":${index}}` }))),
  )
  assert.deepEqual(
    answers.map(({ text }) => text),
    Array.from({ length: 50 }, (_, index) => `{"n":${index}}`),
  )
  assert.equal(answers[0]?.headers['x-method'], 'PATCH')
  assert.equal(server.sessions.length, 1)
})

test('a connection that the server closed in the meantime is replaced', async () => {
  await using server = await http2Server()
  await server.transport.exchange(request('/echo'))
  server.sessions[0]?.destroy()
  assert.equal((await server.transport.exchange(request('/echo'))).code, 200)
  assert.equal(server.sessions.length, 2)
})

test('after a GOAWAY the next request goes over a new connection', async () => {
  await using server = await http2Server()
  await server.transport.exchange(request('/echo'))
  server.sessions[0]?.goaway()
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.equal((await server.transport.exchange(request('/echo'))).code, 200)
  assert.equal(server.sessions.length, 2)
})

test('an answer that is cut off is an error, not half an answer', async () => {
  await using server = await http2Server()
  await assert.rejects(server.transport.exchange(request('/cut')))
})

test('an abort ends a request and leaves the connection to the others', async () => {
  await using server = await http2Server()
  const stop = new AbortController()
  const silent = server.transport.exchange(request('/silence', { signal: stop.signal }))
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await assert.rejects(silent, { message: 'enough' })
  assert.equal((await server.transport.exchange(request('/echo'))).code, 200)
  assert.equal(server.sessions.length, 1)
})

test('a request without an answer is given up after its time', async () => {
  await using server = await http2Server()
  await assert.rejects(server.transport.exchange(request('/silence', { timeout: 50 })), { message: 'nothing came within 0.05 s' })
})

test('a server that is not there is asked anew each time', async () => {
  let opened = 0
  const transport = reconnecting(() => {
    opened++
    return Promise.reject(new Error('connect ECONNREFUSED'))
  })
  await assert.rejects(transport.exchange(request('/x')), { message: 'connect ECONNREFUSED' })
  await assert.rejects(transport.exchange(request('/x')), { message: 'connect ECONNREFUSED' })
  assert.equal(opened, 2)
})
