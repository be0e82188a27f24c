/** The documents of an image: its configuration and its manifest, made from those of a base image. Pure. https://github.com/opencontainers/image-spec */
import { z } from 'zod'
import { Failure } from '../host/failure.ts'
import { type Blob, bufferBlob, sha256 } from './blob.ts'
import type { Manifest } from './store.ts'

export interface Platform {
  readonly os: string
  readonly architecture: string
}

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

const descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() })

const index = z.object({
  manifests: z.array(descriptor.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() })),
})

/** The digest of the manifest for `platform`, or nothing when `manifest` is one for a single platform itself. */
export function platformDigest(name: string, manifest: Manifest, platform: Platform): string | undefined {
  if (!/index|manifest\.list/.test(manifest.mediaType)) return undefined
  const { manifests } = index.parse(JSON.parse(manifest.body))
  const found = manifests.find(entry => entry.platform?.os === platform.os && entry.platform.architecture === platform.architecture)
  if (found) return found.digest
  const there = manifests.flatMap(entry => (entry.platform ? [`${entry.platform.os}/${entry.platform.architecture}`] : []))
  throw wrongPlatform(name, platform, there)
}

const imageManifest = z.object({ config: descriptor, layers: z.array(descriptor) })

/** OCI's name for each layer type of Docker's; the content is the same. */
const LAYER_TYPES: Readonly<Record<string, string>> = {
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'application/vnd.oci.image.layer.v1.tar+zstd',
}

/** Configuration and layers that a single-platform manifest names, layers under OCI's types. */
export function readManifest(name: string, manifest: Manifest): { config: Descriptor; layers: Descriptor[] } {
  const read = imageManifest.safeParse(JSON.parse(manifest.body))
  if (!read.success) {
    throw new Failure({
      what: `base image ${name} cannot be used`,
      why: `its manifest has the type ${manifest.mediaType}`,
      remedy: 'set another base image',
    })
  }
  const layers = read.data.layers.map(layer => ({ ...layer, mediaType: LAYER_TYPES[layer.mediaType] ?? layer.mediaType }))
  return { config: read.data.config, layers }
}

const imageConfig = z.object({
  created: z.string().optional(),
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(z.string()) }),
  history: z.array(z.looseObject({})).nullish(),
})

export interface ImageChange {
  /** What is added, bottom first, not compressed. */
  readonly layers: readonly Blob[]
  readonly entrypoint: readonly string[]
  /** As in a Dockerfile's USER; the base image's where it is not set. */
  readonly user?: string | undefined
  readonly labels: Readonly<Record<string, string>>
}

export interface BaseImage {
  readonly layers: readonly Descriptor[]
  /** The configuration's JSON. */
  readonly config: string
}

/** @throws Failure when an image whose configuration is `config` is not for `platform`. */
export function requirePlatform(name: string, config: string, platform: Platform): void {
  const { os, architecture } = imageConfig.parse(JSON.parse(config))
  if (os === platform.os && architecture === platform.architecture) return
  throw wrongPlatform(name, platform, [`${os}/${architecture}`])
}

const wrongPlatform = (name: string, { os, architecture }: Platform, there: readonly string[]) =>
  new Failure({
    what: `base image ${name} has nothing for ${os}/${architecture}`,
    why: `it has ${there.join(', ') || 'no platforms'}`,
    remedy: 'set another base image',
  })

/** The image that `change` makes of `base`: the same bytes for the same input, without a date of its own. */
export function makeImage(base: BaseImage, { layers, entrypoint, user, labels }: ImageChange): { config: Blob; manifest: Manifest } {
  const from = imageConfig.parse(JSON.parse(base.config))
  const { Cmd: _, ...kept } = from.config ?? {}
  const config = bufferBlob(
    Buffer.from(
      JSON.stringify({
        ...from,
        created: from.created ?? '1970-01-01T00:00:00Z',
        config: {
          ...kept,
          ...(user === undefined ? {} : { User: user }),
          Entrypoint: entrypoint,
          Labels: { ...from.config?.Labels, ...labels },
        },
        rootfs: { type: 'layers', diff_ids: [...from.rootfs.diff_ids, ...layers.map(({ digest }) => digest)] },
        history: [...(from.history ?? []), ...layers.map(() => ({ created_by: `COPY ${entrypoint.join(' ')}` }))],
      }),
    ),
  )
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const added = layers.map(({ digest, size }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size }))
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size },
    layers: [...base.layers, ...added],
  })
  return { config, manifest: { mediaType, digest: sha256(body), body } }
}
