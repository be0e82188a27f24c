/** Manifests that are written for an image from a Dockerfile, run with one of ko: its executable is its entrypoint, and at the place of the other there is nothing. Pure. */
import { editContainers } from './edits.ts'
import type { KubeObject } from './object.ts'

/** Where ko puts all executables, and nothing else does. */
const KO = '/ko-app/'

/** Has the containers that run `image` start its entrypoint where they name another path (`/manager`); a command that is found by PATH is left as it is. */
export function startEntrypoint(objects: readonly KubeObject[], image: string, [entrypoint, ...more]: readonly string[]): KubeObject[] {
  if (entrypoint === undefined || more.length > 0 || !entrypoint.startsWith(KO)) return [...objects]
  const isElsewhere = (command: unknown): command is readonly string[] =>
    Array.isArray(command) && typeof command[0] === 'string' && command[0].startsWith('/') && !command[0].startsWith(KO)
  return objects.map(object =>
    editContainers(
      object,
      container => container.image === image && isElsewhere(container.command),
      container => ({ ...container, command: [entrypoint, ...(isElsewhere(container.command) ? container.command.slice(1) : [])] }),
    ),
  )
}
