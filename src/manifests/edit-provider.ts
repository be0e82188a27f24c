/** What a provider that is built gets between rendering and the cluster: what tilt-prepare does, but for what only live reload needs. */
import { binaryPathFor } from './binary-path.ts'
import { type Debugging, debugManager, type PortHint, portHints } from './debugging.ts'
import {
  addArguments,
  admitPrivilegedPods,
  type Container,
  labelForClusterctl,
  type PullPolicy,
  probeWhileStarting,
  type Select,
  setLabel,
  setPullPolicy,
  setReplicas,
} from './edits.ts'
import { type Identity, type IdentityHints, identify } from './identity.ts'
import { PROVIDER_LABEL } from './labels.ts'
import { managerOf, nameImage, ownDeployments } from './manager-image.ts'
import { mend } from './mending.ts'
import type { KubeObject } from './object.ts'
import { providerObject } from './provider-object.ts'

export interface ProviderEdits {
  /** As settings say it, for errors and notices. */
  readonly name: string
  readonly hints: IdentityHints
  /** With `v` in front, for the inventory. */
  readonly version: string
  /** The image that is built for it, as its manifests name it; nothing where it brings manifests alone. */
  readonly image: string | undefined
  /** Added to the arguments of the manager. */
  readonly extraArgs: readonly string[]
  readonly pullPolicy?: PullPolicy | undefined
  readonly debugging?: Debugging | undefined
}

export interface EditedProvider {
  readonly objects: readonly KubeObject[]
  readonly identity: Identity
  /** The image that what is built replaces, as the rendered manifests name it. */
  readonly replaced: string | undefined
  /** The container that runs what is built, as the rendered manifests have it. */
  readonly manager: Container | undefined
  /** Where a debugger and the like are reached. */
  readonly ports: readonly PortHint[]
  /** Plain sentences on what is not as the manifests say. */
  readonly notices: readonly string[]
}

/**
 * Its namespaces admit privileged pods, its managers get one replica, the extra arguments and a startup probe, clusterctl's inventory entry is added, and every object gets
 * clusterctl's label. A pull policy of Always is taken back, since images from source have a tag per content. Deployments without provider label (Azure Service Operator
 * in CAPZ) are not the provider's own, where others have it.
 * @throws Failure where nothing says what the provider is, or which container runs its image.
 */
export function editProvider(rendered: readonly KubeObject[], edits: ProviderEdits): EditedProvider {
  const { name, hints, version, image } = edits
  const { identity, notices } = identify(name, rendered, hints)
  const mended = mend(rendered, identity.namespace)
  const { objects, notice, replaced } = image === undefined ? { objects: mended.objects } : nameImage(mended.objects, image)
  const own = ownDeployments(objects)
  const edited = objects
    .map(object => (own.includes(object) ? editManager(object, edits) : object))
    .map(object => labelForClusterctl(admitPrivilegedPods(labelledFor(identity, rendered, object))))
  const { type } = identity
  const listed = type === undefined ? [] : [providerObject({ ...identity, type }, version)]
  const manager = own.map(object => managerOf(object, image)).find(container => container !== undefined)
  return {
    objects: [...edited, ...listed],
    identity,
    replaced,
    manager,
    ports: own.flatMap(object => (edits.debugging && managerOf(object, image) ? portHints(object, edits.debugging) : [])),
    notices: [...notices, ...mended.notices, ...(notice === undefined ? [] : [notice])],
  }
}

function editManager(deployment: KubeObject, { image, extraArgs, pullPolicy = 'IfNotPresent', debugging }: ProviderEdits): KubeObject {
  const manager = managerOf(deployment, image)
  if (manager === undefined) return deployment
  const isManager: Select = ({ name }) => name === manager.name
  const edited = setPullPolicy(addArguments(setReplicas(deployment, 1), isManager, extraArgs), isManager, pullPolicy)
  return probeWhileStarting(debugging === undefined ? edited : debugManager(edited, isManager, debugging, binaryPathFor(manager)))
}

/** clusterctl finds what belongs to a provider by this label. Where the manifests have it as it should be, they say themselves what that is. */
const labelledFor = ({ label, type }: Identity, rendered: readonly KubeObject[], object: KubeObject): KubeObject =>
  type === undefined || rendered.some(({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[PROVIDER_LABEL] === label)
    ? object
    : setLabel(object, PROVIDER_LABEL, label)
