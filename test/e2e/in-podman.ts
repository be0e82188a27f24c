/** What is in podman, as `machine.ts` tells it of docker, and commands that run on it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Podman } from '../testbed/podman.ts'

/** Lines that `podman` prints, in order of the alphabet. */
export async function podmanLines({ env }: Podman, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('podman', args, { env: { ...process.env, ...env } })
  return stdout.split('\n').filter(Boolean).toSorted()
}

/** Containers, networks and volumes: what a run could leave behind. */
export const lookInPodman = async (podman: Podman): Promise<string[]> => [
  ...(await podmanLines(podman, 'ps', '--all', '--format', '{{.Names}}')),
  ...(await podmanLines(podman, 'network', 'ls', '--format', '{{.Name}}')),
  ...(await podmanLines(podman, 'volume', 'ls', '--format', '{{.Name}}')),
]

/** Of a kind cluster, or of a workload cluster whose machines are containers. */
export const containersOf = (podman: Podman, cluster: string): Promise<string[]> =>
  podmanLines(podman, 'ps', '--all', '--format', '{{.Names}}', '--filter', `label=io.x-k8s.kind.cluster=${cluster}`)
