/** Images on the nodes of a kind cluster without a registry: an archive goes to each node's containerd, by kind. */
import { exec } from '../host/exec.ts'
import { Failure } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { docker } from './engine.ts'

/** The digest of an image that all of `nodes` have by this name; nothing where one of them doesn't. */
export async function digestOnNodes(nodes: readonly string[], image: string, work: Work): Promise<string | undefined> {
  const digests = await Promise.all(
    nodes.map(async node => {
      const { stdout } = await docker(['exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'list', `name==${image}`], work, {
        timeout: 60,
      })
      return digestIn(stdout, image)
    }),
  )
  const [first] = digests
  return digests.every(digest => digest === first) ? first : undefined
}

/** Of an image in what `ctr images list` printed: a table of reference, type, digest and more. Pure. */
export const digestIn = (table: string, image: string): string | undefined =>
  table
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .find(([reference]) => reference === image)
    ?.find(word => /^sha256:[0-9a-f]{64}$/.test(word))

/** @throws Failure with what kind said. */
export async function loadArchive(kind: string, cluster: string, archive: string, work: Work): Promise<void> {
  try {
    await exec(kind, ['load', 'image-archive', '--name', cluster, archive], work, { timeout: 600 })
  } catch (cause) {
    work.signal.throwIfAborted()
    if (!(cause instanceof Failure)) throw cause
    const remedy = 'look at containerd on the nodes, `docker exec <node> crictl info`, and at the space on their disks'
    throw new Failure({
      what: `an image cannot be loaded into the nodes of ${cluster}`,
      why: cause.why ?? cause.what,
      details: cause.details,
      remedy,
      cause,
    })
  }
}
