/** In which order objects are applied: namespaces and CRDs first, then what others refer to before what refers to it. */
import type { KubeObject } from './object.ts'

export interface SplitObjects {
  readonly namespaces: readonly KubeObject[]
  /** To be Established before anything of their kinds is applied. */
  readonly crds: readonly KubeObject[]
  /** In order of application; equal kinds keep the manifests' order. */
  readonly rest: readonly KubeObject[]
}

export function split(objects: readonly KubeObject[]): SplitObjects {
  const namespaces = objects.filter(isNamespace)
  const crds = objects.filter(isCrd)
  const rest = objects.filter(object => !isNamespace(object) && !isCrd(object))
  return { namespaces, crds, rest: rest.toSorted((a, b) => rankOf(a) - rankOf(b)) }
}

const isNamespace = (object: KubeObject): boolean => object.apiVersion === 'v1' && object.kind === 'Namespace'

const isCrd = (object: KubeObject): boolean => groupOf(object) === 'apiextensions.k8s.io' && object.kind === 'CustomResourceDefinition'

/** '' for the core group. */
const groupOf = ({ apiVersion }: KubeObject): string => (apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : '')

/**
 * kustomize's order (its legacy sort), with cert-manager's Issuers and Certificates before the Deployments that mount their Secrets, and
 * webhook configurations last: once they are there, objects of their kinds need a manager that runs.
 */
const FIRST = [
  'ResourceQuota',
  'StorageClass',
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
]
const CERTIFICATES = ['ClusterIssuer', 'Issuer', 'Certificate']
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'PodDisruptionBudget']
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy']

/** Kinds of Kubernetes itself and of cert-manager by name; all other custom resources go after the workloads that may have to admit them. */
const ORDER = [...FIRST, ...CERTIFICATES, ...WORKLOADS, 'any other', ...LAST]

function rankOf(object: KubeObject): number {
  const known = isBuiltIn(groupOf(object)) || (CERTIFICATES.includes(object.kind) && groupOf(object) === 'cert-manager.io')
  const rank = known ? ORDER.indexOf(object.kind) : -1
  return rank === -1 ? ORDER.indexOf('any other') : rank
}

/** Groups without a dot (`apps`, `batch`) and those under k8s.io (`rbac.authorization.k8s.io`), save the projects beside Kubernetes (`cluster.x-k8s.io`). */
const isBuiltIn = (group: string): boolean => !group.includes('.') || (group.endsWith('.k8s.io') && !group.endsWith('x-k8s.io'))
