/** What users read when a registry refuses: which registry, which repository, as whom, and what to do. Never a password. Pure. */
import { Failure, type FailureText, isCancellation } from '../host/failure.ts'
import type { Repository } from './reference.ts'
import { isTlsError, RegistryError } from './registry-http.ts'
import type { RegistryAccess } from './registry-session.ts'

/** What was tried: to read something, to push `to` a repository, or to log in to a `registry`. */
export interface Attempt {
  /** The error's first words, where nothing better is known. */
  readonly what: string
  readonly to?: Repository
  readonly registry?: string
  readonly access?: RegistryAccess | undefined
}

/** The Failure for what a registry said; any other error as it is. */
export function explained(attempt: Attempt, error: unknown): unknown {
  if (isCancellation(error) || error instanceof Failure || !(error instanceof RegistryError)) return error
  const text = isTlsError(error) ? untrusted(attempt, error) : (refused(attempt, error) ?? { remedy: remedyFor(attempt, error) })
  return new Failure({ what: attempt.what, why: `${error.host} ${error.message}`, cause: error, ...text })
}

type Text = Partial<FailureText>

const isRefusal = ({ status }: RegistryError): boolean => status === 401 || status === 403

function refused({ to, registry, access }: Attempt, error: RegistryError): Text | undefined {
  const login = access?.login
  if (registry !== undefined && login !== undefined && error.status > 0 && error.status < 500 && error.status !== 429)
    return { what: `registry ${registry} refuses the login of ${login.username}`, remedy: `check ${login.from}` }
  if (to === undefined || !isRefusal(error)) return undefined
  const target = `${to.registry}/${to.repository}`
  if (login === undefined)
    return {
      what: `nobody may push to ${target} without a login`,
      remedy: `set registry-username and registry-password, or log in beforehand: docker login ${to.registry}; without registry (default_registry in tilt-settings), images for a kind cluster go to a local one`,
    }
  return {
    what: `${login.username} may not push to ${target}`,
    remedy: 'give this user, token or robot account the right to push there, or set another registry',
  }
}

function untrusted({ to, registry }: Attempt, { host, message }: RegistryError): Text {
  // Node goes on with what to tell it on a command line.
  const why = `${host} ${message.split(';')[0]}`
  return to === undefined && registry === undefined
    ? { why, remedy: 'trust its certificate on this machine (NODE_EXTRA_CA_CERTS), or set image-mirrors' }
    : { why, remedy: `set registry-ca to the certificate of the authority that ${host} is trusted by, and check that it speaks https` }
}

function remedyFor({ to, registry }: Attempt, { status, host }: RegistryError): string | undefined {
  const pushes = to !== undefined || registry !== undefined
  if (status === 401 || status === 403)
    return `only images that need no login can be read from ${host}: set image-mirrors, or another base image`
  if (status === 404)
    return pushes
      ? `make the project in ${host} that registry names, and the repository where it wants that, or set another`
      : 'check the name, or set another base image'
  if (status === 429) return `${host} limits how often it is asked: ${pushes ? '' : 'set image-mirrors, or '}try later`
  if (status === 0)
    return pushes ? 'check registry, and that this machine reaches it' : 'check that this machine reaches it, or set image-mirrors'
  return undefined
}
