/** Requests to image registries: connections that are kept, anonymous bearer tokens, redirects, and another try where one can help. */
import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { messageOf } from '../host/failure.ts'
import { askedWait, backOff, isPassing, systemClock } from '../host/retry.ts'
import type { Work } from '../host/work.ts'

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** Called once per try. */
  readonly body?: (() => Readable) | undefined
  /** What a token has to allow, `repository:<name>:pull`. */
  readonly scope: string
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

/** A registry on this machine is never asked through a proxy. */
const local = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) }
const remote = {
  http: new http.Agent({ keepAlive: true, proxyEnv: process.env }),
  https: new https.Agent({ keepAlive: true, proxyEnv: process.env }),
}

export const isLocal = (hostname: string): boolean => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(hostname)

/** One session with registries: it keeps the tokens that it was given. */
export class RegistrySession {
  readonly #tokens = new Map<string, string>()

  /**
   * The answer to `request`, which has one of the statuses in `expected`.
   * @throws RegistryError otherwise, after up to five tries when the status is 429 or 5xx or no answer comes.
   */
  ask(request: RegistryRequest, expected: readonly number[], work: Work): Promise<Answer> {
    return retried(request.url, work, () => this.askOnce(request, expected, work))
  }

  /** As `ask`, without another try. */
  async askOnce(request: RegistryRequest, expected: readonly number[], work: Work): Promise<Answer> {
    const answer = await this.#authorized(request, work)
    if (expected.includes(answer.status)) return answer
    throw await unexpected(request.url, answer)
  }

  async #authorized(request: RegistryRequest, work: Work): Promise<Answer> {
    const key = `${request.url.host} ${request.scope}`
    const first = await send(request, this.#tokens.get(key), work)
    const challenge = first.headers['www-authenticate']
    if (first.status !== 401 || !challenge || !/^bearer /i.test(challenge)) return first
    first.body.resume()
    const token = await anonymousToken(challenge, request.scope, work)
    this.#tokens.set(key, token)
    return send(request, token, work)
  }
}

/** Makes `attempt` again while that can help, after a pause that grows or that the registry asked for. */
export async function retried<Result>(url: URL, work: Work, attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      work.signal.throwIfAborted()
      const failed = error instanceof RegistryError ? error : new RegistryError(url.host, 0, messageOf(error), { cause: error })
      const pause = failed.wait ?? backOff(tries, Math.random())
      if (tries === TRIES || pause > LONGEST_WAIT_SECONDS || !(failed.status === 0 || isPassing(failed.status))) throw failed
      work.log(`${url.host} ${failed.message}, trying again in ${Math.round(pause * 10) / 10} s`)
      await systemClock.sleep(pause * 1000, work.signal)
    }
  }
}

async function unexpected(url: URL, answer: Answer, before = ''): Promise<RegistryError> {
  const asked = answer.headers['retry-after']
  const wait = askedWait(new Headers(asked === undefined ? {} : { 'retry-after': asked }), Date.now())
  return new RegistryError(url.host, answer.status, `${before}${await describe(answer)}`, { wait })
}

async function anonymousToken(challenge: string, scope: string, work: Work): Promise<string> {
  const fields = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name.toLowerCase(), value]))
  const url = new URL(fields.get('realm') ?? '')
  const service = fields.get('service')
  if (service) url.searchParams.set('service', service)
  url.searchParams.set('scope', fields.get('scope') ?? scope)
  const answer = await send({ method: 'GET', url, scope }, undefined, work)
  if (answer.status !== 200) throw await unexpected(url, answer, 'gives no token: ')
  const given = tokenAnswer.parse(JSON.parse(await textOf(answer)))
  return given.token ?? given.access_token ?? ''
}

const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() })

/** Sends, and follows redirects of a GET; the token stays with the host that it is for. */
async function send(request: RegistryRequest, token: string | undefined, work: Work): Promise<Answer> {
  let { url } = request
  for (let hops = 0; ; hops += 1) {
    const authorized = token !== undefined && url.host === request.url.host
    const headers = { ...request.headers, ...(authorized ? { authorization: `Bearer ${token}` } : {}) }
    const answer = await sendOnce(url, request, headers, work)
    const location = answer.headers.location
    if (request.method !== 'GET' || ![301, 302, 303, 307, 308].includes(answer.status) || !location || hops === 5) return answer
    answer.body.resume()
    url = new URL(location, url)
  }
}

function sendOnce(url: URL, { method, body }: RegistryRequest, headers: Record<string, string>, work: Work): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const agents = isLocal(url.hostname) ? local : remote
    const options = { method, headers, signal: work.signal, timeout: SILENCE_MILLISECONDS }
    const request =
      url.protocol === 'http:'
        ? http.request(url, { ...options, agent: agents.http })
        : https.request(url, { ...options, agent: agents.https })
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

/** What the registry said in the error format of the distribution specification, or its status. */
async function describe(answer: Answer): Promise<string> {
  const text = await textOf(answer)
  const said = text.startsWith('{') ? errorsAnswer.safeParse(JSON.parse(text)).data?.errors[0] : undefined
  return `answers ${answer.status}${said ? ` ${said.code}${said.message ? `, ${said.message}` : ''}` : ''}`
}
