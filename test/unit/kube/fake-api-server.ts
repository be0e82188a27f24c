/** An API server's stand-in for faults that a real one can't be made to show on demand: answers by `METHOD path`, in order, the last one for good. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Work } from '../../../src/host/work.ts'
import { connect, type Kube } from '../../../src/kube/connect.ts'

export type Reply =
  | { readonly code: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Closes the connection without an answer. */
  | 'reset'
  /** Never answers. */
  | 'silence'

export interface FakeApiServer extends AsyncDisposable {
  readonly kube: Kube
  readonly kubeconfig: string
  /** `METHOD path?query` of every request, in order. */
  readonly requests: readonly string[]
  /** What was sent with them. */
  readonly bodies: readonly unknown[]
}

const CORE = {
  resources: [
    { name: 'configmaps', kind: 'ConfigMap', namespaced: true },
    { name: 'namespaces', kind: 'Namespace', namespaced: false },
  ],
}

export async function fakeApiServer(replies: Readonly<Record<string, readonly Reply[]>>): Promise<FakeApiServer> {
  const left = new Map(Object.entries({ 'GET /api/v1': [{ code: 200, body: CORE }], ...replies }).map(([key, list]) => [key, [...list]]))
  const requests: string[] = []
  const bodies: unknown[] = []
  const server = createServer(async (request, response) => {
    bodies.push(await bodyOf(request))
    requests.push(`${request.method} ${request.url}`)
    const list = left.get(`${request.method} ${request.url?.split('?')[0]}`) ?? [
      { code: 404, body: { reason: 'NotFound', message: 'no such path' } },
    ]
    answer(response, (list.length > 1 ? list.shift() : list[0]) ?? 'reset')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const directory = await mkdtemp(join(tmpdir(), 'fake-api-server-'))
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(kubeconfig, kubeconfigFor((server.address() as AddressInfo).port))
  const kube = await connect(kubeconfig)
  return {
    kube,
    kubeconfig,
    requests,
    bodies,
    async [Symbol.asyncDispose]() {
      kube.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await rm(directory, { recursive: true })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'silence') return
  if (reply === 'reset') {
    response.destroy()
    return
  }
  response.writeHead(reply.code, { 'Content-Type': 'application/json', ...reply.headers })
  response.end(JSON.stringify(reply.body ?? {}))
}

/** client-node takes plain http only where the cluster's certificate is not to be checked. */
export const kubeconfigFor = (port: number): string => `apiVersion: v1
kind: Config
clusters: [{name: fake, cluster: {server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true}}]
users: [{name: fake, user: {token: secret-token}}]
contexts: [{name: fake, context: {cluster: fake, user: fake}}, {name: other, context: {cluster: fake, user: fake}}]
current-context: fake
`

/** What functions under test are given to work with; phrases that were waited with are kept. */
export function quietWork(
  signal: AbortSignal = new AbortController().signal,
): Work & { readonly phrases: string[]; readonly lines: string[] } {
  const phrases: string[] = []
  const lines: string[] = []
  return { signal, phrases, lines, log: line => lines.push(line), waiting: phrase => phrases.push(phrase) }
}
