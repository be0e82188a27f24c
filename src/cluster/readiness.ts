/** Proof that images arrive on every node: those that are not there are pulled as the kubelet would pull them. */
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { docker } from './engine.ts'
import { certsDirectory } from './registry-hosts.ts'

interface Nodes {
  readonly nodes: readonly string[]
}

/**
 * Has `image` on every node, where the kubelet then finds it: one that was loaded there need not be in any registry. With `auth` (base64 of `user:password`)
 * it is pulled as somebody.
 * @throws Failure that names the node and what its containerd said.
 */
export async function pullOnNodes({ nodes }: Nodes, image: string, work: Work, auth?: string): Promise<void> {
  await onEach(nodes, work, async node => {
    await pullOnNode(node, image, auth, work).catch(async (error: unknown) => {
      work.signal.throwIfAborted()
      throw await pullFailure(node, image, error, work)
    })
  })
}

async function onEach(nodes: readonly string[], work: Work, pull: (node: string) => Promise<void>): Promise<void> {
  const waiting = new Set(nodes)
  const tell = () =>
    work.waiting(`pulled on ${nodes.length - waiting.size} of ${nodes.length} nodes, waiting for ${[...waiting].join(', ')}`)
  if (nodes.length > 0) tell()
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
  const wantsLogin = /unauthorized|denied|no basic auth credentials|40[13] /i.test([said?.why, ...(said?.details ?? [])].join('\n'))
  const remedy = wantsLogin
    ? 'set registry-username and registry-password for a registry that wants a login, or look'
    : "look at the registry container's log, and"
  return new Failure({
    what: `node ${node} cannot pull ${image}`,
    why: said?.why ?? messageOf(error),
    remedy: `${remedy} at ${(await certsDirectory(node, work)) ?? 'certs.d'} on the node`,
    details: said?.details,
    cause: error,
  })
}

/** Exit code of the script below where there is no crictl. */
const NO_CRICTL = 79

const UNLESS_THERE = 'crictl inspecti --quiet "$1" >/dev/null 2>&1 ||'

/** crictl goes the kubelet's own way through the CRI plugin; a node image without it has containerd's client at least. One `docker exec` where one will do: each costs 0.2 s of a processor. */
async function pullOnNode(node: string, image: string, auth: string | undefined, work: Work): Promise<void> {
  if (auth !== undefined) return pullAs(auth, node, image, work)
  const script = `command -v crictl >/dev/null || exit ${NO_CRICTL}; ${UNLESS_THERE} exec crictl pull "$1"`
  const options = { timeout: 600, allow: [NO_CRICTL] }
  const { exitCode } = await docker(['exec', node, 'sh', '-c', script, 'sh', image], work, options)
  if (exitCode !== NO_CRICTL) return
  const hosts = (await certsDirectory(node, work)) ?? ''
  await docker(['exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'pull', '--hosts-dir', hosts, image], work, { timeout: 600 })
}

/** By standard input and crictl's environment: a command line in a node can be read by everybody on this machine. containerd's client knows no such way. */
async function pullAs(auth: string, node: string, image: string, work: Work): Promise<void> {
  const script = `command -v crictl >/dev/null || exit ${NO_CRICTL}; read -r CRICTL_AUTH; export CRICTL_AUTH; ${UNLESS_THERE} exec crictl pull "$1"`
  const options = { timeout: 600, allow: [NO_CRICTL], input: `${auth}\n` }
  const { exitCode } = await docker(['exec', '--interactive', node, 'sh', '-c', script, 'sh', image], work, options)
  if (exitCode === NO_CRICTL) work.log(`${node} has no crictl: its kubelet pulls ${image}`)
}
