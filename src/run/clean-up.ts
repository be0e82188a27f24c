/** Clean-up: what the record says was made, and nothing else; may be called again after it was interrupted. */
import { existsSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { deleteCluster, removeContainer, removeNetwork, removeWorkloadContainers } from '../cluster/clean-up.ts'
import type { Made, Work } from '../host/work.ts'
import { forgetState, readState } from './state.ts'

/** Things that others stand on go after them: the network after its containers, files last. */
const ORDER: readonly Made['kind'][] = ['workload cluster', 'kind cluster', 'container', 'network', 'path']

/**
 * Removes all that is recorded in `stateDirectory`, then the record.
 * @returns one sentence for each thing that was there and is gone.
 * @throws Failure when something can't be removed; the record then stays.
 */
export async function cleanUp(stateDirectory: string, work: Work): Promise<readonly string[]> {
  const made = (await readState(stateDirectory)).reverse().toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  const removed: string[] = []
  for (const one of made) {
    work.waiting(`removing ${nameOfMade(one)}`)
    if (await remove(one, work)) removed.push(`removed ${nameOfMade(one)}`)
  }
  await forgetState(stateDirectory)
  return removed
}

function remove(made: Made, work: Work): Promise<boolean> {
  switch (made.kind) {
    case 'workload cluster':
      return removeWorkloadContainers(made.name, work)
    case 'kind cluster':
      return deleteCluster(made.name, made.kubeconfig, work)
    case 'container':
      return removeContainer(made.name, work)
    case 'network':
      return removeNetwork(made.name, work)
    case 'path':
      return removePath(made.path)
  }
}

const nameOfMade = (made: Made): string => (made.kind === 'path' ? made.path : `${made.kind} ${made.name}`)

async function removePath(path: string): Promise<boolean> {
  const there = existsSync(path)
  await rm(path, { recursive: true, force: true })
  // The folder above holds the states of all clusters: it is ours too, and goes with the last one.
  if (basename(dirname(path)) === 'capi-actions')
    await rmdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error
    })
  return there
}
