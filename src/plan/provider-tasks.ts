/** The providers, each in small steps: images need no cluster, CRDs no cert-manager; all that can overlap does. */
import type { EditedProvider } from '../manifests/edit-provider.ts'
import { containersOf } from '../manifests/edits.ts'
import { startEntrypoint } from '../manifests/entrypoint.ts'
import { setImage } from '../manifests/manager-image.ts'
import type { KubeObject } from '../manifests/object.ts'
import type { Provider } from '../providers/provider.ts'
import type { BuiltImage, Image } from './buildable.ts'
import { type Downloads, noCaching } from './cache-tasks.ts'
import { clusterctlTask, type Rendered } from './clusterctl-task.ts'
import { type DeployedProvider, deployTasks, inventoryTask, type Needed, type Road } from './deploy-tasks.ts'
import { type Gated, gatesFor } from './feature-gate-tasks.ts'
import { type Afterwards, type ImageTasks, imageTasks } from './provider-images.ts'
import { type ReleasedTasks, releasedRoad } from './released-tasks.ts'
import { kustomizedOf, render, variablesTask } from './render-tasks.ts'
import { bareTask, beforeTask, resourcesTask } from './resource-tasks.ts'
import type { Task, TaskWork } from './task.ts'
import { togetherTask } from './together-task.ts'
import type { Wanted } from './wanted.ts'

export interface ProviderTasks {
  /** Per provider that is built the task after which its image is in the registry. */
  readonly images: readonly Task<BuiltImage>[]
  /** Per provider the task after which it works. */
  readonly ready: readonly Task<DeployedProvider>[]
  /** What stands beside providers whose own manifests are not applied. */
  readonly bare: readonly Task[]
  /** Its value is the path of a clusterctl.yaml. Nothing where there are no providers. */
  readonly clusterctlConfig: Task<string> | undefined
  /** What nothing waits for, to be done after `last`. */
  readonly afterwards: (last: readonly Task[]) => Afterwards
  readonly downloads: readonly Downloads[]
  /** What would be applied, as far as that is known before images are built. */
  readonly rendered: readonly RenderedObjects[]
  /** After these all that is said of providers is found right. */
  readonly checked: readonly Task[]
}

export interface RenderedObjects {
  readonly name: string
  readonly needs: readonly Task[]
  /** Takes values of `needs` alone. */
  readonly objects: Road['objectsIn']
}

/** All providers, core first: those that are built, and `released` ones. */
export function providerTasks(wanted: Wanted, needed: Needed, released: ReleasedTasks): ProviderTasks {
  const { providers } = wanted
  if (providers.length === 0 && released.components.length === 0)
    return {
      images: [],
      ready: [],
      bare: [],
      clusterctlConfig: undefined,
      afterwards: () => ({ tasks: [], caching: noCaching }),
      downloads: [],
      rendered: [],
      checked: needed.checked,
    }
  const kustomized = providers.flatMap(provider => (provider.manifests ? [kustomizedOf(provider, provider.manifests, needed)] : []))
  const variables = kustomized.length === 0 ? [] : [variablesTask(kustomized, wanted)]
  const edited = kustomized.map(one => render(one, variables, wanted))
  const images = imageTasks(wanted, needed, provider => edited.find(one => one.provider === provider)?.edited)
  const rendered = edited.map(one => ({ ...one, image: images.of(one.provider) }))
  const inventory = inventoryTask(wanted, needed)
  const downloaded = released.components.map(one => releasedRoad(one, wanted, released.checked))
  const together = togetherTask(edited.map(({ provider, edited: objects }) => ({ name: provider.name, edited: objects })))
  const checked = [...needed.checked, ...variables, ...together]
  const known = [...rendered.map(one => builtGates(one, images, wanted)), ...downloaded.map(releasedGates)]
  const { gated, check } = gatesFor(known, wanted)
  const deployed = (road: Road) =>
    deployTasks(gated({ ...road, first: [...road.first, ...(check ? [check] : [])] }), inventory, wanted, { ...needed, checked })

  const ready = new Map<string, Task<DeployedProvider>>()
  const readyOf = (names: readonly string[]): readonly Task[] => names.flatMap(name => ready.get(name) ?? [])
  for (const road of downloaded) ready.set(road.name, deployed(road))
  for (const one of inOrderOfNeeds(rendered)) {
    const { provider } = one
    const addOns = provider.needs.addOns.flatMap(name => needed.addOns?.get(name) ?? [])
    const road = builtRoad(one, [...readyOf(provider.needs.manager), ...addOns], wanted, needed)
    ready.set(provider.name, deployed(road))
  }
  const complete = (one: Provider, works: Task<DeployedProvider>): Task<DeployedProvider> =>
    one.resources.after.length === 0 ? works : resourcesTask(one, works, readyOf(one.needs.resources), wanted, needed)
  const unrendered = providers.filter(({ manifests, resources }) => !manifests && resources.before.length + resources.after.length > 0)
  const all = [
    ...rendered.flatMap(({ provider }) => {
      const works = ready.get(provider.name)
      return works ? [{ name: provider.name, task: complete(provider, works) }] : []
    }),
    ...downloaded.flatMap(({ name }) => {
      const works = ready.get(name)
      return works ? [{ name, task: works }] : []
    }),
  ]
  return {
    images: images.built,
    ready: all.toSorted((one, other) => Number(other.name === 'core') - Number(one.name === 'core')).map(one => one.task),
    bare: unrendered.map(one => bareTask(one, [...readyOf(one.needs.manager), ...readyOf(one.needs.resources)], wanted, needed)),
    clusterctlConfig: clusterctlTask(wanted, needed.certManager, rendered, released),
    afterwards: images.afterwards,
    downloads: images.downloads,
    rendered: known.map(one => gated({ ...one, needs: [one.rendered, ...(check ? [check] : [])], objects: one.objectsIn })),
    checked,
  }
}

const builtGates = ({ provider, edited }: Rendered, images: ImageTasks, { settings }: Wanted): Gated => ({
  name: provider.name,
  rendered: edited,
  objectsIn: work => work.of(edited).objects,
  // A run that makes nothing compiles nothing: there the manifests tell.
  compiled: settings.dryRun === 'server' ? undefined : images.compiled(provider),
})

const releasedGates = ({ name, rendered, objectsIn }: Road): Gated => ({ name, rendered, objectsIn, compiled: undefined })

/** Each after those that must work before its manager is deployed; of a circle somebody has to be first. */
function inOrderOfNeeds(all: readonly Rendered[]): readonly Rendered[] {
  const ordered = new Set<Rendered>()
  const add = (one: Rendered, above: readonly Rendered[]): void => {
    if (ordered.has(one) || above.includes(one)) return
    for (const need of all) if (one.provider.needs.manager.includes(need.provider.name)) add(need, [...above, one])
    ordered.add(one)
  }
  for (const one of all) add(one, [])
  return [...ordered]
}

/** By which a provider of a repository goes to the cluster. `first` works before its manager is deployed. */
function builtRoad({ provider, edited, image }: Rendered, first: readonly Task[], wanted: Wanted, needed: Needed): Road {
  const { name, version } = provider
  const before = provider.resources.before.length === 0 ? [] : [beforeTask(provider, wanted, needed)]
  const imageIn = (work: Parameters<Road['deployed']>[0]) => (image === undefined ? undefined : work.of(image))
  const referenceIn = (work: Parameters<Road['deployed']>[0]) => imageIn(work)?.reference
  return {
    name,
    wait: provider.wait,
    first: [...first, ...before],
    rendered: edited,
    objectsIn: work => work.of(edited).objects,
    pictured: image === undefined ? [edited] : [edited, image],
    images: work => {
      const reference = referenceIn(work)
      return reference === undefined ? imagesOf(work.of(edited).objects) : [reference]
    },
    objects: work => withBuilt(work.of(edited).objects, provider, imageIn(work), work),
    deployed: work => {
      const { identity, objects, ports } = work.of(edited)
      const { namespace } = identity
      return {
        name,
        version,
        namespace,
        image: referenceIn(work) ?? imagesOf(objects)[0] ?? '',
        source: 'built',
        ...(ports.length > 0 ? { ports } : {}),
      }
    },
  }
}

/** With the image in its place, started as it has to be. */
function withBuilt(
  objects: readonly KubeObject[],
  { name, build }: Provider,
  image: Image | undefined,
  work: Pick<TaskWork, 'notice'>,
): readonly KubeObject[] {
  if (build === undefined || image === undefined) return objects
  const { reference, entrypoint = [] } = image
  const started = startEntrypoint(setImage(objects, build.image, reference), reference, entrypoint)
  for (const command of started.instead)
    work.notice(
      `${name} is started by ${entrypoint[0]}, where ko has put it in the image: its manifests, and those for clusterctl, say ${command}`,
    )
  return started.objects
}

const imagesOf = (objects: EditedProvider['objects']): readonly string[] => [
  ...new Set(objects.flatMap(containersOf).flatMap(({ image }) => image ?? [])),
]
