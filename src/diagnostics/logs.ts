/** Logs of containers: of provider managers, cert-manager and Kubernetes' own, newest lines of the current run and of the one before. */
import { ApiError } from '../kube/api-error.ts'
import type { Kube } from '../kube/connect.ts'
import type { ContainerStatus, Pod } from '../kube/objects.ts'
import { PROVIDER_LABEL } from '../manifests/labels.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { Collection } from './collection.ts'

const LINES = 5000
/** The API server counts them from the oldest of the lines: enough for lines of 2 kB, so that the newest come too. */
const BYTES = 10 * 1024 * 1024

/** Namespaces with a provider, by the label that clusterctl gives to all its objects, then those that everything else needs. */
export function loggedNamespaces(namespaces: readonly KubeObject[], deployments: readonly KubeObject[]): string[] {
  const ofProvider = ({ metadata }: KubeObject) => metadata.labels?.[PROVIDER_LABEL] !== undefined
  const found = [
    ...namespaces.filter(ofProvider).map(({ metadata }) => metadata.name),
    ...deployments.filter(ofProvider).map(({ metadata }) => metadata.namespace ?? ''),
  ]
  return [...new Set([...found.toSorted(), 'cert-manager', 'kube-system'])]
}

export async function collectLogs(kube: Kube, namespaces: readonly string[], pods: readonly Pod[], collection: Collection): Promise<void> {
  // Time may run out: the first namespaces go first.
  const chosen = namespaces.flatMap(namespace => pods.filter(({ metadata }) => metadata.namespace === namespace))
  await Promise.all(chosen.flatMap(pod => containersOf(pod).map(status => collectLog(kube, pod, status, collection))))
}

const containersOf = ({ status }: Pod): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
]

async function collectLog(kube: Kube, { metadata }: Pod, status: ContainerStatus, collection: Collection): Promise<void> {
  const { name: pod, namespace = '' } = metadata
  const { name: container, state, lastState, restartCount } = status
  const subject = `container ${container} of pod ${namespace}/${pod}`
  if (state?.waiting && !lastState?.terminated)
    return collection.leaveOut(`log of ${subject}`, `it has not started (${state.waiting.reason ?? 'waiting'})`)
  // Both where it was restarted: between its status and its log one that crashes may have begun anew.
  const runs = restartCount > 0 ? [false, true] : [false]
  await Promise.all(
    runs.map(async previous => {
      const what = `log of ${previous ? 'the previous run of ' : ''}${subject}`
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`
      const query = { container, previous, tailLines: LINES, limitBytes: BYTES, timestamps: true }
      const text = await collection.attempt(what, signal => kube.request<string>('GET', path, { signal, query }), hasNone)
      if (text === '') collection.leaveOut(what, 'it is empty')
      else if (text !== undefined)
        await collection.write(['logs', namespace, pod, `${container}${previous ? '.previous' : ''}.log`], what, text)
    }),
  )
}

/** The kubelet's answers where a container has not started, or its log is cleared away with it. */
const hasNone = (error: unknown): boolean => error instanceof ApiError && (error.code === 400 || error.code === 404)
