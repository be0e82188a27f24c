/** Manager images in the local registry, without an engine: base layers, one layer with the binary, and a tag that is the content's hash. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isThere } from '../host/there.ts'
import type { Work } from '../host/work.ts'
import { openFile } from './blob.ts'
import { type BaseImage, type Descriptor, makeImage, type Platform, platformDigest, readManifest, requirePlatform } from './image.ts'
import { executableLayer } from './layer.ts'
import { parseReference, type Reference, referenceText } from './reference.ts'
import type { RegistryClient } from './registry-client.ts'
import type { ImageStore, Manifest, WholeImage } from './store.ts'

const MANAGER = '/manager'

/** A base image for one platform, its blobs in the cache directory. */
export interface Base extends BaseImage {
  /** By digest. */
  readonly name: string
  readonly blobFile: (digest: string) => string
}

/** Reads a base image; its blobs are fetched once and kept under `cache` by digest. */
export async function fetchBase(name: string, platform: Platform, cache: string, client: RegistryClient, work: Work): Promise<Base> {
  const reference = parseReference(name)
  const first = await client.manifest(reference, work)
  const digest = platformDigest(name, first, platform)
  const manifest = digest === undefined ? first : await client.manifest({ ...reference, version: digest }, work)
  const { config, layers } = readManifest(name, manifest)
  const blobFile = (blob: string) => join(cache, 'blobs', ...blob.split(':'))
  await Promise.all(
    [config, ...layers].map(async blob => {
      if (!(await isThere(blobFile(blob.digest)))) await client.fetchBlob(reference, blob.digest, blobFile(blob.digest), work)
    }),
  )
  const text = await readFile(blobFile(config.digest), 'utf8')
  requirePlatform(name, text, platform)
  return { name: referenceText({ ...reference, version: manifest.digest }), layers, config: text, blobFile }
}

export interface ManagerImage extends ImageOfManager {
  /** Host of the registry that it goes to, `localhost:5000`. */
  readonly registry: string
  /** `capd-manager` */
  readonly repository: string
}

export interface ImageOfManager {
  /** File with the manager's executable. */
  readonly binary: string
  /** Where the image has it, and what it starts. */
  readonly path?: string | undefined
  /** Executables that lie beside it, by their paths in the image: a debugger. */
  readonly beside?: Readonly<Record<string, string>> | undefined
  readonly base: Base
  /** Instead of the base image's user; CAPD's manager must be `0`. */
  readonly user?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export interface PushedImage {
  /** What it starts by itself, where that is known. */
  readonly entrypoint?: readonly string[] | undefined
  /** `localhost:5000/capd-manager:3f0c…` */
  readonly reference: string
  readonly digest: string
  /** False when the registry had it already. */
  readonly pushed: boolean
}

/** Puts a manager's image into the registry, unless it is there. */
export async function pushManager(image: ManagerImage, store: ImageStore, work: Work): Promise<PushedImage> {
  const { registry, repository } = image
  const made = await managerImage(image, work)
  return pushImage({ registry, repository, version: tagOf(made.manifest) }, made, store, work)
}

/** The image of a manager: what lies beside it is below it, as it changes less often. */
export async function managerImage(
  { binary, path = MANAGER, beside = {}, base, user, labels = {} }: ImageOfManager,
  work: Work,
): Promise<WholeImage> {
  const layers = []
  for (const [place, file] of [...Object.entries(beside), [path, binary] as const]) layers.push(await executableLayer(file, place))
  work.signal.throwIfAborted()
  const made = makeImage(base, { layers, entrypoint: [path], user, labels })
  return { manifest: made.manifest, blobs: [...base.layers.map(descriptor => cachedBlob(base, descriptor)), ...layers, made.config] }
}

/** The manifest names layers and configuration by their digests, so its own stands for all of them. */
export const tagOf = ({ digest }: Manifest): string => digest.slice('sha256:'.length, 'sha256:'.length + 16)

/** Puts an image where it goes, unless it is there. */
export async function pushImage(tagged: Reference, image: WholeImage, store: ImageStore, work: Work): Promise<PushedImage> {
  const { digest } = image.manifest
  const pushed = (await store.digestOf(tagged, work)) !== digest
  if (pushed) await store.put(tagged, image, work)
  return { reference: referenceText(tagged), digest, pushed }
}

const cachedBlob = (base: Base, { digest, size }: Descriptor) => ({ digest, size, open: () => openFile(base.blobFile(digest)) })
