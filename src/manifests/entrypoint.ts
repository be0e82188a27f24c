/** Manifests that are written for an image from a Dockerfile, run with one of ko: its executable is its entrypoint, and at the place of the other there is nothing. Pure. */
import { containersOf, editContainers } from './edits.ts'
import type { KubeObject } from './object.ts'

/** Where ko puts all executables, and nothing else does. */
const KO = '/ko-app/'

/** A command, of a container that runs `image`, that is the path of a file which ko has not made. Those that are found by PATH are left as they are. */
const isElsewhere = (command: unknown): command is readonly string[] =>
  Array.isArray(command) && typeof command[0] === 'string' && command[0].startsWith('/') && !command[0].startsWith(KO)

export interface Started {
  readonly objects: readonly KubeObject[]
  /** What the manifests have had started instead: `/manager`. */
  readonly instead: readonly string[]
}

/** Has the containers that run `image` start its entrypoint where they name another path. */
export function startEntrypoint(objects: readonly KubeObject[], image: string, [entrypoint, ...more]: readonly string[]): Started {
  if (entrypoint === undefined || more.length > 0 || !entrypoint.startsWith(KO)) return { objects, instead: [] }
  const instead = objects
    .flatMap(containersOf)
    .flatMap(one => (one.image === image && isElsewhere(one.command) ? one.command.slice(0, 1) : []))
  const started = objects.map(object =>
    editContainers(
      object,
      container => container.image === image && isElsewhere(container.command),
      container => ({ ...container, command: [entrypoint, ...(isElsewhere(container.command) ? container.command.slice(1) : [])] }),
    ),
  )
  return { objects: started, instead: [...new Set(instead)] }
}
