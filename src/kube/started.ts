/** A Deployment whose containers have run once: for managers that stop again where they have no credentials for a cloud. */
import type { Kube } from './connect.ts'
import { explainWorkload, podsOf } from './explain.ts'
import { type ContainerStatus, type Deployment, nameOfReference } from './objects.ts'
import { isHopeless, problemsOf } from './pods.ts'
import { get } from './read.ts'
import type { Check } from './wait.ts'

export function containersStarted(namespace: string, name: string): Check {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  const newestPod = async (kube: Kube, signal: AbortSignal) => {
    const deployment = await get<Deployment>(kube, reference, signal)
    return deployment && (await podsOf(kube, deployment, signal))[0]
  }
  return {
    name: `containers of ${nameOfReference(reference)}`,
    unmet: `containers of ${nameOfReference(reference)} have not been started`,
    async test(kube, signal) {
      const statuses = (await newestPod(kube, signal))?.status?.containerStatuses ?? []
      const waiting = statuses.filter(status => !hasStarted(status))
      if (statuses.length === 0) return 'no pod with containers yet'
      return waiting.length === 0 ? undefined : `waiting for container ${waiting.map(status => status.name).join(', ')}`
    },
    // That a container stops again is no reason to give up; that its image can't be had is.
    async hopeless(kube, seconds, signal) {
      const pod = await newestPod(kube, signal)
      const image = pod && problemsOf(pod).find(({ kind }) => kind === 'image')
      return image && isHopeless(image, seconds) ? explainWorkload(kube, reference, signal) : undefined
    },
    explain: (kube, signal) => explainWorkload(kube, reference, signal),
  }
}

const hasStarted = ({ state = {}, lastState = {} }: ContainerStatus): boolean =>
  state.running !== undefined || state.terminated !== undefined || lastState.terminated !== undefined
