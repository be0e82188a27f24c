/** The node image as a file: the engine's `image save` and `load`, and the name that an image goes by then. */
import { engineName } from '../host/container-engine.ts'
import type { Work } from '../host/work.ts'
import { docker, withRegistry } from './engine.ts'

/**
 * An image that is loaded from a file has no digest, unless the engine keeps images in containerd: kind would pull it again. So it goes by a tag that has the digest
 * in it: `kindest/node:v1.36.1-sha256-3489c7674813` for `kindest/node:v1.36.1@sha256:3489c7674813…`.
 */
export function nameInFile(reference: string): string {
  const [, name, tag, digest] = /^(.+?)(?::([^:@/]+))?@sha256:([0-9a-f]{12})/.exec(reference) ?? []
  return name === undefined ? reference : `${name}:${tag === undefined ? '' : `${tag}-`}sha256-${digest}`
}

/**
 * The names that a node's container may say its image by: podman has each with its registry, and kind asks it for a digest without the tag
 * (v0.32.0, providers/podman/images.go).
 */
export const namesOfNode = (reference: string): readonly string[] => [
  reference,
  nameInFile(reference),
  inPodman(reference),
  withRegistry(nameInFile(reference)),
]

const inPodman = (reference: string): string => withRegistry(reference.replace(/:[^:@/]+(?=@sha256:)/, ''))

/** Podman takes no name that has both tag and digest. */
const inEngine = (reference: string): string => (engineName() === 'podman' ? inPodman(reference) : reference)

/** The first of the image's names by which the engine has it. */
export async function nameInEngine(reference: string, work: Work): Promise<string | undefined> {
  for (const name of new Set([reference, nameInFile(reference)])) {
    const found = await docker(['image', 'inspect', '--format', '{{.Id}}', inEngine(name)], work, { allow: [1] })
    if (found.exitCode === 0) return name
  }
  return undefined
}

/** Command that writes the image; gives it the name that it has in the file first. */
export async function imageSaving(reference: string, work: Work): Promise<{ command: string; args: readonly string[] }> {
  const name = nameInFile(reference)
  if (name !== reference) await docker(['image', 'tag', inEngine(reference), inEngine(name)], work)
  return { command: engineName(), args: ['image', 'save', inEngine(name)] }
}

/** Command that reads the image. */
export const imageLoading = () => ({ command: engineName(), args: ['image', 'load', '--quiet'] })
