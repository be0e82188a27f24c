/** An image as one file for one platform, which engines, containerd and kind read alike: OCI's layout in a tar archive, with the index of `docker save` beside it. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import type { Work } from '../host/work.ts'
import { type Blob, bufferBlob } from './blob.ts'
import { type Reference, referenceText } from './reference.ts'
import type { WholeImage } from './store.ts'
import { BLOCK, tarHeader } from './tar.ts'

/**
 * Of a multi-platform image whose other parts are not there `kind load docker-image` makes an archive that containerd refuses ("content digest … not found",
 * kubernetes-sigs/kind#3795); this one has one platform, and all of it.
 */
export async function writeArchive(reference: Reference, image: WholeImage, file: string, work: Work): Promise<void> {
  const stream = createWriteStream(file)
  const done = finished(stream)
  try {
    const write = async (part: Buffer) => {
      work.signal.throwIfAborted()
      if (!stream.write(part)) await Promise.race([once(stream, 'drain'), done])
    }
    for (const { name, blob } of filesOf(reference, image)) {
      await write(tarHeader({ name, size: blob.size, mode: 0o644 }))
      for await (const part of blob.open()) await write(part)
      await write(Buffer.alloc((BLOCK - (blob.size % BLOCK)) % BLOCK))
    }
    stream.end(Buffer.alloc(2 * BLOCK))
    await done
  } catch (error) {
    stream.destroy()
    throw error
  }
}

interface ArchivedFile {
  readonly name: string
  readonly blob: Blob
}

function filesOf(reference: Reference, { manifest, blobs }: WholeImage): readonly ArchivedFile[] {
  const name = referenceText(reference)
  const described = { mediaType: manifest.mediaType, digest: manifest.digest, size: Buffer.byteLength(manifest.body) }
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': reference.version }
  const { config, layers } = imageManifest.parse(JSON.parse(manifest.body))
  const saved = [{ Config: placeOf(config.digest), RepoTags: [name], Layers: layers.map(({ digest }) => placeOf(digest)) }]
  const json = (file: string, value: unknown): ArchivedFile => ({ name: file, blob: bufferBlob(Buffer.from(JSON.stringify(value))) })
  const contents = new Map([bufferBlob(Buffer.from(manifest.body)), ...blobs].map(blob => [placeOf(blob.digest), blob]))
  return [
    json('oci-layout', { imageLayoutVersion: '1.0.0' }),
    json('index.json', { schemaVersion: 2, manifests: [{ ...described, annotations }] }),
    json('manifest.json', saved),
    ...[...contents].map(([place, blob]) => ({ name: place, blob })),
  ]
}

const named = z.object({ digest: z.string() })
const imageManifest = z.object({ config: named, layers: z.array(named) })

const placeOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`
