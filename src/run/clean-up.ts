/** Clean-up: what the record says was made, and nothing else; may be called again after it was interrupted. */
import { existsSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import {
  deleteCluster,
  removeConnection,
  removeContainer,
  removeContext,
  removeImage,
  removeNetwork,
  removeWorkloadContainers,
} from '../cluster/clean-up.ts'
import { uninstallRelease } from '../components/helm.ts'
import { useEngine } from '../host/container-engine.ts'
import { Failure, messageOf } from '../host/failure.ts'
import type { Made, Work } from '../host/work.ts'
import { Unreachable } from '../kube/api-error.ts'
import { connect } from '../kube/connect.ts'
import { deleteCluster as deleteWorkload } from '../workload/deletion.ts'
import { goesTogether, joined, type MadeObjects, removeMadeObjects } from './made-objects.ts'
import { forgetState, keepInState, readState } from './state.ts'

/** Seconds that Cluster API gets to take a workload cluster down, and helm a release. */
const DELETION_SECONDS = 300

type Kind = Made['kind']
type MadeRelease = Extract<Made, { kind: 'helm release' }>
type MadeWorkload = Extract<Made, { kind: 'workload cluster' }>

/** Things that others stand on go after them: the network after its containers, files last. */
const ORDER: readonly Kind[] = [
  'workload cluster',
  'helm release',
  'objects',
  'kind cluster',
  'container',
  'connection',
  'network',
  'image',
  'context',
  'path',
]

/** What is not tried, and stays recorded, where one of these could not be removed. */
const STAYS_WITH: Partial<Record<Kind, readonly Kind[]>> = {
  // Its controllers would make machines again, which only the record finds.
  'workload cluster': ['kind cluster'],
  // They have its controllers, and the namespaces of releases.
  objects: ['workload cluster', 'helm release'],
  'helm release': ['workload cluster'],
  network: ['workload cluster', 'kind cluster', 'container', 'connection'],
  context: ['workload cluster', 'helm release', 'objects'],
}

/**
 * Removes all that is recorded in `stateDirectory`, or of it what is in `only`, and that from the record.
 * @returns one sentence for each thing that was there and is gone.
 * @throws Failure when something can't be removed, after all else was tried; the record then has what is left.
 */
export async function cleanUp(stateDirectory: string, work: Work, only?: readonly Made[]): Promise<readonly string[]> {
  const recorded = await readState(stateDirectory)
  const chosen = only && new Set(only.map(one => JSON.stringify(one)))
  const made = chosen ? recorded.filter(one => chosen.has(JSON.stringify(one))) : recorded
  const others = recorded.filter(one => !made.includes(one))
  const removed: string[] = []
  const failed = new Map<Made, unknown>()
  const left = new Set<Made>()
  for (const one of inOrderOfRemoval(joined(made))) {
    const parts = goesTogether(one, made)
    const stay = () => {
      for (const part of parts) left.add(part)
    }
    if (staysWith([...failed.keys()], one, others, stateDirectory)) {
      stay()
      continue
    }
    work.waiting(`removing ${nameOfMade(one)}`)
    try {
      if (await remove(one, made, work)) removed.push(`removed ${nameOfMade(one)}`)
    } catch (error) {
      work.signal.throwIfAborted()
      failed.set(one, error)
      stay()
    }
  }
  const still = recorded.filter(one => left.has(one) || others.includes(one))
  if (still.length === 0) await forgetState(stateDirectory)
  else await keepInState(stateDirectory, still)
  if (failed.size === 0) return removed
  removed.forEach(work.log)
  throw notRemoved(failed)
}

/**
 * The last made first, by kind. Machines on this machine of a workload cluster go after its management cluster, where that goes too: it would make them again.
 * Those that are elsewhere go before, for nothing else could take them down.
 */
export function inOrderOfRemoval(made: readonly Made[]): Made[] {
  const place = (one: Made) =>
    one.kind === 'workload cluster' && goesWithItsManager(one, made) ? ORDER.indexOf('kind cluster') + 0.5 : ORDER.indexOf(one.kind)
  return made.toReversed().toSorted((a, b) => place(a) - place(b))
}

const goesWithItsManager = ({ context, elsewhere }: MadeWorkload, all: readonly Made[]): boolean =>
  elsewhere !== true && all.some(one => one.kind === 'kind cluster' && `kind-${one.name}` === context)

function staysWith(failed: readonly Made[], one: Made, others: readonly Made[], stateDirectory: string): boolean {
  // The record is in it.
  if (one.kind === 'path' && one.path === stateDirectory) return failed.length > 0 || others.length > 0
  return failed.some(other => STAYS_WITH[one.kind]?.includes(other.kind) || needsManager(other, one))
}

/** What could not be taken down elsewhere can be later, as long as its management cluster is there. */
const needsManager = (other: Made, one: Made): boolean =>
  other.kind === 'workload cluster' && other.elsewhere === true && one.kind === 'kind cluster' && other.context === `kind-${one.name}`

function notRemoved(failed: ReadonlyMap<Made, unknown>): Failure {
  const errors = [...failed.values()]
  const why = errors.map(messageOf).join('; ')
  return new Failure({
    what: `${[...failed.keys()].map(nameOfMade).join(', ')} could not be removed`,
    why,
    remedy: 'run `capi-actions down` again: the record has what is left',
    details: errors.flatMap(error => (error instanceof Failure ? error.details : [])),
    cause: errors.length === 1 ? errors[0] : new AggregateError(errors, why),
  })
}

function remove(made: Made, all: readonly Made[], work: Work): Promise<boolean> {
  useEngine(('engine' in made && made.engine) || 'docker')
  switch (made.kind) {
    case 'workload cluster':
      return removeWorkload(made, all, work)
    case 'kind cluster':
      return deleteCluster(made.name, made.kubeconfig, work)
    case 'container':
      return removeContainer(made.name, work)
    case 'connection':
      return removeConnection(made.network, made.container, work)
    case 'network':
      return removeNetwork(made.name, work)
    case 'image':
      return removeImage(made.name, work)
    case 'context':
      return removeContext(made.kubeconfig, made.name)
    case 'objects':
      return unlessGone(made, removeMadeObjects(made, all, work), work)
    case 'helm release':
      return unlessGone(made, removeRelease(made, work), work)
    case 'path':
      return removePath(made.path)
  }
}

/** In a management cluster that goes too, a workload cluster needs no deletion of its own: only what stands outside does. */
async function removeWorkload(workload: MadeWorkload, all: readonly Made[], work: Work): Promise<boolean> {
  const deleted = !goesWithItsManager(workload, all) && (await unlessGone(workload, deleteByManager(workload, work), work))
  return (await removeWorkloadContainers(workload.name, work)) || deleted
}

const deleteByManager = async (workload: MadeWorkload, work: Work): Promise<boolean> =>
  deleteWorkload(workload, DELETION_SECONDS, await connect(workload.kubeconfig, workload.context), work)

/** By the helm that installed it; by the one on PATH where that is gone. The cluster is asked first, for helm says of many things that it is unreachable. */
async function removeRelease({ helm, ...release }: MadeRelease, work: Work): Promise<boolean> {
  const kube = await connect(release.kubeconfig, release.context)
  await kube.request('GET', '/readyz', { signal: work.signal, timeout: 10 })
  kube.close()
  return uninstallRelease({ ...release, helm: existsSync(helm) ? helm : 'helm' }, DELETION_SECONDS, work)
}

/** What was in a cluster that is gone is gone with it. */
async function unlessGone(made: MadeWorkload | MadeObjects | MadeRelease, removal: Promise<boolean>, work: Work): Promise<boolean> {
  try {
    return await removal
  } catch (error) {
    work.signal.throwIfAborted()
    if (!isNoCluster(error, made)) throw error
    const gone =
      made.kind === 'objects' ? `${nameOfMade(made)} are gone with it` : `${nameOfMade(made)} is gone with its management cluster`
    work.log(`${gone}: ${messageOf(error)}`)
    return false
  }
}

/** There is no kubeconfig, it has no such context, or nothing listens where the API server was. */
function isNoCluster(error: unknown, { kubeconfig }: { readonly kubeconfig: string }): boolean {
  if (error instanceof Unreachable) return error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED'
  return !existsSync(kubeconfig) || (error instanceof Failure && / has no context /.test(error.what))
}

function nameOfMade(made: Made): string {
  if (made.kind === 'path') return made.path
  if (made.kind === 'objects') return `${made.objects.length} objects in ${made.context}`
  return made.kind === 'connection' ? `connection of ${made.container} to network ${made.network}` : `${made.kind} ${made.name}`
}

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
