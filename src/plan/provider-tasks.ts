/** The providers, each in small steps: images need no cluster, CRDs no cert-manager; all that can overlap does. This file joins them, and renders those that are built. */
import { readFile } from 'node:fs/promises'
import { runUserCommand } from '../host/command-line.ts'
import { Failure, messageOf } from '../host/failure.ts'
import { applyAll } from '../kube/apply.ts'
import type { Debugging } from '../manifests/debugging.ts'
import { type EditedProvider, editProvider } from '../manifests/edit-provider.ts'
import { containersOf } from '../manifests/edits.ts'
import { startEntrypoint } from '../manifests/entrypoint.ts'
import { impliedVariables } from '../manifests/implied-variables.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import { setImage } from '../manifests/manager-image.ts'
import { substitute } from '../manifests/substitute.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Manifests, Provider } from '../providers/provider.ts'
import { providerVariables, type Variables } from '../settings/variables.ts'
import type { BuiltImage, Image } from './buildable.ts'
import { type Downloads, noCaching } from './cache-tasks.ts'
import { clusterctlTask, type Rendered } from './clusterctl-task.ts'
import { type DeployedProvider, deployTasks, inventoryTask, type Needed, type Road } from './deploy-tasks.ts'
import { type Gated, gatesFor } from './feature-gate-tasks.ts'
import { judgeTogether } from './manifest-variables.ts'
import { type Afterwards, type ImageTasks, imageTasks, isCompiled } from './provider-images.ts'
import { type ReleasedTasks, releasedRoad } from './released-tasks.ts'
import { type Task, task } from './task.ts'
import { togetherTask } from './together-task.ts'
import { enablesHelm } from './tool-tasks.ts'
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

/** A provider that is built, and the task that renders its manifests to text. */
interface Kustomized {
  readonly provider: Provider
  readonly manifests: Manifests
  readonly kustomized: Task<string>
}

/** What providers that are built lack is found before anything of one of them is applied. */
function variablesTask(rendered: readonly Kustomized[], { settings }: Wanted): Task {
  const docs = 'Checks that every variable in the manifests of providers that are built has a value that fits.'
  const needs = rendered.map(({ kustomized }) => kustomized)
  return task('variables from source', docs, needs, async work => {
    const asked = rendered.map(({ provider, manifests, kustomized }) => ({
      template: { file: fileOf(provider), text: work.of(kustomized) },
      own: ownVariables(work.of(kustomized), provider, manifests, settings),
    }))
    judgeTogether(asked, settings, 'the manifests of the providers', settings.unsetVariables)
  })
}

/** Values that hold for this provider alone: those that are said, and those that go without saying. */
function ownVariables(text: string, { build }: Provider, { substitutions }: Manifests, settings: Wanted['settings']): Variables {
  const said = providerVariables(settings)
  const implied = Object.entries(impliedVariables(text, build?.image)).filter(([name]) => !Object.hasOwn(said, name))
  return { ...Object.fromEntries(implied), ...substitutions }
}

const fileOf = ({ name, manifests }: Provider): string =>
  manifests === undefined || manifests.files.length > 0 ? name : `${name} (kustomize build ${manifests.folder})`

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

const kustomizedOf = (provider: Provider, manifests: Manifests, { tools }: Needed): Kustomized => ({
  provider,
  manifests,
  kustomized: manifests.files.length > 0 ? readTask(provider.name, manifests.files) : kustomizeTask(provider, manifests, tools),
})

/** @param variables After it, what lacks a value is missing in no provider: its error is of all of them, and says how to get each. */
function render({ provider, manifests, kustomized }: Kustomized, variables: readonly Task[], wanted: Wanted): Omit<Rendered, 'image'> {
  const { settings } = wanted
  const { name, version, hints, build } = provider
  const { debugging, notices: undebugged } = debuggingOf(provider, wanted)
  const docs = `Makes objects of what ${name} is rendered to: substitution, parsing, edits.`
  const edited = task(`render ${name}`, docs, [kustomized, ...variables], async work => {
    const file = fileOf(provider)
    const values = { ...providerVariables(settings), ...ownVariables(work.of(kustomized), provider, manifests, settings) }
    const substituted = substitute(work.of(kustomized), values, { file, unset: settings.unsetVariables })
    const made = editProvider(parseManifests(substituted, file), {
      name,
      hints,
      version,
      image: build?.image,
      extraArgs: settings.extraArgs[name] ?? [],
      pullPolicy: manifests.pullPolicy,
      debugging,
    })
    for (const notice of [...made.notices, ...undebugged]) work.notice(notice)
    return made
  })
  return { provider, kustomized, edited }
}

/** What `debug` says of a provider, with Tilt's defaults. Delve lies beside what is compiled here, and nowhere else. */
function debuggingOf(
  provider: Provider,
  wanted: Wanted,
): { readonly debugging: Debugging | undefined; readonly notices: readonly string[] } {
  const said = wanted.settings.debug[provider.name]
  if (said === undefined) return { debugging: undefined, notices: [] }
  const port = (value = 0) => (value > 0 ? value : undefined)
  const debugging = {
    delve: isCompiled(provider, wanted),
    continue: said.continue ?? true,
    port: port(said.port),
    profilerPort: port(said.profiler_port),
    metricsPort: port(said.metrics_port),
  }
  if (debugging.delve) return { debugging, notices: isUnreachable(debugging) ? [unreachable(provider)] : [] }
  if (debugging.port === undefined) return { debugging, notices: [] }
  const notice = `${provider.name} runs without a debugger: its image is not made of what the Go of this machine compiles`
  return { debugging: { ...debugging, port: undefined }, notices: [notice] }
}

/** Tilt does as it is told here too: the manager stands for ever. */
const isUnreachable = ({ continue: goesOn, port }: Debugging): boolean => !goesOn && port === undefined

const unreachable = ({ name }: Provider): string =>
  `${name} waits for a debugger that nobody can attach: its \`debug\` entry has \`continue: false\` and no \`port\``

function kustomizeTask(provider: Provider, { folder: directory, options, prepare }: Manifests, tools: Needed['tools']): Task<string> {
  const { name, repository } = provider
  // Who says a command of its own has another helm.
  const helm = enablesHelm(provider) && !options.some(one => one.startsWith('--helm-command')) ? tools.helm : undefined
  return task(`kustomize ${name}`, `Renders ${directory} with kustomize.`, [tools.kustomize, ...(helm ? [helm] : [])], async work => {
    if (prepare !== undefined) await runUserCommand(`before-render of ${name}`, prepare, work, { cwd: repository })
    const all = [...options, ...(helm ? ['--helm-command', work.of(helm).path] : [])]
    return kustomizeBuild({ kustomize: work.of(tools.kustomize).path, directory, options: all }, work)
  })
}

/** Of a project without a kustomization. */
const readTask = (name: string, files: readonly string[]): Task<string> =>
  task(`read ${name}`, `Reads ${files.join(', ')}.`, [], async () => (await Promise.all(files.map(readRaw))).join('\n---\n'))

/** By which a provider of a repository goes to the cluster. `first` works before its manager is deployed. */
function builtRoad({ provider, edited, image }: Rendered, first: readonly Task[], wanted: Wanted, needed: Needed): Road {
  const { name, version, build } = provider
  const before = provider.resources.before.length === 0 ? [] : [beforeTask(provider, wanted, needed)]
  const imageIn = (work: Parameters<Road['objects']>[0]) => (image === undefined ? undefined : work.of(image))
  const referenceIn = (work: Parameters<Road['objects']>[0]) => imageIn(work)?.reference
  const objectsOf = (made: EditedProvider, used: Image | undefined) =>
    build === undefined || used === undefined
      ? made.objects
      : startEntrypoint(setImage(made.objects, build.image, used.reference), used.reference, used.entrypoint ?? [])
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
    objects: work => objectsOf(work.of(edited), imageIn(work)),
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

const imagesOf = (objects: EditedProvider['objects']): readonly string[] => [
  ...new Set(objects.flatMap(containersOf).flatMap(({ image }) => image ?? [])),
]

/** Manifests that Tilt applies before all managers: CRDs and configuration that a provider wants to find. */
function beforeTask(provider: Provider, { settings }: Wanted, { management: { cluster, services }, checked }: Needed): Task {
  const docs = `Applies what ${provider.name} wants to find.`
  return task(`resources before ${provider.name}`, docs, [...checked, services, cluster], async work => {
    const objects = await rawObjects(provider.resources.before)
    await applyAll(work.of(cluster).kube, objects, { retryWebhooks: settings.timeout, crdTimeout: settings.timeout }, work)
  })
}

/** Manifests that Tilt applies beside a provider, such as the ExtensionConfig of the test extension. */
function resourcesTask(
  provider: Provider,
  ready: Task<DeployedProvider>,
  first: readonly Task[],
  { settings }: Wanted,
  { management: { cluster } }: Needed,
): Task<DeployedProvider> {
  return task(`resources ${provider.name}`, `Applies what stands beside ${provider.name}.`, [ready, ...first, cluster], async work => {
    await applyAll(work.of(cluster).kube, await rawObjects(provider.resources.after), { retryWebhooks: settings.timeout }, work)
    return work.of(ready)
  })
}

/** Where `apply_provider_yaml` is false, Tilt applies these all the same. */
function bareTask(provider: Provider, first: readonly Task[], wanted: Wanted, needed: Needed): Task {
  const { management, certManager } = needed
  const ground = provider.resources.before.length === 0 ? [] : [beforeTask(provider, wanted, needed)]
  const needs = [...needed.checked, ...ground, ...first, ...(certManager ? [certManager.ready] : []), management.services]
  const docs = `Applies what stands beside ${provider.name}, whose own manifests are left out.`
  return task(`resources ${provider.name}`, docs, [...needs, management.cluster], async work => {
    const { timeout } = wanted.settings
    const objects = await rawObjects(provider.resources.after)
    await applyAll(work.of(management.cluster).kube, objects, { retryWebhooks: timeout, crdTimeout: timeout }, work)
  })
}

/** As they are: Tilt substitutes nothing in them. */
const rawObjects = async (files: readonly string[]) =>
  (await Promise.all(files.map(async file => parseManifests(await readRaw(file), file)))).flat()

const readRaw = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure({ what: `the manifests ${file} can't be read`, why: messageOf(cause), cause })
  })
