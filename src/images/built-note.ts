/** What an image was built from, and under which digest it was pushed: kept from run to run, so that no builder is asked when nothing has changed. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Work } from '../host/work.ts'
import type { BuildArgs } from './build-args.ts'
import type { Platform } from './image.ts'
import type { PushedImage } from './push.ts'
import { type Repository, referenceText } from './reference.ts'
import type { ImageStore } from './store.ts'

export interface BuildInputs {
  /** Hash of the context's files. */
  readonly context: string
  /** Text of the Dockerfile, which the context need not hold. */
  readonly dockerfile: string
  readonly args: BuildArgs
  readonly platform: Platform
}

/** One hash for all that decides what a build makes; images in FROM lines count by their names. */
export const keyOfBuild = ({ context, dockerfile, args, platform }: BuildInputs): string =>
  createHash('sha256')
    .update(JSON.stringify([context, dockerfile, Object.entries(args).toSorted(), platform.os, platform.architecture]))
    .digest('hex')

const note = z.object({ keys: z.array(z.string()), tag: z.string(), digest: z.string(), entrypoint: z.array(z.string()).optional() })

/** The image that was built from the same, if its registry still has it. */
export async function builtBefore(
  file: string,
  key: string,
  repository: Repository,
  store: ImageStore,
  work: Work,
): Promise<PushedImage | undefined> {
  const last = await readNote(file)
  if (last === undefined || !last.keys.includes(key)) return undefined
  const reference = { ...repository, version: last.tag }
  if ((await store.digestOf(reference, work)) !== last.digest) return undefined
  const { digest, entrypoint } = last
  return { reference: referenceText(reference), digest, pushed: false, ...(entrypoint ? { entrypoint } : {}) }
}

async function readNote(file: string): Promise<z.infer<typeof note> | undefined> {
  try {
    return note.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // None, one that was cut short, or of another version of ours: the image is built.
    return undefined
  }
}

/** @param keys None where what it was built from has changed meanwhile: then it is unknown what is in the image. */
export async function noteBuilt(
  file: string,
  keys: readonly string[],
  { reference, digest, entrypoint }: Pick<PushedImage, 'reference' | 'digest' | 'entrypoint'>,
): Promise<void> {
  if (keys.length === 0) return rm(file, { force: true })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(
    file,
    JSON.stringify({
      keys: [...keys],
      tag: reference.slice(reference.lastIndexOf(':') + 1),
      digest,
      ...(entrypoint ? { entrypoint: [...entrypoint] } : {}),
    } satisfies z.infer<typeof note>),
  )
}
