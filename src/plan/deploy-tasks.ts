/** From a provider's manifests to a provider that works: the steps that all providers share, wherever manifests and images come from. */
import { join } from 'node:path'
import { pullOnNodes } from '../cluster/readiness.ts'
import { inventoryCrd, labelInventory } from '../components/inventory.ts'
import { applyCrds, applyFoundation, awaitProvider, deploy, type RenderedProvider } from '../components/provider.ts'
import { applyPullSecrets } from '../components/pull-secret.ts'
import { basicAuth } from '../images/credentials.ts'
import { applyAll } from '../kube/apply.ts'
import type { PortHint } from '../manifests/debugging.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import type { KubeObject } from '../manifests/object.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Wait } from '../providers/provider.ts'
import type { CertManagerTasks } from './cert-manager-tasks.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { pullsOf } from './registry-tasks.ts'
import { type Task, type TaskWork, task } from './task.ts'
import type { ToolTasks } from './tool-tasks.ts'
import type { Wanted } from './wanted.ts'

export interface DeployedProvider {
  readonly name: string
  readonly version: string
  readonly namespace: string
  /** Reference of the image that its manager runs. */
  readonly image: string
  /** Where its manifests come from: the repository, with an image that was built or given, or a release. */
  readonly source: 'built' | 'released'
  /** Where its debugger, profiler and metrics are reached, as far as `debug` asks for them. */
  readonly ports?: readonly PortHint[] | undefined
}

export interface Needed {
  readonly tools: ToolTasks
  readonly management: ClusterTasks
  readonly certManager: CertManagerTasks | undefined
  /** The tasks after which all that is said of releases is found right: nothing of any provider is applied before. */
  readonly checked: readonly Task[]
  /** What downloads of earlier jobs come with. */
  readonly restored?: Task | undefined
  /** Kustomizations and observability tools that a provider may wait for, by the names that settings give them. */
  readonly addOns?: ReadonlyMap<string, Task> | undefined
}

type Finding = Pick<TaskWork, 'of'>

/** Where a provider comes from, as far as the steps differ by it. */
export interface Road {
  readonly name: string
  readonly wait: Wait
  /** Tasks after which its manager may be deployed, beside what every manager waits for. */
  readonly first: readonly Task[]
  readonly rendered: Task
  /** All objects as they were rendered: their images may be others yet. Takes the value of `rendered` alone. */
  readonly objectsIn: (work: Finding) => readonly KubeObject[]
  /** The tasks after which its images are known and can be pulled; the functions below may take values of these alone. */
  readonly pictured: readonly Task[]
  readonly images: (work: Finding) => readonly string[]
  /** All objects, with their images. May take values of `first` too. */
  readonly objects: (work: Finding & Pick<TaskWork, 'notice'>) => readonly KubeObject[]
  readonly deployed: (work: Finding) => DeployedProvider
}

const waitDocs = ({ name, wait }: Road): string =>
  ({
    available: `Waits until Deployments, CA bundles and a webhook of ${name} work.`,
    started: `Waits until the containers of ${name} have been started.`,
    none: `Waits for nothing of ${name}.`,
  })[wait]

/** The CRD of clusterctl's inventory, which must be served before the first Provider object: that of the checkout where core is built from it. */
export function inventoryTask({ settings, providers }: Wanted, { tools, management, checked }: Needed): Task {
  const docs = "Applies the CRD of clusterctl's provider inventory."
  const { cluster, services } = management
  const core = providers.find(({ name, source }) => name === 'core' && source === 'built-in')
  const directory = core && join(core.repository, 'cmd/clusterctl/config/crd')
  const needs = [...(directory === undefined ? [] : [tools.kustomize]), ...checked, cluster, services]
  return task('provider inventory', docs, needs, async work => {
    const objects =
      directory === undefined
        ? [inventoryCrd]
        : parseManifests(await kustomizeBuild({ kustomize: work.of(tools.kustomize).path, directory, options: [] }, work), directory)
    await applyAll(work.of(cluster).kube, objects.map(labelInventory), { crdTimeout: settings.timeout }, work)
  })
}

/** @returns the task after which it works. */
export function deployTasks(road: Road, inventory: Task, { settings }: Wanted, needed: Needed): Task<DeployedProvider> {
  const { name, rendered, pictured } = road
  const { cluster, connected, services } = needed.management
  const after = needed.certManager ? [needed.certManager.deployed] : []
  const pulls = pullsOf(settings, needed.management.registry)
  const pulled = task(
    `pull ${name}`,
    `Pulls the image of ${name} on every node, while cert-manager starts.`,
    [...pictured, connected, cluster, ...pulls.needs, ...after],
    async work => {
      const images = road.images(work).map(image => ({ image, login: pulls.loginFor(image, work)?.login }))
      const here = images.filter(({ login }) => login === undefined || !settings.pullSecret)
      if (here.length < images.length) work.unchanged('the kubelet pulls it, by the pull secret')
      await Promise.all(
        here.map(({ image, login }) => pullOnNodes(work.of(cluster), image, work, login && !login.identity ? basicAuth(login) : undefined)),
      )
    },
  )
  const crds = task(
    `crds ${name}`,
    `Applies the namespace and the CRDs of ${name} until they are Established.`,
    [rendered, ...needed.checked, cluster, services],
    async work => {
      await applyCrds({ name, objects: road.objectsIn(work) }, settings.timeout, work.of(cluster).kube, work)
    },
  )
  const ground = [crds, services, inventory, ...(needed.certManager ? [needed.certManager.ready] : [])]
  const founded = task(
    `certificates ${name}`,
    `Applies what the manager of ${name} stands on, until its Certificates are Ready.`,
    [...ground, rendered, cluster],
    async work => {
      await applyFoundation({ name, objects: road.objectsIn(work) }, settings.timeout, work.of(cluster).kube, work)
    },
  )
  const deployed = task(
    `deploy ${name}`,
    `Applies the manager of ${name} with its image, and its webhooks.`,
    [founded, pulled, ...road.first, ...pictured, rendered, cluster, ...pulls.needs],
    async work => {
      const { kube } = work.of(cluster)
      const secured = settings.pullSecret ? road.images(work).flatMap(image => pulls.loginFor(image, work) ?? []) : []
      let objects = road.objects(work)
      for (const pulledImage of secured) objects = await applyPullSecrets(objects, pulledImage, kube, work)
      await deploy({ name, objects }, settings.timeout, kube, work)
      return { name, objects } satisfies RenderedProvider
    },
  )
  return task(`ready ${name}`, waitDocs(road), [deployed, ...pictured, cluster], async work => {
    await awaitProvider(work.of(deployed), road.wait, settings.timeout, work.of(cluster).kube, work)
    return road.deployed(work)
  })
}
