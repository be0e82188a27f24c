/** Takes away what a run made: each function is told one recorded thing, may be called again, and says whether there was something to remove. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { isMap, isSeq, parseDocument } from 'yaml'
import { z } from 'zod'
import { engineName } from '../host/container-engine.ts'
import type { Work } from '../host/work.ts'
import { CLUSTER_LABEL } from './cluster-fit.ts'
import { docker, findContainer, findLabelled } from './engine.ts'
import { findNetwork } from './network.ts'
import { RUN_LABEL } from './registry.ts'

/** Removes a kind cluster's containers, and its context from the kubeconfig. Needs no kind binary: kind does no more either. */
export async function deleteCluster(name: string, kubeconfig: string, work: Work): Promise<boolean> {
  const removed = await removeNodes(name, work)
  return (await removeContext(kubeconfig, `kind-${name}`)) || removed
}

/** Removes the machines that CAPD made for a workload cluster; they carry kind's cluster label. */
export const removeWorkloadContainers = (cluster: string, work: Work): Promise<boolean> => removeNodes(cluster, work)

/** Removes one container with its anonymous volumes, if a run of ours made it: the name may be somebody else's by now. */
export async function removeContainer(name: string, work: Work): Promise<boolean> {
  const container = await findContainer(name, work)
  if (!container) return false
  if (container.labels[RUN_LABEL] === undefined) {
    work.log(`container ${name} stays, it has no label ${RUN_LABEL}: something else made it`)
    return false
  }
  await removeContainers([name], work)
  return true
}

/** Takes a container out of a network, unless others in it may have come to need it there. */
export async function removeConnection(network: string, name: string, work: Work): Promise<boolean> {
  const [found, container] = await Promise.all([findNetwork(network, work), findContainer(name, work)])
  if (!found || !container?.networks.includes(network)) return false
  const others = found.containers.filter(other => other !== name)
  if (others.length > 0) {
    work.log(`container ${name} stays in network ${network}, which ${others.join(', ')} use`)
    return false
  }
  await docker(['network', 'disconnect', network, name], work)
  return true
}

/** Removes a network, unless something is still joined to it. */
export async function removeNetwork(name: string, work: Work): Promise<boolean> {
  const network = await findNetwork(name, work)
  if (!network) return false
  if (network.containers.length > 0) {
    work.log(`network ${name} stays, it is used by ${network.containers.join(', ')}`)
    return false
  }
  await docker(['network', 'rm', name], work)
  return true
}

/** Takes a name off an image, which goes with its last name. */
export async function removeImage(name: string, work: Work): Promise<boolean> {
  const { exitCode } = await docker(['image', 'inspect', '--format', '{{.Id}}', name], work, { allow: [1] })
  if (exitCode !== 0) return false
  await docker(['image', 'rm', name], work)
  return true
}

/** Removes all containers of a cluster: nodes that kind made, or machines that CAPD made. */
export async function removeNodes(cluster: string, work: Work): Promise<boolean> {
  const names = (await findLabelled(CLUSTER_LABEL, cluster, work)).map(container => container.name)
  if (names.length > 0) await removeContainers(names, work)
  await removeVolumes(cluster, work)
  return names.length > 0
}

const volumes = z.array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }))

/** kind gives each node a volume of its own in podman, which has a name and so stays when the node goes (v0.32.0, providers/podman/util.go). */
async function removeVolumes(cluster: string, work: Work): Promise<void> {
  if (engineName() !== 'podman') return
  const { stdout } = await docker(['volume', 'ls', '--format', 'json'], work)
  const ofNode = new RegExp(`^${cluster}-(control-plane|worker)\\d*$`)
  const names = volumes
    .parse(JSON.parse(stdout))
    .flatMap(({ Name, Labels }) => (Object.keys(Labels ?? {}).some(label => ofNode.test(label)) ? [Name] : []))
  if (names.length > 0) await docker(['volume', 'rm', '--force', ...names], work)
}

async function removeContainers(names: readonly string[], work: Work): Promise<void> {
  work.log(`removing ${names.join(', ')}`)
  await docker(['container', 'rm', '--force', '--volumes', ...names], work, { timeout: 120 })
}

/** Whether a kubeconfig has a context (or cluster, or user) of this name. */
export async function hasContext(file: string, name: string): Promise<boolean> {
  const text = await readIfThere(file)
  return text !== undefined && withoutContext(text, name) !== text
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Takes context, cluster and user of one name out of a kubeconfig; a file that has nothing else is removed. */
export async function removeContext(file: string, name: string): Promise<boolean> {
  const text = await readIfThere(file)
  if (text === undefined) return false
  const kept = withoutContext(text, name)
  if (kept === text) return false
  if (kept === undefined) await rm(file)
  else await writeFile(file, kept, { mode: 0o600 })
  return true
}

/** The kubeconfig's text without a context; nothing when no context, cluster or user is left. Pure. */
export function withoutContext(text: string, name: string): string | undefined {
  const document = parseDocument(text, { schema: 'failsafe' })
  let changed = false
  let left = 0
  for (const field of ['contexts', 'clusters', 'users']) {
    const list = document.get(field)
    if (!isSeq(list)) continue
    const kept = list.items.filter(item => !(isMap(item) && item.get('name') === name))
    changed ||= kept.length < list.items.length
    list.items = kept
    left += kept.length
  }
  if (!changed) return text
  if (document.get('current-context') === name) document.delete('current-context')
  return left === 0 ? undefined : document.toString({ lineWidth: 0, indentSeq: false })
}
