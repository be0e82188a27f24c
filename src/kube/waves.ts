/** In which order objects go to the API server: waves, each of which may rest on the ones before it. */
import type { KubeObject } from '../manifests/object.ts'

/** What pods and controllers look up when they start. A pod that comes before its ServiceAccount or Secret is tried again only after a pause. */
const FOUNDATIONS = new Set([
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ResourceQuota',
  'LimitRange',
])

/** Last: from then on the API server calls pods that have yet to start. */
const WEBHOOKS = new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'APIService'])

/** What cert-manager makes Secrets of: pods mount them, and the kubelet's pauses between tries double. */
const isCertificate = ({ apiVersion }: KubeObject): boolean => apiVersion.startsWith('cert-manager.io/')

function waveOf(object: KubeObject): number {
  const { kind } = object
  if (kind === 'Namespace') return 0
  if (kind === 'CustomResourceDefinition') return 1
  if (FOUNDATIONS.has(kind) || isCertificate(object)) return 2
  return WEBHOOKS.has(kind) ? 4 : 3
}

/** The objects in waves, in the order given within a wave; no empty ones. */
export function wavesOf<T extends KubeObject>(objects: readonly T[]): readonly (readonly T[])[] {
  const waves = Map.groupBy(objects, waveOf)
  return [...waves].toSorted(([a], [b]) => a - b).map(([, wave]) => wave)
}
