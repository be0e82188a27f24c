/** Which containers of a provider run the image that is built for it, and giving it to them. Pure: rendered objects are edited, never files. */
import { Failure } from '../host/failure.ts'
import { type Container, containersOf, editContainers, isProviders, repositoryOf } from './edits.ts'
import { type KubeObject, nameOf } from './object.ts'

/** Names of containers that stand beside managers, and never are one. */
const SIDECARS = /rbac-proxy|^(istio-proxy|linkerd-proxy)$/

interface Named {
  readonly objects: readonly KubeObject[]
  /** The image that the containers named before. */
  readonly replaced: string
  /** Said aloud where no container named the image. */
  readonly notice?: string
}

/**
 * Has the containers that are to run what is built name the image `built`, as most do. Where none does: the container `manager` of the provider's own Deployment, else
 * the only one in it that is no sidecar.
 * @throws Failure where neither tells which container it is.
 */
export function nameImage(objects: readonly KubeObject[], built: string): Named {
  const runs = runsImage(built)
  if (objects.some(object => containersOf(object).some(runs))) return { objects, replaced: built }
  const candidates = ownDeployments(objects).flatMap(object =>
    containersOf(object)
      .filter(({ name = '' }) => !SIDECARS.test(name))
      .map(container => ({ object, container })),
  )
  const managers = candidates.filter(({ container }) => container.name === 'manager')
  const [chosen, ...others] = managers.length > 0 ? managers : candidates
  if (chosen === undefined || others.length > 0) throw unused(objects, built)
  const { object, container } = chosen
  const named = editContainers(
    object,
    ({ name }) => name === container.name,
    one => ({ ...one, image: built }),
  )
  return {
    objects: objects.map(one => (one === object ? named : one)),
    replaced: container.image ?? '',
    notice: `no container uses the image ${built}: it goes to container ${container.name} of ${nameOf(object)}, which has ${container.image}`,
  }
}

/**
 * Gives `image` to all containers whose image comes from the repository of `built`, whatever its tag or digest.
 * @throws Failure when there is none: the image that was built would not be used.
 */
export function setImage(objects: readonly KubeObject[], built: string, image: string): KubeObject[] {
  const runs = runsImage(built)
  if (!objects.some(object => containersOf(object).some(runs))) throw unused(objects, built)
  return objects.map(object => editContainers(object, runs, container => ({ ...container, image })))
}

/** The container of an own Deployment that is the provider's manager: by Cluster API's convention `manager`, else the first that runs the image that is built. */
export function managerOf(deployment: KubeObject, built: string | undefined): Container | undefined {
  const containers = containersOf(deployment)
  const first =
    built === undefined ? undefined : containers.find(container => runsImage(built)(container) && !SIDECARS.test(container.name ?? ''))
  return containers.find(({ name }) => name === 'manager') ?? first
}

/** Those with the provider label: others belong to somebody else (Azure Service Operator in CAPZ). All, where none has it. */
export function ownDeployments(objects: readonly KubeObject[]): readonly KubeObject[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  const labelled = deployments.filter(isProviders)
  return labelled.length > 0 ? labelled : deployments
}

/** Docker's names have no capital letters, some in tilt-provider files do. */
export const runsImage = (built: string) => (container: Container) =>
  container.image !== undefined && repositoryOf(container.image).toLowerCase() === repositoryOf(built).toLowerCase()

function unused(objects: readonly KubeObject[], built: string): Failure {
  const images = new Set(objects.flatMap(containersOf).flatMap(container => container.image ?? []))
  return new Failure({
    what: `no container uses the image ${built} that was built`,
    why: images.size === 0 ? 'the manifests have no container' : `the manifests use ${[...images].join(', ')}`,
    remedy: "name the image as the provider's Deployment does, without its tag, or name its container `manager`",
  })
}
