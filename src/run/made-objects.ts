/** Objects that were made in clusters that stay: recorded wave by wave, removed cluster by cluster. */
import type { Made, Work } from '../host/work.ts'
import { connect } from '../kube/connect.ts'
import { removeObjects } from '../kube/removal.ts'

export type MadeObjects = Extract<Made, { kind: 'objects' }>

/** Seconds that objects get to go: a Namespace takes its contents with it. */
const REMOVAL_SECONDS = 300

const sameCluster = (one: MadeObjects, other: MadeObjects): boolean => one.kubeconfig === other.kubeconfig && one.context === other.context

/** What of a record goes together: all objects of a cluster, oldest first, and any other thing by itself. */
export const goesTogether = (one: Made, all: readonly Made[]): readonly Made[] => (one.kind === 'objects' ? wavesOf(one, all) : [one])

const wavesOf = (one: MadeObjects, all: readonly Made[]): MadeObjects[] =>
  all.filter(other => other.kind === 'objects').filter(other => sameCluster(one, other))

/** The same with the objects of each cluster as one. */
export function joined(all: readonly Made[]): Made[] {
  return all.flatMap((one): Made[] => {
    if (one.kind !== 'objects') return [one]
    const waves = wavesOf(one, all)
    return waves[0] === one ? [{ ...one, objects: waves.flatMap(({ objects }) => objects) }] : []
  })
}

/** @returns whether any was there. */
export async function removeMadeObjects(one: MadeObjects, all: readonly Made[], work: Work): Promise<boolean> {
  const kube = await connect(one.kubeconfig, one.context)
  try {
    const waves = wavesOf(one, all).map(({ objects }) => objects)
    return (await removeObjects(waves, REMOVAL_SECONDS, kube, work)) > 0
  } finally {
    kube.close()
  }
}
