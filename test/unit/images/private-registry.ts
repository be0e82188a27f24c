/** A registry in this process that keeps what is pushed to it, wants a login and speaks TLS: what the distribution and token specifications say, and no more. */
import { createHash, randomUUID } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificates } from '../../certificates.ts'

export interface Wanted {
  readonly user: string
  readonly password: string
  /** Whether a token service is asked for a token, or the password is taken by the registry itself. */
  readonly by: 'token' | 'basic'
  /** Repositories that the user may push to, by how they begin. */
  readonly may?: string
  /** Seconds that a token holds, as its service says. */
  readonly expiresIn?: number
  /** Whether blobs can be mounted from one repository into another. */
  readonly mounts?: boolean
  readonly tls?: Certificates | undefined
}

export interface PrivateRegistry extends AsyncDisposable {
  /** `localhost:40001` */
  readonly host: string
  /** `GET /v2/…` of every request, in order. */
  readonly asked: string[]
  /** Scopes of every token that was asked for, and who asked. */
  readonly tokens: { readonly scopes: string; readonly by: string | undefined }[]
  /** Digests of blobs, by repository. */
  readonly blobs: Map<string, Map<string, Buffer>>
  readonly manifests: Map<string, string>
  /** From now on no token that was given is taken. */
  forgetTokens(): void
}

export async function privateRegistry(wanted: Wanted): Promise<PrivateRegistry> {
  const asked: string[] = []
  const tokens: { scopes: string; by: string | undefined }[] = []
  const valid = new Map<string, string[]>()
  const blobs = new Map<string, Map<string, Buffer>>()
  const manifests = new Map<string, string>()
  const blobsOf = (repository: string) => blobs.get(repository) ?? blobs.set(repository, new Map()).get(repository) ?? new Map()
  const userOf = (request: IncomingMessage) => Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
  const isUser = (request: IncomingMessage) => userOf(request) === `${wanted.user}:${wanted.password}`

  function giveToken(request: IncomingMessage, response: ServerResponse, url: URL) {
    const scopes = url.searchParams.getAll('scope')
    tokens.push({ scopes: scopes.join(' '), by: request.headers.authorization && userOf(request).split(':')[0] })
    if (!isUser(request)) return end(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'bad credentials' }] })
    const token = randomUUID()
    const granted = scopes.filter(scope => scope.startsWith(`repository:${wanted.may ?? ''}`))
    valid.set(token, granted)
    return end(response, 200, { token, ...(wanted.expiresIn === undefined ? {} : { expires_in: wanted.expiresIn }) })
  }

  function isLetIn(request: IncomingMessage, scope: string | undefined): boolean {
    if (wanted.by === 'basic') return isUser(request)
    const granted = valid.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '')
    return granted !== undefined && (scope === undefined || granted.includes(scope))
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '', own())
    asked.push(`${request.method} ${request.url}`)
    const body = await bodyOf(request)
    if (url.pathname === '/token') return giveToken(request, response, url)
    const [, repository = '', kind, rest = ''] = /^\/v2\/(.+?)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? []
    const scope = repository === '' ? undefined : `repository:${repository}:pull,push`
    if (!isLetIn(request, scope)) {
      const challenge =
        wanted.by === 'basic' ? 'Basic realm="r"' : `Bearer realm="${own()}/token",service="test"${scope ? `,scope="${scope}"` : ''}`
      response.setHeader('www-authenticate', challenge)
      return end(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] })
    }
    if (wanted.by === 'basic' && repository !== '' && !repository.startsWith(wanted.may ?? ''))
      return end(response, 403, { errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] })
    if (repository === '') return end(response, 200, {})
    if (kind === 'manifests') {
      if (request.method === 'PUT') {
        manifests.set(`${repository}:${rest}`, body.toString())
        return end(response, 201)
      }
      return end(response, manifests.has(`${repository}:${rest}`) ? 200 : 404)
    }
    const [mount, from, digest] = ['mount', 'from', 'digest'].map(name => url.searchParams.get(name) ?? '')
    if (request.method === 'HEAD') return end(response, blobsOf(repository).has(rest) ? 200 : 404)
    if (request.method === 'POST') {
      const there = wanted.mounts ? blobsOf(from ?? '').get(mount ?? '') : undefined
      if (there !== undefined) blobsOf(repository).set(mount ?? '', there)
      response.setHeader('location', `/v2/${repository}/blobs/uploads/${randomUUID()}?state=a%2Fb`)
      return end(response, there === undefined ? 202 : 201)
    }
    if (request.method === 'PUT' && digest === `sha256:${createHash('sha256').update(body).digest('hex')}`) {
      blobsOf(repository).set(digest, body)
      return end(response, 201)
    }
    return end(response, 400, { errors: [{ code: 'DIGEST_INVALID' }] })
  }

  const listener: RequestListener = answer
  const server = wanted.tls ? createHttps({ cert: wanted.tls.cert, key: wanted.tls.key }, listener) : createHttp(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const own = () => `${wanted.tls ? 'https' : 'http'}://${host}`
  return {
    host,
    asked,
    tokens,
    blobs,
    manifests,
    forgetTokens: () => valid.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function end(response: ServerResponse, status: number, body?: unknown): ServerResponse {
  response.writeHead(status, { 'content-type': 'application/json' })
  return response.end(body === undefined ? undefined : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
