/** Requests to image registries: connections that are kept, certificates that are trusted, redirects, and another try where one can help. */
import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tls from 'node:tls'
import { z } from 'zod'
import { Failure, messageOf } from '../host/failure.ts'
import { askedWait, backOff, isPassing, systemClock } from '../host/retry.ts'
import type { Work } from '../host/work.ts'

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** Called once per try. */
  readonly body?: (() => Readable) | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: http.IncomingMessage
}

/** An answer that is not what was asked for; `status` is 0 when none came. */
export class RegistryError extends Error {
  readonly status: number
  readonly host: string
  /** Seconds that the registry asks to wait before the next try. */
  readonly wait: number | undefined
  constructor(host: string, status: number, message: string, more: { readonly wait?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.name = 'RegistryError'
    this.host = host
    this.status = status
    this.wait = more.wait
  }
}

const TRIES = 5
const SILENCE_MILLISECONDS = 60_000
const LONGEST_WAIT_SECONDS = 60

/** Connections that are kept. A registry on this machine is never asked through a proxy. */
export interface Agents {
  readonly local: { readonly http: http.Agent; readonly https: https.Agent }
  readonly remote: { readonly http: http.Agent; readonly https: https.Agent }
}

function agentsThatTrust(ca: string[] | undefined): Agents {
  const trusted = ca === undefined ? {} : { ca }
  const proxied = { keepAlive: true, proxyEnv: process.env }
  return {
    local: { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true, ...trusted }) },
    remote: { http: new http.Agent(proxied), https: new https.Agent({ ...proxied, ...trusted }) },
  }
}

const agents = agentsThatTrust(undefined)

/** Connections that trust the certificates in `ca` (PEM) beside those that Node trusts: storage that a private registry redirects to may be public. */
export const agentsFor = (ca: string | undefined): Agents =>
  ca === undefined ? agents : agentsThatTrust([...tls.getCACertificates('default'), ca])

export const isLocal = (hostname: string): boolean => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(hostname)

/** Makes `attempt` again while that can help, after a pause that grows or that the registry asked for. */
export async function retried<Result>(url: URL, work: Work, attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      work.signal.throwIfAborted()
      if (error instanceof Failure) throw error
      const failed = error instanceof RegistryError ? error : new RegistryError(url.host, 0, messageOf(error), { cause: error })
      const pause = failed.wait ?? backOff(tries, Math.random())
      if (tries === TRIES || pause > LONGEST_WAIT_SECONDS || !mayPass(failed)) throw failed
      work.log(`${url.host} ${failed.message}, trying again in ${Math.round(pause * 10) / 10} s`)
      await systemClock.sleep(pause * 1000, work.signal)
    }
  }
}

const mayPass = (error: RegistryError): boolean => (error.status === 0 ? !isTlsError(error) : isPassing(error.status))

/** A certificate that is not trusted, or a server that speaks no TLS: the next try finds the same. */
export const isTlsError = ({ cause }: RegistryError): boolean =>
  cause instanceof Error && 'code' in cause && /CERT|UNABLE_TO_|^ERR_SSL_|^EPROTO$/.test(String(cause.code))

/** @param before What goes before the registry's words. */
export async function unexpected(url: URL, answer: Answer, before = ''): Promise<RegistryError> {
  const asked = answer.headers['retry-after']
  const wait = askedWait(new Headers(asked === undefined ? {} : { 'retry-after': asked }), Date.now())
  return new RegistryError(url.host, answer.status, `${before}${await describe(answer)}`, { wait })
}

/** Sends, and follows redirects of a GET; authorization stays with the host that it is for. */
export async function send(request: RegistryRequest, authorization: string | undefined, using: Agents, work: Work): Promise<Answer> {
  let { url } = request
  for (let hops = 0; ; hops += 1) {
    const authorized = authorization !== undefined && url.origin === request.url.origin
    const headers = { ...request.headers, ...(authorized ? { authorization } : {}) }
    const answer = await sendOnce(url, request, headers, using, work)
    const location = answer.headers.location
    if (request.method !== 'GET' || ![301, 302, 303, 307, 308].includes(answer.status) || !location || hops === 5) return answer
    answer.body.resume()
    url = new URL(location, url)
  }
}

function sendOnce(
  url: URL,
  { method, body }: RegistryRequest,
  headers: Record<string, string>,
  using: Agents,
  work: Work,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const kept = isLocal(url.hostname) ? using.local : using.remote
    const options = { method, headers, signal: work.signal, timeout: SILENCE_MILLISECONDS }
    const request =
      url.protocol === 'http:' ? http.request(url, { ...options, agent: kept.http }) : https.request(url, { ...options, agent: kept.https })
    request.on('response', answer => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }))
    request.on('timeout', () => request.destroy(new Error(`no answer within ${SILENCE_MILLISECONDS / 1000} s`)))
    request.on('error', reject)
    if (body) pipeline(body(), request).catch(reject)
    else request.end()
  })
}

/** The whole body as text. */
export async function textOf(answer: Answer): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of answer.body) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}

const errorsAnswer = z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().default('') })).min(1) })
/** How Docker Hub's token service says it. */
const detailsAnswer = z.object({ details: z.string() })

/** What the registry said in the error format of the distribution specification, or its status. */
async function describe(answer: Answer): Promise<string> {
  const said = sayingIn(await textOf(answer))
  return `answers ${answer.status}${said === undefined ? '' : ` ${said}`}`
}

function sayingIn(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined
  const json: unknown = JSON.parse(text)
  const first = errorsAnswer.safeParse(json).data?.errors[0]
  return first ? `${first.code}${first.message ? `, ${first.message}` : ''}` : detailsAnswer.safeParse(json).data?.details
}
