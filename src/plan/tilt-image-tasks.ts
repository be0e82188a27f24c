/** Compiled managers whose images get more than the executable: `additional_docker_…_commands` of a tilt-provider file are lines of a Dockerfile, so a builder makes them. */
import { constants } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { builderImageFor } from '../images/build-args.ts'
import { hashContext } from '../images/context.ts'
import { BINARY, tiltDockerfile } from '../images/tilt-dockerfile.ts'
import { goVersionOf } from '../providers/repository.ts'
import type { Settings } from '../settings/settings.ts'
import type { Buildable, BuiltImage } from './buildable.ts'
import { builtTask, type ChosenBuilder, handedIn, keyOf, noteOf, type PreparedBuild } from './dockerfile-tasks.ts'
import { besideIn, type ManagerParts, partsOf, pathIn } from './go-image-tasks.ts'
import { type Destination, madeImageTask } from './made-image.ts'
import { type Task, task } from './task.ts'

/** @returns the task after which the image of `provider` is in the registry. */
export function tiltImageTask(
  provider: Buildable,
  parts: ManagerParts,
  builder: ChosenBuilder,
  settings: Settings,
  destination: Destination,
): Task<BuiltImage> {
  const { name, build, repository } = provider
  const { helper = '', image = '' } = build.additional ?? {}
  const folder = join(destination.folderOf(provider), `${name}.context`)
  const docs = `Puts the manager of ${name} and a Dockerfile with its additional lines into ${folder}.`
  const prepared = task(`dockerfile ${name}`, docs, partsOf(parts), async (work): Promise<ReadonlyMap<string, PreparedBuild>> => {
    const beside = Object.entries(besideIn(parts, work))
    const files = [[BINARY, work.of(parts.compile).path], ...beside.map(([place, file]) => [basename(place), file])] as const
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    for (const [to, from] of files) await copyFile(from ?? '', join(folder, to ?? ''), constants.COPYFILE_FICLONE)
    const goVersion = (await goVersionOf(repository)) ?? (await goVersionOf(build.go?.moduleDir ?? repository))
    const text = tiltDockerfile({
      helper,
      image,
      builderImage: settings.builderImage ?? builderImageFor(goVersion ?? 'latest'),
      baseImage: settings.baseImage,
      user: build.user,
      path: pathIn(parts, work),
      beside: Object.fromEntries(beside.map(([place]) => [place, basename(place)])),
    })
    const dockerfile = `${folder}.Dockerfile`
    await writeFile(dockerfile, text)
    const output = join(destination.folderOf(provider), `${name}.image`)
    const { platform } = destination
    const made = {
      name,
      folder,
      dockerfile,
      platform,
      args: {},
      secrets: {},
      hidden: settings.secrets,
      output,
      ...(await handedIn(settings.environment)),
    }
    return new Map([[name, { ...made, key: keyOf(made, text, await hashContext(made, work)) }]])
  })
  const built = builtTask(provider, 'what was compiled, with its additional lines,', builder, prepared, destination)
  return madeImageTask(provider, built, noteOf(provider, destination), destination)
}
