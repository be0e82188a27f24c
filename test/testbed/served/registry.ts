/** The read-only part of the distribution API, over image directories as image.ts writes them. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { ServedImage } from './catalogue.ts'

export type RegistryAnswer =
  | { readonly kind: 'empty' }
  | { readonly kind: 'blob'; readonly file: string; readonly digest: string; readonly manifest: boolean }
  | { readonly kind: 'tags'; readonly name: string; readonly tags: readonly string[] }
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message: string }

/** What a request for `url` (a path under `/v2/`) gives. Digests are looked for in all images of the repository. */
export function registryAnswer(images: readonly ServedImage[], method: string, url: string): RegistryAnswer {
  if (url === '/v2/' || url === '/v2') return { kind: 'empty' }
  if (method !== 'GET' && method !== 'HEAD') return error(405, 'UNSUPPORTED', 'this registry is read-only')
  const [, name, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(url) ?? []
  if (name === undefined || reference === undefined) return error(404, 'NOT_FOUND', `no such path: ${url}`)
  const own = images.filter(image => image.repository === name)
  if (own.length === 0) return error(404, 'NAME_UNKNOWN', `no image ${name}`)
  if (kind === 'tags') return { kind: 'tags', name, tags: own.map(image => image.tag) }
  if (/^sha256:[0-9a-f]{64}$/.test(reference)) {
    const file = own.map(image => blobFile(image, reference)).find(candidate => existsSync(candidate))
    if (file) return { kind: 'blob', file, digest: reference, manifest: kind === 'manifests' }
    return error(404, kind === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN', `${name} has no ${reference}`)
  }
  const tagged = own.find(image => image.tag === reference)
  if (!tagged || kind !== 'manifests') return error(404, 'MANIFEST_UNKNOWN', `${name} has no tag ${reference}`)
  return { kind: 'blob', file: blobFile(tagged, tagged.index), digest: tagged.index, manifest: true }
}

const blobFile = (image: ServedImage, digest: string): string =>
  path.join(image.directory, 'blobs', 'sha256', digest.replace('sha256:', ''))

const error = (status: number, code: string, message: string): RegistryAnswer => ({ kind: 'error', status, code, message })
