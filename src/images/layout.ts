/** An image that an engine or a builder has written into a folder, read for pushing: an OCI image layout, or what `docker save` of an engine before version 25, and ko, write. */
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '../host/failure.ts'
import { type Blob, bufferBlob, measure, openFile, sha256 } from './blob.ts'
import type { Platform } from './image.ts'
import type { Manifest, WholeImage } from './store.ts'

const descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number() })
const index = z.object({
  manifests: z.array(descriptor.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() })),
})
const imageManifest = z.object({ config: descriptor, layers: z.array(descriptor) })

type Described = z.infer<typeof descriptor>

/** @throws Failure when the folder has no image for `platform`. */
export async function readImage(folder: string, platform: Platform): Promise<WholeImage> {
  const written = await textIn(folder, 'index.json')
  if (written !== undefined) return readLayout(folder, written, platform)
  const saved = await textIn(folder, 'manifest.json')
  if (saved !== undefined) return readSaved(folder, saved)
  throw new Failure({
    what: `${folder} has no image`,
    why: 'there is neither index.json nor manifest.json',
    remedy: 'have the image written there as an OCI layout, or as `docker save` does',
  })
}

const textIn = (folder: string, file: string): Promise<string | undefined> =>
  readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

const blobFile = (folder: string, digest: string): string => join(folder, 'blobs', ...digest.split(':'))

/** Follows indexes, as an engine with containerd's store writes them, down to the manifest for `platform`. To a layout that is there ko adds: the last is the newest. */
async function readLayout(folder: string, text: string, platform: Platform): Promise<WholeImage> {
  const { manifests } = index.parse(JSON.parse(text))
  const fits = manifests.findLast(entry => entry.platform?.os === platform.os && entry.platform.architecture === platform.architecture)
  const found = fits ?? manifests.findLast(entry => entry.platform === undefined)
  if (found === undefined)
    throw new Failure({
      what: `${folder} has no image for ${platform.os}/${platform.architecture}`,
      why: 'it is of other platforms',
      remedy: `have it built for ${platform.os}/${platform.architecture}, the platform of the nodes`,
    })
  const body = await readFile(blobFile(folder, found.digest), 'utf8')
  if (/index|manifest\.list/.test(found.mediaType)) return readLayout(folder, body, platform)
  const manifest: Manifest = { mediaType: found.mediaType, digest: found.digest, body }
  const { config, layers } = imageManifest.parse(JSON.parse(body))
  return { manifest, blobs: [config, ...layers].map(one => fileBlob(folder, one)) }
}

const fileBlob = (folder: string, { digest, size }: Described): Blob => ({ digest, size, open: () => openFile(blobFile(folder, digest)) })

const savedImages = z.tuple([z.object({ Config: z.string(), Layers: z.array(z.string()) })])

/** Such an archive has no manifest: it is made here, of the configuration and the layers. Engines don't compress those, ko and the like do. */
async function readSaved(folder: string, text: string): Promise<WholeImage> {
  const [{ Config, Layers }] = savedImages.parse(JSON.parse(text))
  const config = bufferBlob(await readFile(join(folder, Config)))
  const layers = await Promise.all(Layers.map(file => savedLayer(join(folder, file))))
  const described = (mediaType: string, { digest, size }: Blob): Described => ({ mediaType, digest, size })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: described('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map(({ blob, compression }) => described(`application/vnd.oci.image.layer.v1.tar${compression}`, blob)),
  })
  return { manifest: { mediaType, digest: sha256(body), body }, blobs: [config, ...layers.map(({ blob }) => blob)] }
}

async function savedLayer(file: string): Promise<{ readonly blob: Blob; readonly compression: string }> {
  const [{ digest }, { size }, compression] = await Promise.all([measure(openFile(file)), stat(file), compressionOf(file)])
  return { blob: { digest, size, open: () => openFile(file) }, compression }
}

/** How the names of media types end, by how compressed files begin. */
const COMPRESSIONS = { '1f8b': '+gzip', '28b52ffd': '+zstd' }

async function compressionOf(file: string): Promise<string> {
  await using handle = await open(file)
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
  const begins = buffer.toString('hex')
  return Object.entries(COMPRESSIONS).find(([magic]) => begins.startsWith(magic))?.[1] ?? ''
}
