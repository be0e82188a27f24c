/**
 * Two registries behind a login, with a certificate that nobody trusts: `harbor.test:5090` takes the password itself, `ghcr.test:5091` tokens of a service in this
 * process, at `localhost:5092`. Nodes know both by their names in kind's network; `names.ts` has this machine know them.
 */
import { execFile } from 'node:child_process'
import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { RUN_LABEL } from '../../src/cluster/registry.ts'
import { type Certificates, makeCertificates } from '../certificates.ts'

export const USER = 'robot$ci'
export const PASSWORD = 'Harbor-pa$$word-4711'
/** Of the password, by bcrypt. */
const HASH = '$2b$05$abcdefghijklmnopqrstuu3X5GzXSLCICEK6pc.IP91UZkyt.c5Oq'
const TOKEN_PORT = 5092

export interface PrivateRegistries extends AsyncDisposable {
  readonly certificates: Certificates
  /** Has processes of Node know the registries by their names. */
  readonly environment: Readonly<Record<string, string>>
  /** What tokens were asked for, as `user scope…`; refused ones without a scope. */
  readonly tokens: readonly string[]
  /** Lines that a registry has logged. */
  log(name: string): Promise<string>
}

const docker = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)('docker', args)
  return stdout + stderr
}

/** @param cluster The network that it makes is made before it, as kind would. */
export async function startRegistries(cluster: string): Promise<PrivateRegistries> {
  const certificates = await makeCertificates('DNS:harbor.test', 'DNS:ghcr.test', 'DNS:localhost')
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-registries-'))
  const put = (name: string, text: string) => writeFile(join(folder, name), text)
  await Promise.all([
    put('ca.crt', certificates.ca),
    put('server.crt', certificates.cert),
    put('server.key', certificates.key),
    put('htpasswd', `${USER}:${HASH}\n`),
  ])
  const network = (await docker('network', 'ls', '--quiet', '--filter', 'name=^kind$')) === '' ? 'ours' : 'found'
  if (network === 'ours') await docker('network', 'create', 'kind')
  const run = (name: string, port: number, auth: Readonly<Record<string, string>>) => {
    const settings = {
      HTTP_ADDR: `0.0.0.0:${port}`,
      HTTP_TLS_CERTIFICATE: '/registry/server.crt',
      HTTP_TLS_KEY: '/registry/server.key',
      ...auth,
    }
    const variables = Object.entries(settings).flatMap(([key, value]) => ['--env', `REGISTRY_${key}=${value}`])
    const place = [
      '--network',
      'kind',
      '--network-alias',
      name,
      '--publish',
      `127.0.0.1:${port}:${port}`,
      '--volume',
      `${folder}:/registry:ro`,
    ]
    return docker(
      'run',
      '--detach',
      '--name',
      containerOf(name),
      '--label',
      `${RUN_LABEL}=${cluster}`,
      ...place,
      ...variables,
      'registry:3',
    )
  }
  await run('harbor.test', 5090, { AUTH: 'htpasswd', AUTH_HTPASSWD_REALM: 'harbor', AUTH_HTPASSWD_PATH: '/registry/htpasswd' })
  await run('ghcr.test', 5091, {
    AUTH: 'token',
    AUTH_TOKEN_REALM: `http://localhost:${TOKEN_PORT}/token`,
    AUTH_TOKEN_SERVICE: 'ghcr',
    AUTH_TOKEN_ISSUER: 'test',
    AUTH_TOKEN_ROOTCERTBUNDLE: '/registry/ca.crt',
  })
  const tokens: string[] = []
  const service = await tokenService(certificates, tokens)
  return {
    certificates,
    environment: { NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'names.ts')).href}` },
    tokens,
    log: name => docker('logs', containerOf(name)),
    async [Symbol.asyncDispose]() {
      service.closeAllConnections()
      service.close()
      await docker('rm', '--force', '--volumes', containerOf('harbor.test'), containerOf('ghcr.test'))
      if (network === 'ours') await docker('network', 'rm', 'kind')
      await rm(folder, { recursive: true })
    },
  }
}

const containerOf = (name: string): string => `e2e-registries-${name}`

/** Gives the user a token for all that is asked of it below `org/`; such tokens hold for five minutes. */
async function tokenService(certificates: Certificates, tokens: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    const [user, password] = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64')
      .toString()
      .split(/:(.*)/s)
    const scopes = new URL(request.url ?? '', 'http://localhost').searchParams.getAll('scope')
    const let_in = user === USER && password === PASSWORD
    tokens.push([user, ...(let_in ? scopes : [])].join(' '))
    response.statusCode = let_in ? 200 : 401
    const access = scopes.flatMap(scope => {
      const [type, name, actions = ''] = scope.split(':')
      return name?.startsWith('org/') ? [{ type, name, actions: actions.split(',') }] : []
    })
    response.end(
      JSON.stringify(let_in ? { token: tokenFor(access, certificates), expires_in: 300 } : { details: 'incorrect username or password' }),
    )
  })
  await new Promise<void>(resolve => server.listen(TOKEN_PORT, 'localhost', resolve))
  return server
}

/** As the "Docker Registry v2 Bearer token specification" has it: a JWT with the certificate of its signer. */
function tokenFor(access: readonly unknown[], { cert, key }: Certificates): string {
  const seconds = Math.floor(Date.now() / 1000)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const der = cert.replaceAll(/-----.*?-----|\s/g, '')
  const times = { iat: seconds, nbf: seconds - 10, exp: seconds + 300 }
  const text = `${part({ typ: 'JWT', alg: 'ES256', x5c: [der] })}.${part({ iss: 'test', sub: USER, aud: 'ghcr', jti: randomUUID(), ...times, access })}`
  return `${text}.${sign('sha256', Buffer.from(text), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
