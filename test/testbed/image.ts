/**
 * Container images as files, made without an engine: layers from directory trees, configuration, manifest, index.
 * A directory of an image serves three readers: the image registry (OCI blobs by digest), `docker load` and `ctr import` (manifest.json).
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, mkdir, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { exec } from '../../src/host/exec.ts'
import type { Work } from '../../src/host/work.ts'
import { readJson } from './cache.ts'

/** The fields of an image's configuration that ours use, as the OCI image specification names them. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Volumes?: Readonly<Record<string, object>>
  readonly StopSignal?: string
  readonly Labels?: Readonly<Record<string, string>>
}

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

interface Layer extends Descriptor {
  /** Digest of the layer before compression. */
  readonly diffId: string
}

/** What `image.json` in an image's directory says. */
export interface Image {
  /** Full names, as upstream publishes it: `registry.k8s.io/pause:3.10.1`. */
  readonly names: readonly string[]
  readonly config: ImageConfig
  readonly layers: readonly Layer[]
  /** Digest of the index that a tag resolves to. */
  readonly index: string
}

/** The label that says which recipe an image came from. Containers inherit it: it must not be the one that clean-up looks for. */
export const RECIPE_LABEL = 'capi-actions.testbed.recipe'

export interface ImageSpec {
  readonly names: readonly string[]
  readonly config: ImageConfig
  /** An image directory whose layers come first. */
  readonly base?: string
  /** A directory tree, or a tar file, that is the image's own layer. */
  readonly layer: string
  /** Compresses the layer, as registries have it. Not worth its time for what only the local engine reads. */
  readonly compress: boolean
}

const blob = (directory: string, digest: string): string => path.join(directory, 'blobs', 'sha256', digest.replace('sha256:', ''))

/** Writes an image into `directory`. */
export async function writeImage(directory: string, spec: ImageSpec, work: Work): Promise<Image> {
  await mkdir(path.join(directory, 'blobs', 'sha256'), { recursive: true })
  const base = spec.base === undefined ? undefined : imageIn(spec.base)
  for (const layer of base?.layers ?? []) await link(blob(spec.base ?? '', layer.digest), blob(directory, layer.digest))
  const layers = [...(base?.layers ?? []), await writeLayer(directory, spec.layer, spec.compress, work)]
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const config = { ...base?.config, ...spec.config }
  const configBlob = await writeBlob(directory, 'application/vnd.oci.image.config.v1+json', {
    created: '2026-01-01T00:00:00Z', // the same content has the same digest, whenever it was made
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(layer => layer.diffId) },
  })
  const manifest = await writeBlob(directory, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: configBlob,
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  })
  const index = await writeBlob(directory, 'application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...manifest, platform: { architecture, os: 'linux' } }],
  })
  const image: Image = { names: spec.names, config, layers, index: index.digest }
  await writeFile(path.join(directory, 'image.json'), JSON.stringify(image))
  await writeFile(path.join(directory, 'manifest.json'), JSON.stringify([archiveEntry(image, configBlob.digest)]))
  return image
}

/** The image in a directory. */
export function imageIn(directory: string): Image {
  const image = readJson<Image>(path.join(directory, 'image.json'))
  if (!image) throw new Error(`${directory} holds no image`)
  return image
}

interface ArchiveEntry {
  readonly Config: string
  readonly RepoTags: readonly string[]
  readonly Layers: readonly string[]
}

const archiveEntry = (image: Image, config: string): ArchiveEntry => {
  const file = (digest: string) => `blobs/sha256/${digest.replace('sha256:', '')}`
  return { Config: file(config), RepoTags: image.names, Layers: image.layers.map(layer => file(layer.digest)) }
}

/** Writes one archive of several images, as `docker save` would. */
export async function writeArchive(directories: readonly string[], scratch: string, archive: string, work: Work): Promise<void> {
  const entries: ArchiveEntry[] = []
  for (const directory of directories) {
    await exec('cp', ['-rl', path.join(directory, 'blobs'), scratch], work)
    entries.push(...(readJson<ArchiveEntry[]>(path.join(directory, 'manifest.json')) ?? []))
  }
  await writeFile(path.join(scratch, 'manifest.json'), JSON.stringify(entries))
  await exec('tar', ['-C', scratch, '-cf', archive, 'manifest.json', 'blobs'], work)
}

async function writeLayer(directory: string, source: string, compress: boolean, work: Work): Promise<Layer> {
  const plain = path.join(directory, '.layer.tar')
  if ((await stat(source)).isDirectory()) {
    await exec('tar', ['-C', source, '--numeric-owner', '--sort=name', '--mtime=@0', '-cf', plain, '.'], work)
  } else {
    await rename(source, plain)
  }
  const packed = path.join(directory, '.layer')
  const before = createHash('sha256')
  const after = createHash('sha256')
  if (compress) {
    await pipeline(createReadStream(plain), hashing(before), createGzip({ level: 1 }), hashing(after), createWriteStream(packed), {
      signal: work.signal,
    })
    await exec('rm', [plain], work)
  } else {
    await pipeline(createReadStream(plain), hashing(before), async chunks => {
      for await (const chunk of chunks) after.update(chunk as Buffer)
    })
    await rename(plain, packed)
  }
  const digest = `sha256:${after.digest('hex')}`
  const { size } = await stat(packed)
  await rename(packed, blob(directory, digest))
  const mediaType = `application/vnd.oci.image.layer.v1.tar${compress ? '+gzip' : ''}`
  return { mediaType, digest, size, diffId: `sha256:${before.digest('hex')}` }
}

const hashing = (hash: ReturnType<typeof createHash>): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })

async function writeBlob(directory: string, mediaType: string, content: unknown): Promise<Descriptor> {
  const text = JSON.stringify(content)
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  await writeFile(blob(directory, digest), text)
  return { mediaType, digest, size: Buffer.byteLength(text) }
}

export interface ImageName {
  /** `docker.io`, `registry.k8s.io` … */
  readonly registry: string
  /** As a registry, or a mirror of it, sees it: `library/registry`. */
  readonly repository: string
  readonly tag: string
}

/** The parts of a full image name with a tag; Docker's short forms are those of docker.io. */
export function parseImageName(name: string): ImageName {
  const [, path = name, tag = 'latest'] = /^(.*?)(?::([\w.-]+))?$/.exec(name) ?? []
  const [first = '', ...rest] = path.split('/')
  if (rest.length === 0) return { registry: 'docker.io', repository: `library/${first}`, tag }
  if (/[.:]|^localhost$/.test(first)) {
    const repository = rest.length === 1 && first === 'docker.io' ? `library/${rest[0]}` : rest.join('/')
    return { registry: first, repository, tag }
  }
  return { registry: 'docker.io', repository: path, tag }
}
