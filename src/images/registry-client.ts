/** A small client of the OCI distribution API: what it takes to read a base image and to push an image. https://github.com/opencontainers/distribution-spec */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure, isCancellation } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Blob, bufferBlob, measure, openFile, sha256 } from './blob.ts'
import { type Reference, type Repository, referenceText } from './reference.ts'
import { type Answer, isLocal, RegistryError, type RegistryRequest, RegistrySession, retried, textOf } from './registry-http.ts'

/** Base URL of a mirror for each registry host (`docker.io`, `gcr.io`, …). A path with /v2 in it is the API's root itself. */
export type ImageMirrors = Readonly<Record<string, string>>

export interface Manifest {
  readonly mediaType: string
  readonly digest: string
  /** As it came: its digest is over these bytes. */
  readonly body: string
}

/** Of an image for one platform, and of an index of such; Docker's own and OCI's. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

export class RegistryClient {
  readonly #mirrors: ImageMirrors
  readonly #session = new RegistrySession()

  constructor(mirrors: ImageMirrors = {}) {
    this.#mirrors = mirrors
  }

  /** @throws Failure when there is no such manifest, or it is not what its digest says. */
  async manifest(reference: Reference, work: Work): Promise<Manifest> {
    const what = `image ${referenceText(reference)} cannot be read`
    const request = this.#request(reference, 'GET', `manifests/${reference.version}`, { accept: MANIFEST_TYPES })
    // A body that breaks off is a reason to try again too.
    const asked = retried(request.url, work, async () => {
      const answer = await this.#session.askOnce(request, [200], work)
      return { mediaType: answer.headers['content-type'] ?? '', body: await textOf(answer) }
    })
    const manifest = await asked.catch((error: unknown) => {
      throw failure(what, error)
    })
    const digest = sha256(manifest.body)
    if (reference.version.startsWith('sha256:') && reference.version !== digest) {
      throw new Failure({ what, why: `the registry sent a manifest with digest ${digest}` })
    }
    return { ...manifest, digest }
  }

  /** The digest that a tag has in its registry, or nothing when there is no such tag. */
  async digestOf(reference: Reference, work: Work): Promise<string | undefined> {
    const what = `registry ${reference.registry} cannot be asked for ${referenceText(reference)}`
    const request = this.#request(reference, 'HEAD', `manifests/${reference.version}`, { accept: MANIFEST_TYPES })
    const answer = await this.#ask(what, request, [200, 404], work)
    answer.body.resume()
    const digest = answer.headers['docker-content-digest']
    return answer.status === 200 && typeof digest === 'string' ? digest : undefined
  }

  /** Writes a blob to `file`, whole and verified or not at all. */
  async fetchBlob(repository: Repository, digest: string, file: string, work: Work): Promise<void> {
    const what = `layer ${digest} of ${repository.registry}/${repository.repository} cannot be read`
    const request = this.#request(repository, 'GET', `blobs/${digest}`)
    const partial = `${file}.${randomUUID()}`
    await mkdir(dirname(file), { recursive: true })
    // A body that breaks off, or is not what its digest says, is a reason to try again too.
    const fetched = retried(request.url, work, async () => {
      const answer = await this.#session.askOnce(request, [200], work)
      await pipeline(answer.body, createWriteStream(partial), { signal: work.signal })
      const got = await measure(openFile(partial))
      if (got.digest !== digest) throw new RegistryError(request.url.host, 0, `sent ${got.size} bytes with digest ${got.digest}`)
    })
    try {
      await fetched
      await rename(partial, file)
    } catch (error) {
      await rm(partial, { force: true })
      throw failure(what, error)
    }
  }

  async hasBlob(repository: Repository, digest: string, work: Work): Promise<boolean> {
    const what = `registry ${repository.registry} cannot be asked for ${digest}`
    const answer = await this.#ask(what, this.#request(repository, 'HEAD', `blobs/${digest}`), [200, 404], work)
    answer.body.resume()
    return answer.status === 200
  }

  /** Uploads a blob in one piece, unless the repository has it. */
  async pushBlob(repository: Repository, blob: Blob, work: Work): Promise<void> {
    if (await this.hasBlob(repository, blob.digest, work)) return
    const begin = this.#request(repository, 'POST', 'blobs/uploads/', { 'content-length': '0' })
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) }
    // A failed try uses up the upload's address, so both requests are made again together.
    const pushed = retried(begin.url, work, async () => {
      const begun = await this.#session.askOnce(begin, [202], work)
      begun.body.resume()
      const url = new URL(begun.headers.location ?? '', begin.url)
      url.searchParams.set('digest', blob.digest)
      const done = await this.#session.askOnce({ ...begin, method: 'PUT', url, headers, body: blob.open }, [201], work)
      done.body.resume()
    })
    await pushed.catch((error: unknown) => {
      throw failure(`layer ${blob.digest} cannot be pushed to ${repository.registry}/${repository.repository}`, error)
    })
  }

  /** Puts a manifest under a tag; its blobs must be there. */
  async pushManifest(reference: Reference, manifest: Manifest, work: Work): Promise<void> {
    const content = bufferBlob(Buffer.from(manifest.body))
    const headers = { 'content-type': manifest.mediaType, 'content-length': String(content.size) }
    const request = { ...this.#request(reference, 'PUT', `manifests/${reference.version}`, headers), body: content.open }
    const answer = await this.#ask(`image ${referenceText(reference)} cannot be pushed`, request, [201], work)
    answer.body.resume()
  }

  #request(
    { registry, repository }: Repository,
    method: RegistryRequest['method'],
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): RegistryRequest {
    const url = new URL(`${apiRoot(registry, this.#mirrors)}/${repository}/${path}`)
    const scope = `repository:${repository}:${method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push'}`
    return { method, url, headers, scope }
  }

  async #ask(what: string, request: RegistryRequest, expected: readonly number[], work: Work): Promise<Answer> {
    try {
      return await this.#session.ask(request, expected, work)
    } catch (error) {
      throw failure(what, error)
    }
  }
}

/** Where the API of a registry is, up to and with /v2. */
export function apiRoot(registry: string, mirrors: ImageMirrors): string {
  const mirror = mirrors[registry]
  if (mirror !== undefined) {
    const root = mirror.replace(/\/+$/, '')
    return /\/v2(\/|$)/.test(new URL(root).pathname) ? root : `${root}/v2`
  }
  // Docker Hub's API is not at the name that image references have.
  if (registry === 'docker.io') return 'https://registry-1.docker.io/v2'
  return `${isLocal(new URL(`http://${registry}`).hostname) ? 'http' : 'https'}://${registry}/v2`
}

function failure(what: string, error: unknown): unknown {
  if (isCancellation(error) || error instanceof Failure || !(error instanceof RegistryError)) return error
  return new Failure({ what, why: `${error.host} ${error.message}`, remedy: remedyFor(error), cause: error })
}

function remedyFor({ status, host }: RegistryError): string | undefined {
  if (status === 401 || status === 403)
    return `only images that need no login can be read from ${host}: set image-mirrors, or another base image`
  if (status === 404) return 'check the name, or set another base image'
  if (status === 429) return `${host} limits how often it is asked: set image-mirrors, or try later`
  if (status === 0) return 'check that this machine reaches it, or set image-mirrors'
  return undefined
}
