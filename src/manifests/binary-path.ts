/** Where the executable of a container must lie in its image, so that an image made here runs under the manifests as they are written. Pure. */
import { posix } from 'node:path'
import { Failure } from '../host/failure.ts'
import type { Container } from './edits.ts'

/** Upstream's place, and where an image without a command to follow has its entrypoint. */
export const MANAGER = '/manager'

/** Folders that are on PATH in every image; what is named without a path is looked for there. */
const ON_PATH = '/usr/local/bin'

const SHELL = /^(.*\/)?(ba|da|a)?sh$/

/**
 * The command's first word where there is one: `/manager` for most, `/ko-app/cmd` or `/extension` for some. Without a command the image's entrypoint is started, which
 * is ours to choose; then an argument that is a path by itself is no argument of a manager's.
 * @throws Failure for a command that an image with nothing but an executable cannot run.
 */
export function binaryPathFor({ name, command, workingDir }: Container): string {
  const first = Array.isArray(command) ? command[0] : undefined
  if (typeof first !== 'string') return MANAGER
  if (SHELL.test(first)) {
    throw new Failure({
      what: `container ${name ?? 'manager'} runs its manager by a shell`,
      why: `its command is ${JSON.stringify(command)}, and the base image has no shell`,
      remedy: 'build the image from its Dockerfile: set `build: dockerfile` for this provider',
    })
  }
  if (first.startsWith('/')) return posix.normalize(first)
  return first.includes('/') ? posix.join('/', typeof workingDir === 'string' ? workingDir : '', first) : `${ON_PATH}/${first}`
}
