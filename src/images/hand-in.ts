/**
 * A build's steps see neither the environment nor the certificates of this machine: where Go's modules come from, and by whose word a server is trusted, is handed in
 * to every RUN of a Dockerfile, as build args and as a secret, of which nothing stays in the image.
 */
import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import { Failure } from '../host/failure.ts'
import { instructionsOf } from './dockerfile.ts'

export interface HandedIn {
  readonly text: string
  /** Names of the build args that it declares now and did not. */
  readonly added: readonly string[]
  /** Line of the original for one of `text`, both from 1. */
  readonly lineOf: (line: number) => number
}

/** Id of the secret with certificates, and where RUN finds it. */
export const CERTIFICATES = 'capi-actions-certificates'
const CERTIFICATES_FILE = `/run/secrets/${CERTIFICATES}`

/** By which variables programs learn of a file with certificates: Go and OpenSSL, git, curl, npm. */
export const certificateArgs: Readonly<Record<string, string>> = Object.fromEntries(
  ['SSL_CERT_FILE', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].map(name => [name, CERTIFICATES_FILE]),
)

const GO_VARIABLES = ['GOPROXY', 'GONOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GOPRIVATE']

/** What of an environment is for the Go of a build; an address with a password in it would stay in the image's history. */
export const goArgs = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(GO_VARIABLES.flatMap(name => (env[name] && !env[name].includes('@') ? [[name, env[name]]] : [])))

/**
 * All certificates that a build is to trust, where the environment names some beside those that images come with.
 * @throws Failure where it names a file that cannot be read.
 */
export async function certificateBundle(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const name = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].find(one => env[one])
  const file = name && env[name]
  if (name === undefined || file === undefined) return undefined
  const own = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure({
      what: `the certificates for builds cannot be read`,
      why: `there is no ${file}`,
      where: `${name} in the environment`,
      cause,
    })
  })
  return [...tls.getCACertificates('bundled'), own.trim(), ''].join('\n')
}

/** Pure. @param args Names of build args that RUN is to see; those that the Dockerfile declares itself are its own. */
export function handIn(text: string, args: readonly string[], certificates: boolean): HandedIn {
  const instructions = instructionsOf(text)
  const own = new Set(instructions.filter(({ name }) => name === 'ARG').flatMap(({ rest }) => rest.toUpperCase().match(/^\w+/) ?? []))
  const added = [...args, ...(certificates ? Object.keys(certificateArgs) : [])].filter(name => !own.has(name))
  const mount = `--mount=type=secret,id=${CERTIFICATES},target=${CERTIFICATES_FILE},mode=0444`
  const runs = new Set(certificates ? instructions.filter(({ name }) => name === 'RUN').map(({ line }) => line) : [])
  const stages = new Set(instructions.filter(({ name }) => name === 'FROM').map(({ end }) => end))
  const lines = text.split('\n').flatMap((line, index): { text: string; from: number }[] => {
    const from = index + 1
    const given = { text: runs.has(from) ? line.replace(/^(\s*RUN)\b/i, `$1 ${mount}`) : line, from }
    return stages.has(from) && added.length > 0 ? [given, { text: `ARG ${added.join(' ')}`, from }] : [given]
  })
  return { text: lines.map(line => line.text).join('\n'), added, lineOf: line => lines[line - 1]?.from ?? line }
}
