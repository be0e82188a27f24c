/** `image …`: what a builder or a command has left, put into the registry and noted for the next run. */
import { rm } from 'node:fs/promises'
import { builtBefore, noteBuilt } from '../images/built-note.ts'
import { entrypointOf } from '../images/entrypoint.ts'
import type { Platform } from '../images/image.ts'
import { readImage } from '../images/layout.ts'
import { type PushedImage, pushImage, tagOf } from '../images/push.ts'
import { repositoryBelow } from '../images/reference.ts'
import type { Buildable, BuiltImage } from './buildable.ts'
import type { ImageRegistry } from './registry-tasks.ts'
import { type Task, type TaskWork, task } from './task.ts'

/** What a build has left: an image in a folder, or one that is in the registry. */
export type Made =
  | { readonly there: PushedImage }
  | {
      readonly folder: string
      /** Each of all that decides what was made; none where that was changed meanwhile: it is not known to be in the image. */
      readonly keysNow: () => Promise<readonly string[]>
    }

/** Where images go, and where what is known of them is kept. */
export interface Destination {
  readonly platform: Platform
  readonly folderOf: (provider: Buildable) => string
  readonly registry: Task<ImageRegistry>
}

/** The image that was built from the same, where the registry has it. */
export async function madeBefore(
  provider: Buildable,
  key: string,
  note: string,
  registry: Task<ImageRegistry>,
  work: TaskWork,
): Promise<PushedImage | undefined> {
  const { address, client } = work.of(registry)
  const there = await builtBefore(note, key, repositoryBelow(address, provider.build.image), client, work)
  if (there !== undefined) work.unchanged(`nothing that it is built from has changed, ${client.called} has ${there.reference}`)
  return there
}

export function madeImageTask(provider: Buildable, built: Task<Made>, note: string, { registry, platform }: Destination): Task<BuiltImage> {
  const { name } = provider
  return task(`image ${name}`, 'Puts what was built into the registry.', [built, registry], async work => {
    const done = work.of(built)
    if ('there' in done) {
      work.unchanged(`${work.of(registry).client.called} has ${done.there.reference}`)
      return { ...done.there, name }
    }
    const image = await readImage(done.folder, platform)
    const { address, client } = work.of(registry)
    const tagged = { ...repositoryBelow(address, provider.build.image), version: tagOf(image.manifest) }
    const entrypoint = await entrypointOf(image)
    const pushed = { ...(await pushImage(tagged, image, client, work)), ...(entrypoint.length > 0 ? { entrypoint } : {}) }
    if (!pushed.pushed) work.unchanged(`${client.called} has ${pushed.reference}`)
    await noteBuilt(note, await done.keysNow(), pushed)
    await rm(done.folder, { recursive: true, force: true })
    return { ...pushed, name }
  })
}
