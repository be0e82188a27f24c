/** Whether a cluster that is there already is the one that is wanted; each difference is a sentence. Pure. */
import type { Container } from './engine.ts'
import { ENGINE_SOCKET, type WantedNode } from './kind-config.ts'
import { namesOfNode } from './node-image.ts'

/** The label of kind's node containers that names their role; load balancers of several control planes have it too. */
export const ROLE_LABEL = 'io.x-k8s.kind.role'
export const CLUSTER_LABEL = 'io.x-k8s.kind.cluster'
const LOAD_BALANCER = 'external-load-balancer'

/** The containers that are Kubernetes nodes. */
export const nodesOf = (containers: readonly Container[]): Container[] =>
  containers.filter(container => container.labels[ROLE_LABEL] !== LOAD_BALANCER)

/** What differs between the nodes that are wanted and those that were found, in the order of the wanted nodes. */
export function differences(wanted: readonly WantedNode[], found: readonly Container[]): string[] {
  const nodes = nodesOf(found)
  const counts = ['control-plane', 'worker'].flatMap(role => countDifference(role, wanted, nodes))
  if (counts.length > 0) return counts
  return wanted.flatMap(node => {
    const container = nodes.find(({ name }) => name === node.container)
    return container ? nodeDifferences(node, container) : [`it has no node ${node.container}`]
  })
}

function countDifference(role: string, wanted: readonly WantedNode[], nodes: readonly Container[]): string[] {
  const want = wanted.filter(node => node.role === role).length
  const have = nodes.filter(node => node.labels[ROLE_LABEL] === role).length
  return want === have ? [] : [`it has ${have} ${role} node${have === 1 ? '' : 's'}, the configuration asks for ${want}`]
}

function nodeDifferences(node: WantedNode, container: Container): string[] {
  const said: string[] = []
  if (node.image !== undefined && !namesOfNode(node.image).includes(container.image))
    said.push(`${container.name} runs ${container.image}, not ${node.image}`)
  for (const mount of node.mounts) {
    if (container.mounts.some(({ destination }) => canonical(destination) === canonical(mount.containerPath))) continue
    const socket = canonical(mount.containerPath) === canonical(ENGINE_SOCKET)
    said.push(socket ? `${container.name} has no Docker socket mounted` : `${container.name} has nothing mounted at ${mount.containerPath}`)
  }
  for (const port of node.ports) {
    const there = container.ports.some(
      published => published.container === port.containerPort && (port.hostPort <= 0 || published.hostPort === port.hostPort),
    )
    if (!there) said.push(`${container.name} does not publish port ${port.containerPort}${port.hostPort > 0 ? ` on ${port.hostPort}` : ''}`)
  }
  return said
}

/** /var/run is a link to /run in a node. */
const canonical = (path: string): string => path.replace(/^\/var\/run\//, '/run/')
