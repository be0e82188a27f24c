/** What an image starts by itself: ko puts an executable where no manifest says it is. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Work } from '../host/work.ts'
import type { Reference } from './reference.ts'
import type { RegistryClient } from './registry-client.ts'
import type { WholeImage } from './store.ts'

const manifest = z.object({ config: z.object({ digest: z.string() }) })
const configuration = z.object({ config: z.object({ Entrypoint: z.array(z.string()).nullish() }).nullish() })

const entrypointIn = (config: string): readonly string[] => configuration.parse(JSON.parse(config)).config?.Entrypoint ?? []

const configOf = (body: string): string | undefined => manifest.safeParse(JSON.parse(body)).data?.config.digest

export async function entrypointOf(image: WholeImage): Promise<readonly string[]> {
  const digest = configOf(image.manifest.body)
  const config = image.blobs.find(blob => blob.digest === digest)
  return config === undefined ? [] : entrypointIn(await text(config.open()))
}

/** Of one that is in a registry; nothing of one for several platforms. */
export async function entrypointThere(reference: Reference, client: RegistryClient, work: Work): Promise<readonly string[]> {
  const digest = configOf((await client.manifest(reference, work)).body)
  if (digest === undefined) return []
  const folder = await mkdtemp(join(tmpdir(), 'capi-actions-config-'))
  try {
    const file = join(folder, 'config.json')
    await client.fetchBlob(reference, digest, file, work)
    return entrypointIn(await readFile(file, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
