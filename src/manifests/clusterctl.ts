/**
 * What `clusterctl init` makes of the objects of a release, so that ours equal its own (cmd/clusterctl/client/repository/components.go): all in one namespace,
 * with what refers to it, and all with its labels; and the entry of its inventory. Objects are copied, not changed.
 */
import { Failure } from '../host/failure.ts'
import { addArguments, type Container, isMapping, labelForClusterctl, type Mapping, setIn, setLabel } from './edits.ts'
import { PROVIDER_LABEL } from './labels.ts'
import type { KubeObject } from './object.ts'
import { identityOf, providerObject } from './provider-object.ts'

export interface ReleaseEdits {
  /** Of the provider, for errors. */
  readonly name: string
  /** Value of the provider label. */
  readonly label: string
  /** With `v` in front, for the inventory. */
  readonly version: string
  /** Added to the arguments of the manager: what the user alone asks for. */
  readonly extraArgs: readonly string[]
}

/** @throws Failure when there is not one Namespace, which says where the provider goes. */
export function editRelease(objects: readonly KubeObject[], { name, label, version, extraArgs }: ReleaseEdits): KubeObject[] {
  const namespace = namespaceOf(objects, name)
  const isManager = (container: Container) => container.name === 'manager'
  const edited = objects
    .map(object => moveTo(namespace, object))
    .map(object => setLabel(labelForClusterctl(object), PROVIDER_LABEL, label))
    .map(object => (object.kind === 'Deployment' ? addArguments(object, isManager, extraArgs) : object))
  return [...edited, providerObject({ label, namespace, ...identityOf(label) }, version)]
}

function namespaceOf(objects: readonly KubeObject[], name: string): string {
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)
  const [namespace, ...others] = namespaces
  if (namespace !== undefined && others.length === 0) return namespace
  throw new Failure({
    what: `the release of provider ${name} is not as clusterctl takes it`,
    why: namespace === undefined ? 'its manifests have no Namespace' : `its manifests have several Namespaces: ${namespaces.join(', ')}`,
    remedy: 'use another version, and tell the makers of the provider',
  })
}

/** clusterctl's list (cmd/clusterctl/internal/util/objs.go): every other kind is in the provider's namespace. */
const CLUSTER_WIDE = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'PodSecurityPolicy',
  'CertificateSigningRequest',
  'ClusterRoleBinding',
  'ClusterRole',
  'VolumeAttachment',
  'StorageClass',
  'CSIDriver',
  'CSINode',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'CustomResourceDefinition',
  'PriorityClass',
  'RuntimeClass',
])

export const isClusterWide = ({ kind }: Pick<KubeObject, 'kind'>): boolean => CLUSTER_WIDE.has(kind)

function moveTo(namespace: string, object: KubeObject): KubeObject {
  const from = object.metadata.namespace ?? ''
  const moved = isClusterWide(object) ? object : { ...object, metadata: { ...object.metadata, namespace } }
  switch (object.kind) {
    case 'ClusterRoleBinding':
    case 'RoleBinding':
      return 'subjects' in moved ? { ...moved, subjects: mapped(moved.subjects, subject => inNamespace(subject, namespace)) } : moved
    case 'MutatingWebhookConfiguration':
    case 'ValidatingWebhookConfiguration':
      return injectFrom(
        namespace,
        'webhooks' in moved
          ? { ...moved, webhooks: mapped(moved.webhooks, webhook => serveFrom(namespace, webhook, ['clientConfig', 'service'])) }
          : moved,
      )
    case 'CustomResourceDefinition':
      return injectFrom(namespace, serveFrom(namespace, moved, ['spec', 'conversion', 'webhook', 'clientConfig', 'service']))
    case 'Certificate':
      return nameHosts(moved, from, namespace)
    default:
      return moved
  }
}

/** A subject, or a reference to a Service, that names a namespace. */
const inNamespace = <T extends Mapping>(reference: T, namespace: string): T =>
  reference.namespace ? { ...reference, namespace } : reference

function serveFrom<T extends Mapping>(namespace: string, object: T, path: readonly string[]): T {
  const service = path.reduce<unknown>((value, field) => (isMapping(value) ? value[field] : undefined), object)
  return isMapping(service) ? setIn(object, path, () => ({ ...service, namespace })) : object
}

const INJECT_FROM = 'cert-manager.io/inject-ca-from'

function injectFrom(namespace: string, object: KubeObject): KubeObject {
  const certificate = object.metadata.annotations?.[INJECT_FROM]?.split('/').at(-1)
  if (certificate === undefined) return object
  const annotations = { ...object.metadata.annotations, [INJECT_FROM]: `${namespace}/${certificate}` }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** The DNS names of Services hold their namespace. */
const nameHosts = (certificate: KubeObject, from: string, namespace: string): KubeObject =>
  isMapping(certificate.spec) && Array.isArray(certificate.spec.dnsNames)
    ? setIn(certificate, ['spec', 'dnsNames'], names => (names as string[]).map(name => name.replace(`.${from}.`, `.${namespace}.`)))
    : certificate

const mapped = (list: unknown, change: (one: Mapping) => Mapping): unknown =>
  Array.isArray(list) ? list.map((one: unknown) => (isMapping(one) ? change(one) : one)) : list
