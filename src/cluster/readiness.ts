/** Proof that images in the local registry arrive on every node: they are pulled there as the kubelet would pull them. */
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { docker } from './engine.ts'
import { certsDirectory } from './registry-hosts.ts'

interface Nodes {
  readonly nodes: readonly string[]
}

/**
 * Pulls `image` on every node, where the kubelet then finds it.
 * @throws Failure that names the node and what its containerd said.
 */
export async function pullOnNodes({ nodes }: Nodes, image: string, work: Work): Promise<void> {
  await onEach(nodes, work, async node => {
    await docker(['exec', node, ...(await pullCommand(node, work)), image], work, { timeout: 600 }).catch(async (error: unknown) => {
      work.signal.throwIfAborted()
      throw await pullFailure(node, image, error, work)
    })
  })
}

async function onEach(nodes: readonly string[], work: Work, pull: (node: string) => Promise<void>): Promise<void> {
  const waiting = new Set(nodes)
  const tell = () =>
    work.waiting(`pulled on ${nodes.length - waiting.size} of ${nodes.length} nodes, waiting for ${[...waiting].join(', ')}`)
  tell()
  await Promise.all(
    nodes.map(async node => {
      await pull(node)
      waiting.delete(node)
      if (waiting.size > 0) tell()
    }),
  )
}

async function pullFailure(node: string, image: string, error: unknown, work: Work): Promise<Failure> {
  const said = error instanceof Failure ? error : undefined
  return new Failure({
    what: `node ${node} cannot pull ${image}`,
    why: said?.why ?? messageOf(error),
    remedy: `look at the registry container's log, and at ${(await certsDirectory(node, work)) ?? 'certs.d'} on the node`,
    details: said?.details,
    cause: error,
  })
}

/** crictl goes the kubelet's own way through the CRI plugin; a node image without it has containerd's client at least. */
async function pullCommand(node: string, work: Work): Promise<string[]> {
  const crictl = await docker(['exec', node, 'sh', '-c', 'command -v crictl'], work, { allow: [1, 127] })
  if (crictl.exitCode === 0) return ['crictl', 'pull']
  return ['ctr', '--namespace', 'k8s.io', 'images', 'pull', '--hosts-dir', (await certsDirectory(node, work)) ?? '']
}
