/** Clean-up: what the record says was made, and nothing else; may be called again after it was interrupted. */
import { existsSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { deleteCluster, removeContainer, removeNetwork, removeWorkloadContainers } from '../cluster/clean-up.ts'
import type { Made, Work } from '../host/work.ts'
import { connect } from '../kube/connect.ts'
import { deleteCluster as deleteWorkload } from '../workload/deletion.ts'
import { forgetState, readState } from './state.ts'

/** Seconds that Cluster API gets to take a workload cluster down. */
const DELETION_SECONDS = 300

type MadeWorkload = Extract<Made, { kind: 'workload cluster' }>

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
    if (await remove(one, made, work)) removed.push(`removed ${nameOfMade(one)}`)
  }
  await forgetState(stateDirectory)
  return removed
}

function remove(made: Made, all: readonly Made[], work: Work): Promise<boolean> {
  switch (made.kind) {
    case 'workload cluster':
      return removeWorkload(made, all, work)
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

/** In a management cluster that goes too, a workload cluster needs no deletion of its own: only what stands outside does. */
async function removeWorkload(workload: MadeWorkload, all: readonly Made[], work: Work): Promise<boolean> {
  const { kubeconfig, context, name } = workload
  const goesWithIt = all.some(one => one.kind === 'kind cluster' && `kind-${one.name}` === context)
  const deleted = !goesWithIt && (await deleteWorkload(workload, DELETION_SECONDS, await connect(kubeconfig, context), work))
  return (await removeWorkloadContainers(name, work)) || deleted
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
