/** What went wrong with a request, in words for the user: one fault per attempt, one failure at the end. */
import { Failure } from './failure.ts'
import type { Target } from './mirrors.ts'
import { askedWait, isPassing } from './retry.ts'

/** Why one attempt did not work. */
export interface Fault {
  readonly reason: string
  /** Whether another attempt can help. */
  readonly passing: boolean
  readonly status?: number
  /** Seconds that the server asks to wait. */
  readonly wait?: number | undefined
  readonly remedy?: string
  readonly cause?: unknown
}

/** A request that failed for good. */
export class HttpFailure extends Failure {
  readonly address: string
  /** HTTP status of the last answer, if there was one. */
  readonly status: number | undefined

  constructor(target: Target, faults: readonly Fault[], subject: string | undefined) {
    const last = faults.at(-1)
    super({
      what: about(subject, `${target.address} could not be downloaded`),
      why: faults.length > 1 ? `${last?.reason}, ${faults.length} attempts` : last?.reason,
      remedy: last?.remedy ?? passingRemedy(target),
      details: faults.length > 1 ? faults.map((fault, index) => `attempt ${index + 1}: ${fault.reason}`) : [],
      cause: last?.cause,
    })
    this.address = target.address
    this.status = last?.status
  }
}

/** The first line of an error, with what the request was for. */
export const about = (subject: string | undefined, text: string): string => (subject === undefined ? text : `${subject}: ${text}`)

/** The fault of an answer that is no success. */
export function statusFault(response: Response, target: Target, hasToken: boolean, now: number, longestWait: number): Fault {
  const { status, statusText } = response
  const wait = askedWait(response.headers, now)
  const isLimited = status === 429 || (status === 403 && wait !== undefined)
  const tooLong = (isPassing(status) || isLimited) && wait !== undefined && wait > longestWait
  return {
    status,
    reason: `the server answered ${status} ${statusText}`.trimEnd() + (tooLong ? ` and asks to wait ${wait} s` : ''),
    passing: (isPassing(status) || isLimited) && !tooLong,
    wait,
    remedy: statusRemedy(status, target, hasToken),
  }
}

function statusRemedy(status: number, target: Target, hasToken: boolean): string {
  const isApi = target.host === 'api.github.com'
  if (isApi && [403, 429].includes(status)) {
    return hasToken
      ? 'wait until GitHub grants requests again, or set github-token to a token that has some left'
      : 'set github-token: without one, GitHub allows 60 requests an hour from one address'
  }
  if (isApi && status === 401 && hasToken) return 'github-token is not valid on github.com: set one that is, or none'
  if ([401, 403, 407].includes(status)) return `see whether ${owner(target)} and the proxies on the way let this machine in`
  if (status === 404) return target.isMirrored ? `see whether ${owner(target)} has this file` : 'see whether this version exists'
  return passingRemedy(target)
}

const owner = (target: Target): string => (target.isMirrored ? `the download mirror for ${target.host}` : target.host)

const passingRemedy = (target: Target): string =>
  target.isMirrored ? `see whether ${owner(target)} works` : `try again later, or set a download mirror for ${target.host}`

/** The fault of a request without an answer, or whose answer broke off. */
export function networkFault(error: unknown, target: Target): Fault {
  const root = rootOf(error)
  const code = codeOf(root)
  const asked = new URL(target.address).hostname
  if (isCertificateCode(code)) {
    const remedy = `set NODE_EXTRA_CA_CERTS to the certificate authority of ${asked}, if it is your own`
    return { reason: `the certificate of ${asked} is not trusted: ${code}`, passing: false, remedy, cause: error }
  }
  return { reason: networkReason(root, code, asked), passing: true, cause: error }
}

/** fetch throws a TypeError that says nothing ("fetch failed", "terminated") round the error that says why. */
const rootOf = (error: unknown): unknown => (error instanceof TypeError && error.cause !== undefined ? error.cause : error)

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '')

/** OpenSSL's verification errors as Node names them (nodejs.org, "X509 certificate error codes"). */
const isCertificateCode = (code: string): boolean => /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$/.test(code)

function networkReason(root: unknown, code: string, host: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host name ${host} does not resolve`
  if (code === 'ECONNREFUSED') return `${host} refused the connection`
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return `${host} closed the connection`
  return (root instanceof Error && root.message) || code || String(root)
}
