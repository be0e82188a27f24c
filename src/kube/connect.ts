/**
 * Talking to an API server: this room connects, applies objects, waits for what they should become, and explains what did not come.
 *
 * Kubeconfig and credentials are `@kubernetes/client-node`'s work, requests are our own: its typed apply drops fields that its
 * generated models don't know, without a word, and knows no field validation (measured on 2.0.1).
 */
import { access } from 'node:fs/promises'
import { Agent as HttpAgent } from 'node:http'
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions as RequestOptionsOfNode } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { Failure, messageOf } from '../host/failure.ts'
import { type AllowedContexts, requireAllowed } from './allowed-contexts.ts'
import { ApiError, type Status, Unreachable } from './api-error.ts'
import { Discovery } from './discovery.ts'
import type { Reference } from './objects.ts'
import { http1Transport, type RawAnswer, type Transport, tlsTransport } from './transport.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface RequestOptions {
  readonly signal: AbortSignal
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  /** Seconds without a byte after which the request is given up. Default 60. */
  readonly timeout?: number
}

export interface Answer<T> {
  readonly code: number
  /** The API server's clock when it answered, in ms since 1970. */
  readonly date: number
  /** Parsed JSON, or text where the answer is no JSON (logs). */
  readonly body: T
}

export interface Kube {
  /** `https://127.0.0.1:6443` */
  readonly server: string
  readonly context: string
  readonly discovery: Discovery
  /** @throws ApiError when the API server refuses, Unreachable when it does not answer, the signal's reason when aborted. */
  send<T>(method: Method, path: string, options: RequestOptions): Promise<Answer<T>>
  /** The body of the answer to `send`. `T` is what the caller knows the API to answer; it is not checked. */
  request<T>(method: Method, path: string, options: RequestOptions): Promise<T>
  /** Told which objects an apply is about to make that are not there yet: see `notingNew`. */
  readonly noteNew?: (objects: readonly Reference[]) => Promise<void>
  /** Closes idle connections. */
  close(): void
}

/** For a cluster that stays: each object is noted before it is made. */
export const notingNew = (kube: Kube, noteNew: NonNullable<Kube['noteNew']>): Kube => ({ ...kube, noteNew })

/**
 * Reads a kubeconfig and makes ready to talk to the cluster of `context` (the current context by default). Nothing is sent yet.
 * @throws Failure for a file that cannot be read, a context that is not in it or not `allowed`, and credentials that cannot be had.
 */
export async function connect(kubeconfigFile: string, context?: string, allowed?: AllowedContexts): Promise<Kube> {
  const config = await loadKubeconfig(kubeconfigFile, context)
  const cluster = config.getCurrentCluster()
  if (!cluster) {
    throw new Failure({ what: `kubeconfig ${kubeconfigFile} has no cluster for context ${config.currentContext}`, where: kubeconfigFile })
  }
  if (allowed) requireAllowed({ context: config.currentContext, cluster: cluster.name }, allowed)
  const server = new URL(cluster.server)
  let line = await openLine(config, server, cluster.proxyUrl !== undefined)

  async function send<T>(method: Method, path: string, options: RequestOptions): Promise<Answer<T>> {
    try {
      return await exchange<T>(server, line, method, path, options)
    } catch (error) {
      // A token of an exec plugin or a file ends: ask for a new one, once.
      if (!(error instanceof ApiError && error.code === 401)) throw error
      line.transport.close()
      line = await openLine(config, server, cluster?.proxyUrl !== undefined)
      return exchange<T>(server, line, method, path, options)
    }
  }

  const request = async <T>(method: Method, path: string, options: RequestOptions) => (await send<T>(method, path, options)).body
  return {
    server: server.origin,
    context: config.currentContext,
    discovery: new Discovery((path, signal) => request('GET', path, { signal })),
    send,
    request,
    close: () => line.transport.close(),
  }
}

export async function loadKubeconfig(file: string, context: string | undefined): Promise<KubeConfig> {
  // Loaded here, not at the top: it takes longer to load (0.14 s bundled) than all the rest of us.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    await access(file)
    config.loadFromFile(file)
  } catch (error) {
    throw new Failure({ what: `kubeconfig ${file} cannot be read`, why: messageOf(error), where: file, cause: error })
  }
  if (context !== undefined) {
    const names = config.contexts.map(({ name }) => name)
    if (!names.includes(context)) {
      throw new Failure({ what: `kubeconfig ${file} has no context ${context}`, why: `it has ${names.join(', ') || 'none'}`, where: file })
    }
    config.setCurrentContext(context)
  }
  return config
}

/** A way to the server, with what says who we are. */
interface Line {
  readonly transport: Transport
  readonly headers: Readonly<Record<string, string>>
}

async function openLine(config: KubeConfig, server: URL, proxied: boolean): Promise<Line> {
  const options: RequestOptionsOfNode = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    throw new Failure({ what: `no credentials for context ${config.currentContext}`, why: messageOf(error), cause: error })
  }
  const basic = options.auth ? { authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` } : {}
  const given = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)])
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
  )
  return { transport: transportTo(server, tls, proxied ? options.agent : undefined), headers: { ...basic, ...Object.fromEntries(given) } }
}

/** By the agent for a kubeconfig's proxy-url, by HTTPS_PROXY and NO_PROXY as kubectl (but never for this machine itself), else straight. */
function transportTo(server: URL, tls: AgentOptions, proxy: RequestOptionsOfNode['agent']): Transport {
  if (proxy instanceof HttpAgent) return http1Transport(server, proxy)
  if (server.protocol === 'http:') return http1Transport(server, new HttpAgent({ keepAlive: true }))
  const { HTTPS_PROXY, https_proxy } = process.env
  if ((HTTPS_PROXY || https_proxy) && !isLoopback(server.hostname)) {
    return http1Transport(server, new HttpsAgent({ keepAlive: true, ...tls, proxyEnv: process.env }))
  }
  return tlsTransport(server, tls)
}

const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || host.startsWith('127.')

async function exchange<T>(server: URL, line: Line, method: Method, path: string, options: RequestOptions): Promise<Answer<T>> {
  const { signal, query = {}, body, timeout = 60 } = options
  signal.throwIfAborted()
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.set(key, String(value))
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = {
    ...line.headers,
    'user-agent': 'capi-actions',
    accept: options.accept ?? 'application/json, */*',
    ...(content ? { 'content-type': options.contentType ?? 'application/json' } : {}),
  }
  const full = `${server.pathname.replace(/\/$/, '')}${path}${parameters.size > 0 ? `?${parameters}` : ''}`
  const answer = await line.transport
    .exchange({ method, path: full, headers, content, signal, timeout: timeout * 1000 })
    .catch((error: unknown) => {
      signal.throwIfAborted()
      throw new Unreachable(server.origin, error)
    })
  return readAnswer<T>(`${method} ${path}`, answer)
}

function readAnswer<T>(request: string, { code, headers, text }: RawAnswer): Answer<T> {
  const json = headers['content-type']?.startsWith('application/json') ?? false
  if (code >= 200 && code < 300) {
    return { code, date: Date.parse(headers.date ?? '') || Date.now(), body: json ? JSON.parse(text) : text }
  }
  const status: Status = json ? JSON.parse(text) : { message: text }
  const seconds = Number(headers['retry-after'])
  throw new ApiError(request, code, status, Number.isFinite(seconds) ? seconds : undefined)
}
