import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { choosePod } from '../../../src/kube/forward-target.ts'
import { openWay, type Tunnel, tunnelsThrough } from '../../../src/kube/port-forward.ts'
import type { Way } from '../../../src/manifests/way.ts'
import { fakeApiServer, kubeconfigFor, quietWork, type Reply } from './fake-api-server.ts'
import { webSocketServer } from './web-socket-server.ts'

const way: Way = { kind: 'Service', namespace: 'web', name: 'hello', local: 0, port: 80 }
const resources = {
  resources: [
    { name: 'services', kind: 'Service', namespaced: true },
    { name: 'pods', kind: 'Pod', namespaced: true },
  ],
}
const service = { metadata: { name: 'hello' }, spec: { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 'http' }] } }
const pod = (name: string, { ready = true, phase = 'Running', created = '2026-01-01T00:00:00Z', deleted = false } = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, creationTimestamp: created, ...(deleted ? { deletionTimestamp: created } : {}) },
  spec: { containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] },
  status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})
const pods = (...items: readonly object[]): Reply => ({ code: 200, body: { items } })
const server = (...lists: readonly Reply[]) =>
  fakeApiServer({
    'GET /api/v1': [{ code: 200, body: resources }],
    'GET /api/v1/namespaces/web/services/hello': [{ code: 200, body: service }],
    'GET /api/v1/namespaces/web/pods': lists,
  })
/** Says where it leads to, and ends. */
const telling: Tunnel = async ({ namespace, pod, port }, socket) => void socket.end(`${namespace}/${pod}:${port}`)

async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tunnels-'))
})
after(() => rm(folder, { recursive: true }))

/** With the ports that its API server hands connections on to. */
async function tunnelsTo(port: number): Promise<Tunnel> {
  const file = join(folder, String(port))
  await writeFile(file, kubeconfigFor(port))
  return tunnelsThrough(file, 'fake')
}

const WEB = Buffer.from([0x1f, 0x90])

test('what is sent comes to the port of the pod and what it answers comes back, however much, and its end ends the connection', async () => {
  const long = Buffer.alloc(3_000_000, 'x')
  const asked: string[] = []
  await using node = await webSocketServer(({ path, send, close }) => {
    asked.push(path)
    send(0, WEB)
    send(1, WEB)
    let size = 0
    return (_, data) => {
      size += data.length
      if (size < long.length) return
      send(0, Buffer.from(`${size} bytes `))
      send(0, long)
      close()
    }
  })
  await using api = await server(pods(pod('a')))
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel: await tunnelsTo(node.port) }, quietWork())
  const client = connect(opened.port, '127.0.0.1')
  client.write(long)
  let text = ''
  for await (const chunk of client) text += chunk
  opened.close()
  assert.deepEqual(asked, ['/api/v1/namespaces/web/pods/a/portforward?ports=8080'])
  assert.equal(text.length, '3000000 bytes '.length + long.length)
  assert.match(text, /^3000000 bytes x/)
})

test('what a node says of a port is heard, and a client that goes ends its tunnel', async () => {
  const came = Promise.withResolvers<void>()
  const ends: Promise<void>[] = []
  await using node = await webSocketServer(({ send, close, closed }) => {
    ends.push(closed)
    send(1, WEB)
    if (ends.length === 1) {
      send(1, Buffer.from('dial tcp4 127.0.0.1:8080: connect: connection refused'))
      close()
    }
    return () => came.resolve()
  })
  await using api = await server(pods(pod('a')))
  const work = quietWork()
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel: await tunnelsTo(node.port) }, work)
  assert.equal(await ask(opened.port), '')
  assert.deepEqual(work.lines, ['hello: nothing listens on port 8080 of pod a'])
  const client = connect(opened.port, '127.0.0.1')
  client.write('x')
  await came.promise
  client.destroy()
  await ends[1]
  opened.close()
})

test('the pod is one that is ready, the newest; one that only runs where none is; never one that goes or has ended', () => {
  const old = pod('old')
  const fresh = pod('fresh', { created: '2026-02-01T00:00:00Z' })
  const unready = pod('unready', { ready: false })
  const going = pod('going', { deleted: true })
  assert.equal(choosePod([old, fresh, unready, going])?.metadata.name, 'fresh')
  assert.equal(choosePod([old, fresh], 'old')?.metadata.name, 'old')
  assert.equal(choosePod([unready, going])?.metadata.name, 'unready')
  assert.equal(choosePod([going, pod('done', { phase: 'Succeeded' })]), undefined)
})

test('each connection finds its pod by the labels of the Service, at the port that it calls by a name', async () => {
  await using api = await server(pods(pod('a')))
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel: telling }, quietWork())
  assert.equal(await ask(opened.port), 'web/a:8080')
  opened.close()
  assert.match(api.requests.at(-1) ?? '', /labelSelector=app%3Dhello/)
})

test('a pod that has gone is said once, and the port stays', async () => {
  await using api = await server(pods(pod('a')), pods(pod('b')))
  const work = quietWork()
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel: telling }, work)
  assert.deepEqual([await ask(opened.port), await ask(opened.port), await ask(opened.port)], ['web/a:8080', 'web/b:8080', 'web/b:8080'])
  opened.close()
  assert.deepEqual(work.lines, ['hello: pod a is gone, connected to b'])
})

test('a connection waits for a pod that is coming back, which is said once', async () => {
  await using api = await server(pods(), pods(pod('a', { deleted: true })), pods(pod('b')))
  const work = quietWork()
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel: telling }, work)
  assert.equal(await ask(opened.port), 'web/b:8080')
  opened.close()
  assert.deepEqual(work.lines, ['hello: no pod of service hello in web runs, connections wait for one'])
})

test('a pod that goes between being found and being reached is looked for again', async () => {
  await using api = await server(pods(pod('a')), pods(pod('b')))
  const work = quietWork()
  const tunnel: Tunnel = (target, socket, complain) =>
    target.pod === 'a' ? Promise.reject(new Error('Unexpected server response: 404')) : telling(target, socket, complain)
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel }, work)
  assert.equal(await ask(opened.port), 'web/b:8080')
  opened.close()
  assert.deepEqual(work.lines, ['hello: pod a cannot be reached: Unexpected server response: 404', 'hello: pod a is gone, connected to b'])
})

test('a port that nothing listens on is said in a few words, once', async () => {
  await using api = await server(pods(pod('a')))
  const work = quietWork()
  const tunnel: Tunnel = async (_, socket, complain) => {
    complain(
      'error forwarding port 8080 to pod 1b: failed to connect to localhost:8080: dial tcp4 127.0.0.1:8080: connect: connection refused',
    )
    socket.end()
  }
  const opened = await openWay(way, 'hello', { kube: api.kube, tunnel }, work)
  await ask(opened.port)
  await ask(opened.port)
  opened.close()
  assert.deepEqual(work.lines, ['hello: nothing listens on port 8080 of pod a'])
})

test('closing ends what is open, and frees the port', async () => {
  await using api = await server(pods(pod('a')))
  const taken = Promise.withResolvers<Socket>()
  const tunnel: Tunnel = async (_, socket) => taken.resolve(socket)
  const cluster = { kube: api.kube, tunnel }
  const opened = await openWay(way, 'hello', cluster, quietWork())
  await assert.rejects(openWay({ ...way, local: opened.port }, 'hello', cluster, quietWork()), { code: 'EADDRINUSE' })
  const client = connect(opened.port, '127.0.0.1')
  await taken.promise
  opened.close()
  await once(client, 'close')
  const again = await openWay({ ...way, local: opened.port }, 'hello', cluster, quietWork())
  again.close()
})
