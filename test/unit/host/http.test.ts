import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchJson, fetchText, type HttpOptions } from '../../../src/host/http.ts'
import { HttpFailure } from '../../../src/host/http-failure.ts'
import { body, cut, failureOf, fakeClock, hangUp, type Routes, rememberingWork, serve, stall, status } from './fault-server.ts'

const hosts = ['github.com', 'api.github.com', 'dl.k8s.io']

/** Asks a server with `routes`, which stands in for every download host, for `url`. */
async function ask(routes: Routes, url: string, options: HttpOptions = {}) {
  await using server = await serve(routes)
  const clock = fakeClock()
  const work = rememberingWork()
  const mirrors = Object.fromEntries(hosts.map(host => [host, server.base]))
  const result: { text?: string; error?: unknown } = await fetchText(url, work, { mirrors, clock, ...options }).then(
    text => ({ text }),
    (error: unknown) => ({ error }),
  )
  return { ...result, clock, work, base: server.base, requests: server.requests }
}

/** The failure's texts, with the server's address as `SERVER`. */
async function failing(routes: Routes, url: string, options: HttpOptions = {}) {
  const { base, ...asked } = await ask(routes, url, options)
  assert.equal(asked.text, undefined)
  const { what, why, remedy } = await failureOf(Promise.reject(asked.error))
  return { texts: { what: what.replaceAll(base, 'SERVER'), why, remedy }, ...asked }
}

test('the text of a good answer is returned, and nothing is waited for', async () => {
  const { text, clock, requests } = await ask({ '/release/stable.txt': body('v1.36.0\n') }, 'https://dl.k8s.io/release/stable.txt')
  assert.equal(text, 'v1.36.0\n')
  assert.deepEqual(clock.sleeps, [])
  assert.equal(requests.length, 1)
})

test('500 twice and then a good answer is a good answer, after 1 and 2 seconds', async () => {
  const { text, clock, work } = await ask({ '/f': [status(500), status(500), body('there')] }, 'https://github.com/f')
  assert.equal(text, 'there')
  assert.deepEqual(clock.sleeps, [1, 2])
  assert.deepEqual(work.phrases, [
    'the server answered 500 Internal Server Error, trying again in 1 s (2 of 5)',
    'the server answered 500 Internal Server Error, trying again in 2 s (3 of 5)',
  ])
})

test('a server that stays unavailable fails after five attempts and says so', async () => {
  const { texts, clock, error } = await failing({ '/f': status(503) }, 'https://github.com/f', { subject: 'kind v0.32.0' })
  assert.deepEqual(texts, {
    what: 'kind v0.32.0: SERVER/f could not be downloaded',
    why: 'the server answered 503 Service Unavailable, 5 attempts',
    remedy: 'see whether the download mirror for github.com works',
  })
  assert.deepEqual(clock.sleeps, [1, 2, 4, 8])
  assert.ok(error instanceof HttpFailure)
  assert.equal(error.status, 503)
  assert.equal(error.details.length, 5)
})

test('404 is not tried again', async () => {
  const { texts, requests } = await failing({}, 'https://github.com/f')
  assert.deepEqual(texts, {
    what: 'SERVER/f could not be downloaded',
    why: 'the server answered 404 Not Found',
    remedy: 'see whether the download mirror for github.com has this file',
  })
  assert.equal(requests.length, 1)
})

test('403 of a download host is not tried again', async () => {
  const { texts, requests } = await failing({ '/f': status(403) }, 'https://github.com/f')
  assert.deepEqual(texts, {
    what: 'SERVER/f could not be downloaded',
    why: 'the server answered 403 Forbidden',
    remedy: 'see whether the download mirror for github.com and the proxies on the way let this machine in',
  })
  assert.equal(requests.length, 1)
})

test('403 of the GitHub API tells to set a token', async () => {
  const { texts } = await failing({ '/repos': status(403) }, 'https://api.github.com/repos')
  assert.deepEqual(texts, {
    what: 'SERVER/repos could not be downloaded',
    why: 'the server answered 403 Forbidden',
    remedy: 'set github-token: without one, GitHub allows 60 requests an hour from one address',
  })
})

test('a used-up rate limit that ends soon is waited for', async () => {
  const reset = String(Date.UTC(2026, 0, 1) / 1000 + 40)
  const limited = status(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })
  const { text, clock } = await ask({ '/repos': [limited, body('[]')] }, 'https://api.github.com/repos')
  assert.equal(text, '[]')
  assert.deepEqual(clock.sleeps, [40])
})

test('429 waits as many seconds as Retry-After says', async () => {
  const { text, clock } = await ask({ '/f': [status(429, { 'retry-after': '7' }), body('there')] }, 'https://github.com/f')
  assert.equal(text, 'there')
  assert.deepEqual(clock.sleeps, [7])
})

test('429 waits until the date that Retry-After names', async () => {
  const { text, clock } = await ask(
    { '/f': [status(429, { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }), body('there')] },
    'https://github.com/f',
  )
  assert.equal(text, 'there')
  assert.deepEqual(clock.sleeps, [30])
})

test('a server that asks for more patience than the limit is not waited for', async () => {
  const { texts, clock } = await failing({ '/f': status(429, { 'retry-after': '3600' }) }, 'https://github.com/f')
  assert.deepEqual(texts, {
    what: 'SERVER/f could not be downloaded',
    why: 'the server answered 429 Too Many Requests and asks to wait 3600 s',
    remedy: 'see whether the download mirror for github.com works',
  })
  assert.deepEqual(clock.sleeps, [])
})

test('a connection that is dropped before the answer is tried again', async () => {
  const { text } = await ask({ '/f': [hangUp, body('there')] }, 'https://github.com/f')
  assert.equal(text, 'there')
})

test('an answer that is cut off is tried again, and never returned', async () => {
  const { texts } = await failing({ '/f': cut('0123456789') }, 'https://github.com/f', { attempts: 2 })
  assert.equal(texts.why, '127.0.0.1 closed the connection, 2 attempts')
  const { text } = await ask({ '/f': [cut('0123456789'), body('0123456789')] }, 'https://github.com/f')
  assert.equal(text, '0123456789')
})

test('an answer that falls silent is given up and tried again', async () => {
  const { texts } = await failing({ '/f': stall('0123456789') }, 'https://github.com/f', { attempts: 2, silence: 0.05 })
  assert.equal(texts.why, 'no data came for 0.05 s, 2 attempts')
})

test('a server that never answers is given up', async () => {
  const { texts } = await failing({ '/f': () => {} }, 'https://github.com/f', { attempts: 1, silence: 0.05 })
  assert.equal(texts.why, 'no data came for 0.05 s')
})

test('a refused connection names the host', async () => {
  const server = await serve()
  await server[Symbol.asyncDispose]()
  assert.deepEqual(await failureOf(fetchText(`${server.base}/f`, rememberingWork(), { attempts: 2, clock: fakeClock() })), {
    what: `${server.base}/f could not be downloaded`,
    why: '127.0.0.1 refused the connection, 2 attempts',
    remedy: `try again later, or set a download mirror for ${new URL(server.base).host}`,
  })
})

test('a host name that does not resolve is named', async t => {
  const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND dl.k8s.io'), { code: 'ENOTFOUND' })
  t.mock.method(globalThis, 'fetch', () => Promise.reject(new TypeError('fetch failed', { cause: unknown })))
  assert.deepEqual(await failureOf(fetchText('https://dl.k8s.io/f', rememberingWork(), { attempts: 1 })), {
    what: 'https://dl.k8s.io/f could not be downloaded',
    why: 'the host name dl.k8s.io does not resolve',
    remedy: 'try again later, or set a download mirror for dl.k8s.io',
  })
})

test('redirects are followed', async () => {
  const { text } = await ask({ '/f': status(302, { location: '/g' }), '/g': body('there') }, 'https://github.com/f')
  assert.equal(text, 'there')
})

test('an abort ends a running request with the reason of the signal', async () => {
  await using server = await serve({ '/f': () => {} })
  const stop = new AbortController()
  const asked = fetchText(`${server.base}/f`, rememberingWork(stop.signal))
  setTimeout(() => stop.abort(new Error('stopped by test')), 20)
  await assert.rejects(asked, { message: 'stopped by test' })
})

test('an abort ends the wait before the next attempt', async () => {
  await using server = await serve({ '/f': status(429, { 'retry-after': '60' }) })
  const stop = new AbortController()
  const work = { ...rememberingWork(stop.signal), waiting: () => stop.abort(new Error('stopped by test')) }
  await assert.rejects(fetchText(`${server.base}/f`, work), { message: 'stopped by test' })
})

test('the token goes to no mirror and stays out of log and error', async () => {
  const { requests, texts, work } = await failing({ '/repos': status(500) }, 'https://api.github.com/repos', { token: 'ghs_secret' })
  assert.deepEqual(
    requests.map(request => request.headers.authorization),
    Array(5).fill(undefined),
  )
  assert.doesNotMatch(JSON.stringify([texts, work.lines, work.phrases]), /ghs_secret/)
})

test('the token goes to api.github.com and to no other host', async t => {
  const sent: unknown[] = []
  t.mock.method(globalThis, 'fetch', async (url: string, init: RequestInit) => {
    sent.push([url, new Headers(init.headers).get('authorization')])
    return new Response('ok')
  })
  const options = { token: 'ghs_secret' }
  await fetchText('https://api.github.com/repos', rememberingWork(), options)
  await fetchText('https://github.com/f', rememberingWork(), options)
  await fetchText('https://api.github.com/repos', rememberingWork(), { token: '' })
  assert.deepEqual(sent, [
    ['https://api.github.com/repos', 'Bearer ghs_secret'],
    ['https://github.com/f', null],
    ['https://api.github.com/repos', null],
  ])
})

test('a token that GitHub refuses is named as such', async t => {
  t.mock.method(globalThis, 'fetch', async () => new Response('', { status: 401, statusText: 'Unauthorized' }))
  assert.deepEqual(await failureOf(fetchText('https://api.github.com/repos', rememberingWork(), { token: 'ghs_other_server' })), {
    what: 'https://api.github.com/repos could not be downloaded',
    why: 'the server answered 401 Unauthorized',
    remedy: 'github-token is not valid on github.com: set one that is, or none',
  })
})

test('a certificate that is not trusted is not tried again', async t => {
  const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  t.mock.method(globalThis, 'fetch', () => Promise.reject(new TypeError('fetch failed', { cause: untrusted })))
  assert.deepEqual(await failureOf(fetchText('https://dl.k8s.io/f', rememberingWork())), {
    what: 'https://dl.k8s.io/f could not be downloaded',
    why: 'the certificate of dl.k8s.io is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT',
    remedy: 'set NODE_EXTRA_CA_CERTS to the certificate authority of dl.k8s.io, if it is your own',
  })
})

test('user and password of a mirror are sent, and shown nowhere', async () => {
  await using server = await serve({ '/m/f': status(404) })
  const work = rememberingWork()
  const mirrors = { 'github.com': server.base.replace('//', '//me:se%20cret@') + '/m/' }
  const texts = await failureOf(fetchText('https://github.com/f', work, { mirrors }))
  assert.equal(texts.what, `${server.base}/m/f could not be downloaded`)
  assert.equal(server.requests[0]?.headers.authorization, `Basic ${Buffer.from('me:se cret').toString('base64')}`)
})

test('JSON is parsed; what is not JSON is an error that shows its beginning', async () => {
  await using server = await serve({ '/good': body('{"a":1}'), '/bad': body('<html>log in</html>') })
  const mirrors = { 'dl.k8s.io': server.base }
  assert.deepEqual(await fetchJson('https://dl.k8s.io/good', rememberingWork(), { mirrors }), { a: 1 })
  assert.deepEqual(await failureOf(fetchJson('https://dl.k8s.io/bad', rememberingWork(), { mirrors, subject: 'kubectl' })), {
    what: `kubectl: ${server.base}/bad is not JSON`,
    why: 'it begins with "<html>log in</html>"',
    remedy: 'see whether a proxy or the download mirror for dl.k8s.io answers in its place',
  })
})
