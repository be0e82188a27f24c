import assert from 'node:assert/strict'
import { Agent, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { ApiError, isNotFound, Unreachable } from '../../../src/kube/api-error.ts'
import { connect } from '../../../src/kube/connect.ts'
import { http1Transport } from '../../../src/kube/transport.ts'
import { fakeApiServer } from './fake-api-server.ts'

const signal = new AbortController().signal

test('a refusal carries the code, reason, message and causes of the Status', async () => {
  const body = {
    reason: 'Invalid',
    message: 'Thing "a" is invalid',
    details: { causes: [{ field: 'spec.size', message: 'Required value', reason: 'FieldValueRequired' }] },
  }
  await using server = await fakeApiServer({ 'GET /x': [{ code: 422, body }] })
  const error = await server.kube.request('GET', '/x', { signal }).catch((error: unknown) => error)
  assert.ok(error instanceof ApiError)
  assert.deepEqual([error.code, error.reason, error.why], [422, 'Invalid', 'Thing "a" is invalid'])
  assert.deepEqual(error.details, ['spec.size: Required value'])
})

test('Retry-After of a busy server is kept', async () => {
  await using server = await fakeApiServer({ 'GET /x': [{ code: 429, headers: { 'Retry-After': '7' }, body: {} }] })
  await assert.rejects(server.kube.request('GET', '/x', { signal }), { code: 429, retryAfter: 7 })
})

test('a 404 that is no JSON is not found all the same', async () => {
  await using server = await fakeApiServer({
    'GET /x': [{ code: 404, headers: { 'Content-Type': 'text/plain' }, body: '404 page not found' }],
  })
  await assert.rejects(server.kube.request('GET', '/x', { signal }), (error: unknown) => isNotFound(error))
})

test('a connection closed before the answer says that the server does not answer', async () => {
  await using server = await fakeApiServer({ 'GET /x': ['reset'] })
  await assert.rejects(server.kube.request('GET', '/x', { signal }), Unreachable)
})

test('a kept connection that the server closed in the meantime is replaced without a word', async () => {
  await using server = await fakeApiServer({ 'GET /x': [{ code: 200 }, 'reset', { code: 200, body: { again: true } }] })
  await server.kube.request('GET', '/x', { signal })
  assert.deepEqual(await server.kube.request('GET', '/x', { signal }), { again: true })
  assert.equal(server.requests.length, 3)
})

/** Over kept connections, to a server that answers the first request of each and hangs up on the next; with nothing to answer at all where `answers` is false. */
async function forgetfulServer() {
  const known = new Set<Socket>()
  const state = { answers: true }
  const server = createServer((request, response) => {
    const hangsUp = known.has(request.socket) || !state.answers
    known.add(request.socket)
    // Requests that overlap have a connection each.
    if (hangsUp) request.socket.destroy()
    else setImmediate(() => response.end('{}'))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const transport = http1Transport(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), new Agent({ keepAlive: true }))
  return {
    state,
    get: () => transport.exchange({ method: 'GET', path: '/x', headers: {}, content: undefined, signal, timeout: 5000 }),
    async [Symbol.asyncDispose]() {
      transport.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

test('where the server has closed all kept connections, a request is sent again over a new one', async () => {
  await using server = await forgetfulServer()
  await Promise.all([server.get(), server.get(), server.get()])
  assert.equal((await server.get()).code, 200)
})

test('a server that closes new connections too is told with the error of the network', async () => {
  await using server = await forgetfulServer()
  await Promise.all([server.get(), server.get()])
  server.state.answers = false
  await assert.rejects(server.get(), { code: 'ECONNRESET', message: 'socket hang up' })
})

test('a server that never answers is given up after the timeout', async () => {
  await using server = await fakeApiServer({ 'GET /x': ['silence'] })
  await assert.rejects(server.kube.request('GET', '/x', { signal, timeout: 0.05 }), { why: 'nothing came within 0.05 s' })
})

test('an abort ends a request with the reason of the signal', async () => {
  await using server = await fakeApiServer({ 'GET /x': ['silence'] })
  const stop = new AbortController()
  const asked = server.kube.request('GET', '/x', { signal: stop.signal })
  stop.abort(new Error('enough'))
  await assert.rejects(asked, { message: 'enough' })
})

test('query parameters without a value are left out', async () => {
  await using server = await fakeApiServer({ 'GET /x': [{ code: 200 }] })
  await server.kube.request('GET', '/x', { signal, query: { force: true, dryRun: undefined, name: 'a b' } })
  assert.deepEqual(server.requests, ['GET /x?force=true&name=a+b'])
})

test('after a 401 credentials are asked for again, once', async () => {
  await using server = await fakeApiServer({ 'GET /x': [{ code: 401 }, { code: 200, body: { ok: true } }] })
  assert.deepEqual(await server.kube.request('GET', '/x', { signal }), { ok: true })
})

test('nobody listening is told with the server and a remedy', async () => {
  const server = await fakeApiServer({})
  await server[Symbol.asyncDispose]()
  const error = await server.kube.request('GET', '/x', { signal }).catch((error: unknown) => error)
  assert.ok(error instanceof Unreachable)
  assert.match(error.what, /^the API server http:\/\/127\.0\.0\.1:\d+ does not answer$/)
  assert.match(error.why ?? '', /ECONNREFUSED/)
})

test('a context that is not in the kubeconfig is refused with those that are', async () => {
  await using server = await fakeApiServer({})
  await assert.rejects(connect(server.kubeconfig, 'nope'), { why: 'it has fake, other' })
  assert.equal((await connect(server.kubeconfig, 'other')).context, 'other')
})

test('a kubeconfig that is not there is named', async () => {
  await assert.rejects(connect('/nowhere/kubeconfig'), (error: unknown) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.what, 'kubeconfig /nowhere/kubeconfig cannot be read')
    assert.match(error.why ?? '', /ENOENT/)
    return true
  })
})
