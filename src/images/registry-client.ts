/** A small client of the OCI distribution API: what it takes to read a base image and to push an image. https://github.com/opencontainers/distribution-spec */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { type Blob, bufferBlob, measure, openFile, sha256 } from './blob.ts'
import { type Reference, type Repository, referenceText } from './reference.ts'
import { type Attempt, explained } from './registry-errors.ts'
import { type Answer, isLocal, RegistryError, retried, textOf } from './registry-http.ts'
import { type RegistryAccess, RegistrySession, type ScopedRequest } from './registry-session.ts'
import type { ImageStore, Manifest, WholeImage } from './store.ts'

/** Base URL of a mirror for each registry host (`docker.io`, `gcr.io`, …). A path with /v2 in it is the API's root itself. */
export type ImageMirrors = Readonly<Record<string, string>>

/** Of an image for one platform, and of an index of such; Docker's own and OCI's. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

export class RegistryClient implements ImageStore {
  readonly called = 'the registry'
  readonly #mirrors: ImageMirrors
  readonly #access: RegistryAccess | undefined
  readonly #session: RegistrySession
  /** By registry and digest a repository that a blob was pushed to. */
  readonly #pushed = new Map<string, string>()

  /** @param access To the registry that is pushed to; without it, nobody logs in. */
  constructor(mirrors: ImageMirrors = {}, access?: RegistryAccess) {
    this.#mirrors = mirrors
    this.#access = access
    this.#session = new RegistrySession(access)
  }

  /** Proves that the registry takes the login; without one there is nothing to prove. */
  async logIn(registry: string, work: Work): Promise<void> {
    if (this.#access?.login === undefined) return
    const request: ScopedRequest = { method: 'GET', url: new URL(`${apiRoot(registry, this.#mirrors)}/`), scopes: [] }
    // Some have nothing at the root of their API, and say so once they know who asks.
    const answer = await this.#ask(
      { what: `registry ${registry} cannot be asked for a login`, registry, access: this.#access },
      request,
      [200, 404, 405],
      work,
    )
    answer.body.resume()
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
      throw explained({ what }, error)
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
    const answer = await this.#ask(this.#aim(reference, what), request, [200, 404], work)
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
      throw explained({ what }, error)
    }
  }

  async hasBlob(repository: Repository, digest: string, work: Work): Promise<boolean> {
    const what = `registry ${repository.registry} cannot be asked for ${digest}`
    const answer = await this.#ask(this.#aim(repository, what), this.#request(repository, 'HEAD', `blobs/${digest}`), [200, 404], work)
    answer.body.resume()
    return answer.status === 200
  }

  /** Uploads a blob in one piece, unless the repository has it, or the registry takes it from another repository that it was pushed to. */
  async pushBlob(repository: Repository, blob: Blob, work: Work): Promise<void> {
    if (await this.hasBlob(repository, blob.digest, work)) return
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) }
    const key = `${repository.registry} ${blob.digest}`
    const begin = this.#request(repository, 'POST', 'blobs/uploads/', { 'content-length': '0' })
    // A failed try uses up the upload's address, so both requests are made again together.
    const pushed = retried(begin.url, work, async () => {
      const begun =
        (await this.#mount(begin, blob.digest, this.#pushed.get(key), work)) ?? (await this.#session.askOnce(begin, [202], work))
      begun.body.resume()
      if (begun.status === 201) return
      const url = new URL(begun.headers.location ?? '', begin.url)
      url.searchParams.set('digest', blob.digest)
      const done = await this.#session.askOnce({ ...begin, method: 'PUT', url, headers, body: blob.open }, [201], work)
      done.body.resume()
    })
    await pushed.catch((error: unknown) => {
      throw explained(
        this.#aim(repository, `layer ${blob.digest} cannot be pushed to ${repository.registry}/${repository.repository}`),
        error,
      )
    })
    this.#pushed.set(key, repository.repository)
  }

  /** 201 where the registry took the blob from the repository `from`, 202 where it wants it sent; nothing where it won't hear of it. */
  async #mount(begin: ScopedRequest, digest: string, from: string | undefined, work: Work): Promise<Answer | undefined> {
    if (from === undefined) return undefined
    const url = new URL(begin.url)
    url.searchParams.set('mount', digest)
    url.searchParams.set('from', from)
    try {
      return await this.#session.askOnce({ ...begin, url, scopes: [...begin.scopes, `repository:${from}:pull`] }, [201, 202], work)
    } catch (error) {
      if (error instanceof RegistryError && error.status >= 400 && error.status < 500) return undefined
      throw error
    }
  }

  async put(reference: Reference, { manifest, blobs }: WholeImage, work: Work): Promise<void> {
    await Promise.all(blobs.map(blob => this.pushBlob(reference, blob, work)))
    await this.pushManifest(reference, manifest, work)
  }

  /** Puts a manifest under a tag; its blobs must be there. */
  async pushManifest(reference: Reference, manifest: Manifest, work: Work): Promise<void> {
    const content = bufferBlob(Buffer.from(manifest.body))
    const headers = { 'content-type': manifest.mediaType, 'content-length': String(content.size) }
    const request = { ...this.#request(reference, 'PUT', `manifests/${reference.version}`, headers), body: content.open }
    const answer = await this.#ask(this.#aim(reference, `image ${referenceText(reference)} cannot be pushed`), request, [201], work)
    answer.body.resume()
  }

  #request(
    { registry, repository }: Repository,
    method: ScopedRequest['method'],
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): ScopedRequest {
    const url = new URL(`${apiRoot(registry, this.#mirrors)}/${repository}/${path}`)
    // Whoever logs in is to push: one token for all of it, and to a repository that isn't there yet some give none that only pulls.
    const reads = (method === 'GET' || method === 'HEAD') && this.#access?.login === undefined
    return { method, url, headers, scopes: [`repository:${repository}:${reads ? 'pull' : 'pull,push'}`] }
  }

  /** What a request to push is for, and as whom, for errors. */
  #aim(to: Repository, what: string): Attempt {
    return { what, to, access: this.#access }
  }

  async #ask(attempt: Attempt, request: ScopedRequest, expected: readonly number[], work: Work): Promise<Answer> {
    try {
      return await this.#session.ask(request, expected, work)
    } catch (error) {
      throw explained(attempt, error)
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
