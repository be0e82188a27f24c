/** Image references, as Docker reads them (https://github.com/distribution/reference). Pure. */
import { Failure } from '../host/failure.ts'

/** A repository in a registry. */
export interface Repository {
  /** `docker.io`, `gcr.io`, `localhost:5000`. */
  readonly registry: string
  /** `library/busybox`, `distroless/static`. */
  readonly repository: string
}

export interface Reference extends Repository {
  /** A tag, or a digest `sha256:…` where the reference has one. */
  readonly version: string
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryName = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)
const tag = /^\w[\w.-]{0,127}$/
const digest = /^sha256:[0-9a-f]{64}$/

/** @throws Failure when `text` is no image reference. */
export function parseReference(text: string): Reference {
  const [named = '', pinned] = split(text, text.indexOf('@'))
  // A colon after the last slash begins a tag; before it, a port.
  const colon = named.lastIndexOf(':')
  const [path = '', tagged] = split(named, colon > named.lastIndexOf('/') ? colon : -1)
  const first = path.split('/')[0] ?? ''
  const hasHost = path.includes('/') && /[.:]|^localhost$/.test(first)
  const registry = hasHost ? first : 'docker.io'
  const rest = hasHost ? path.slice(first.length + 1) : path
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  const valid =
    repositoryName.test(repository) && (tagged === undefined || tag.test(tagged)) && (pinned === undefined || digest.test(pinned))
  if (!valid)
    throw new Failure({
      what: `${JSON.stringify(text)} is no image reference`,
      remedy: 'write it as host/repository:tag or host/repository@sha256:…',
    })
  return { registry, repository, version: pinned ?? tagged ?? 'latest' }
}

const split = (text: string, at: number): [string, string | undefined] =>
  at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]

/** The repository for `image` (`gcr.io/a/capd-manager`) below a registry and a project in it: `harbor.example.org/project/sub` keeps all of its parts. */
export function repositoryBelow(address: string, image: string): Repository {
  const [registry = '', ...project] = address.split('/')
  return { registry, repository: [...project, (image.split('/').at(-1) ?? image).toLowerCase()].join('/') }
}

/** The reference as it is written. */
export const referenceText = ({ registry, repository, version }: Reference): string =>
  `${registry}/${repository}${version.startsWith('sha256:') ? '@' : ':'}${version}`
