/** Images by commands of the repositories: each is asked only when what it makes its image from has changed. */
import { join } from 'node:path'
import { shownCommand } from '../host/command-line.ts'
import { chooseEngine } from '../host/engine-choice.ts'
import { noteBuilt } from '../images/built-note.ts'
import { buildByCommand, type CommandBuild, commandVariables } from '../images/command-build.ts'
import { hashLines, type Lines } from '../images/context.ts'
import { entrypointThere } from '../images/entrypoint.ts'
import { referenceText, repositoryBelow } from '../images/reference.ts'
import { RegistryClient } from '../images/registry-client.ts'
import { keyOfCommand, onlyImagesChanged, readSources, tagOfSources } from '../images/source-hash.ts'
import type { Buildable, BuiltImage } from './buildable.ts'
import { type Destination, type Made, madeBefore, madeImageTask } from './made-image.ts'
import { cpuTask, type Task } from './task.ts'
import type { Wanted } from './wanted.ts'

/**
 * @param archives Those that commands write in the same run: providers of one repository have theirs beside one another.
 * @returns the task after which the image of `provider` is in the registry.
 */
export function commandTask(
  provider: Buildable,
  { settings, record }: Pick<Wanted, 'settings' | 'record'>,
  first: readonly Task[],
  archives: readonly string[],
  destination: Destination,
): Task<BuiltImage> {
  const { name, repository, build } = provider
  const { registry, platform, folderOf } = destination
  const { command = 'make docker-build', archive } = build
  const note = join(folderOf(provider), `${name}.image.json`)
  const built = cpuTask<Made>(`build ${name}`, `Runs ${shownCommand(command)} in ${repository}.`, [registry, ...first], async work => {
    const { address, client } = work.of(registry)
    const below = repositoryBelow(address, build.image)
    const untagged = commandVariables({ image: { ...below, version: '' }, platform })
    const sources = () => readSources(repository, archives, work)
    const before = await sources()
    const keyOf = (lines: Lines) => keyOfCommand(shownCommand(command), hashLines(lines), untagged)
    const key = keyOf(before)
    const keysNow = async () => {
      const after = await sources()
      return (await onlyImagesChanged(repository, before, after)) ? [key, keyOf(after)] : []
    }
    const there = await madeBefore(provider, key, note, registry, work)
    if (there !== undefined) return { there }
    const image = { ...below, version: tagOfSources(key) }
    const engine = await chooseEngine(settings.engine, work)
    const asked: CommandBuild = {
      name,
      folder: repository,
      command,
      image,
      platform,
      engine,
      archive,
      output: join(folderOf(provider), `${name}.image`),
    }
    const made = await buildByCommand(asked, client, record, work)
    if ('folder' in made) return { folder: made.folder, keysNow }
    const entrypoint = client instanceof RegistryClient ? await entrypointThere(image, client, work) : []
    const pushed = { reference: referenceText(image), digest: made.pushed.digest, pushed: true, entrypoint }
    await noteBuilt(note, await keysNow(), pushed)
    return { there: pushed }
  })
  return madeImageTask(provider, built, note, destination)
}
