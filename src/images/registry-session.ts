/** A session with registries: it answers their challenges, by a password or for a token, and keeps the tokens while they hold. https://distribution.github.io/distribution/spec/auth/ */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { basicAuth, type Login } from './credentials.ts'
import { type Agents, type Answer, agentsFor, isLocal, type RegistryRequest, retried, send, textOf, unexpected } from './registry-http.ts'

/** How one registry is entered. */
export interface RegistryAccess {
  /** Host of its API: it, and the token service that it names, are told the login, and nobody else. */
  readonly host: string
  readonly login?: Login | undefined
  /** Certificates of the authorities that it is trusted by beside the usual ones, as PEM. */
  readonly ca?: string | undefined
}

export interface ScopedRequest extends RegistryRequest {
  /** What a token has to allow, `repository:<name>:pull`; none to ask for the registry as such. */
  readonly scopes: readonly string[]
}

/** What a registry wants to see. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string }

/** What was given in answer to a challenge. */
interface Grant {
  readonly authorization: string
  /** Asks for the next one. */
  readonly challenge: Challenge
  /** Milliseconds since the epoch. */
  readonly until: number
}

export class RegistrySession {
  readonly #access: RegistryAccess | undefined
  readonly #agents: Agents
  readonly #grants = new Map<string, Promise<Grant | undefined>>()

  constructor(access?: RegistryAccess) {
    this.#access = access
    this.#agents = agentsFor(access?.ca)
  }

  /**
   * The answer to `request`, which has one of the statuses in `expected`.
   * @throws RegistryError otherwise, after up to five tries when the status is 429 or 5xx or no answer comes.
   */
  ask(request: ScopedRequest, expected: readonly number[], work: Work): Promise<Answer> {
    return retried(request.url, work, () => this.askOnce(request, expected, work))
  }

  /** As `ask`, without another try. */
  async askOnce(request: ScopedRequest, expected: readonly number[], work: Work): Promise<Answer> {
    const answer = await this.#authorized(request, work)
    if (expected.includes(answer.status)) return answer
    throw await unexpected(request.url, answer)
  }

  async #authorized(request: ScopedRequest, work: Work): Promise<Answer> {
    const key = [request.url.host, ...request.scopes].join(' ')
    const used = await this.#fresh(key, request, work)
    const first = await send(request, used?.authorization, this.#agents, work)
    const challenge = first.status === 401 ? challengeIn(first.headers['www-authenticate']) : undefined
    // A password that is refused is refused the next time, too.
    if (challenge === undefined || (challenge.scheme === 'basic' && used?.challenge.scheme === 'basic')) return first
    const granted = await this.#granted(key, used, challenge, request, work)
    if (granted === undefined) return first
    first.body.resume()
    return send(request, granted.authorization, this.#agents, work)
  }

  /** What is held for this key; a new one where it has run out. */
  async #fresh(key: string, request: ScopedRequest, work: Work): Promise<Grant | undefined> {
    const held = await this.#grants.get(key)
    return held === undefined || Date.now() < held.until ? held : this.#granted(key, held, held.challenge, request, work)
  }

  /** A grant other than `old`: requests that were refused at the same time share the one that the first of them asks for. */
  async #granted(
    key: string,
    old: Grant | undefined,
    challenge: Challenge,
    request: ScopedRequest,
    work: Work,
  ): Promise<Grant | undefined> {
    const pending = this.#grants.get(key)
    if (pending !== undefined && (await pending) !== old) return pending
    if (this.#grants.get(key) !== pending) return this.#granted(key, old, challenge, request, work)
    const asked = this.#answer(challenge, request, work)
    this.#grants.set(key, asked)
    asked.catch(() => this.#grants.delete(key))
    return asked
  }

  async #answer(challenge: Challenge, request: ScopedRequest, work: Work): Promise<Grant | undefined> {
    const login = request.url.host === this.#access?.host ? this.#access.login : undefined
    if (challenge.scheme === 'bearer') return this.#token(challenge, login, request, work)
    if (login === undefined || login.identity) return undefined
    requirePrivate(request.url, request.url.host)
    return { authorization: `Basic ${basicAuth(login)}`, challenge, until: Number.POSITIVE_INFINITY }
  }

  async #token(
    challenge: Extract<Challenge, { scheme: 'bearer' }>,
    login: Login | undefined,
    request: ScopedRequest,
    work: Work,
  ): Promise<Grant> {
    const realm = new URL(challenge.realm)
    if (login !== undefined) requirePrivate(realm, request.url.host)
    const scopes = scopesFor(request.scopes, challenge.scope)
    const began = Date.now()
    const answer = await send(tokenRequest(realm, challenge.service, scopes, login), authorizationFor(login), this.#agents, work)
    if (answer.status !== 200) throw await unexpected(realm, answer, 'gives no token: ')
    const { token, access_token, expires_in } = tokenAnswer.parse(JSON.parse(await textOf(answer)))
    return { authorization: `Bearer ${token ?? access_token ?? ''}`, challenge, until: began + expires_in * 1000 * RENEWED_AFTER }
  }
}

/**
 * A mirror may keep a repository under another name than ours, and says so; what is pushed has its own name. Who asks for no repository is answered with an
 * example by some (`ghcr.io`: `repository:user/image:pull`), to which nobody has a right.
 */
const scopesFor = (wanted: readonly string[], challenged: string | undefined): readonly string[] =>
  challenged && wanted.length > 0 && !wanted.some(scope => scope.includes('push')) ? [challenged] : wanted

/** A part of a token's time: what it is sent with takes time too. */
const RENEWED_AFTER = 0.8

/** 60 seconds is what a token holds whose service doesn't say (distribution's "Token Authentication Specification"). */
const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional(), expires_in: z.number().default(60) })

const authorizationFor = (login: Login | undefined): string | undefined =>
  login === undefined || login.identity ? undefined : `Basic ${basicAuth(login)}`

/** With a password or without it is asked for by GET; an identity token is exchanged as OAuth2 has it. */
function tokenRequest(realm: URL, service: string | undefined, scopes: readonly string[], login: Login | undefined): RegistryRequest {
  if (!login?.identity) {
    const url = new URL(realm)
    if (service) url.searchParams.set('service', service)
    for (const scope of scopes) url.searchParams.append('scope', scope)
    return { method: 'GET', url }
  }
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'capi-actions', refresh_token: login.secret })
  if (service) form.set('service', service)
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', url: realm, headers, body: () => Readable.from([Buffer.from(form.toString())]) }
}

/** @throws Failure where a login would go over the network for everybody to read. */
function requirePrivate(url: URL, registry: string): void {
  if (url.protocol === 'https:' || isLocal(url.hostname)) return
  throw new Failure({
    what: `the login for registry ${registry} is not sent to ${url.origin}`,
    why: 'without TLS everybody on the way could read it',
    remedy: 'have the registry and its token service speak https',
  })
}

/** The challenge that is answered best, among those in a header `WWW-Authenticate`; Node joins several headers by commas. Pure. */
export function challengeIn(header: string | undefined): Challenge | undefined {
  const found = [...(header ?? '').matchAll(/(?:^|,\s*)(bearer|basic)\b(.*?)(?=,\s*(?:bearer|basic)\b|$)/gi)]
  const bearer = found.find(([, scheme]) => scheme?.toLowerCase() === 'bearer')
  const fields = new Map(
    [...(bearer?.[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  )
  const [realm, service, scope] = ['realm', 'service', 'scope'].map(name => fields.get(name))
  if (realm && URL.canParse(realm)) return { scheme: 'bearer', realm, ...(service ? { service } : {}), ...(scope ? { scope } : {}) }
  return found.some(([, scheme]) => scheme?.toLowerCase() === 'basic') ? { scheme: 'basic' } : undefined
}
