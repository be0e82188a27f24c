/** The providers, each in small steps: compile and image need no cluster, CRDs no cert-manager; all that can overlap does. This file has those that are built. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../images/blob.ts'
import { type CompiledManager, compileManager, type ManagerSource, rememberManager } from '../images/compile.ts'
import { type Base, type PushedImage, pushManager } from '../images/push.ts'
import { repositoryBelow } from '../images/reference.ts'
import { applyAll } from '../kube/apply.ts'
import { editProvider, setImage } from '../manifests/edits.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import type { KubeObject } from '../manifests/object.ts'
import { substitute } from '../manifests/substitute.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Provider } from '../providers/provider.ts'
import { providerVariables } from '../settings/variables.ts'
import { type Caching, type Downloads, noCaching } from './cache-tasks.ts'
import { clusterctlTask } from './clusterctl-task.ts'
import { type DeployedProvider, deployTasks, inventoryTask, type Needed, type Road } from './deploy-tasks.ts'
import { dockerfileTasks } from './dockerfile-tasks.ts'
import { goCaching } from './go-cache-tasks.ts'
import { baseTask } from './registry-tasks.ts'
import { type ReleasedTasks, releasedRoad } from './released-tasks.ts'
import { cpuTask, type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

export interface BuiltImage extends PushedImage {
  /** Whose it is: `docker`. */
  readonly name: string
}

/** Executables are kept from run to run, one set by cluster and checkout: those that are up to date are not built again. */
const managersFolder = ({ cacheDir, clusterName }: Wanted['settings'], { build }: Provider): string =>
  join(cacheDir, 'managers', `${clusterName}-${createHash('sha256').update(build.moduleDir).digest('hex').slice(0, 12)}`)

/** Nodes run on this machine's engine: the same architecture, and always Linux. */
export const PLATFORM = { os: 'linux', architecture: arch() === 'x64' ? 'amd64' : arch() } as const

export interface ProviderTasks {
  /** Per provider that is built the task after which its image is in the registry. */
  readonly images: readonly Task<BuiltImage>[]
  /** Per provider the task after which it works. */
  readonly ready: readonly Task<DeployedProvider>[]
  /** Its value is the path of a clusterctl.yaml. Nothing where there are no providers. */
  readonly clusterctlConfig: Task<string> | undefined
  /** What nothing waits for, to be done after `last`. */
  readonly afterwards: (last: readonly Task[]) => Afterwards
  readonly downloads: readonly Downloads[]
}

interface Afterwards {
  readonly tasks: readonly Task[]
  readonly caching: Caching
}

/** All providers, core first: those that are built, and `released` ones. */
export function providerTasks(wanted: Wanted, needed: Needed, released: ReleasedTasks): ProviderTasks {
  const { settings, providers, repository } = wanted
  if (providers.length === 0 && released.components.length === 0)
    return { images: [], ready: [], clusterctlConfig: undefined, afterwards: () => ({ tasks: [], caching: noCaching }), downloads: [] }
  const base = baseTask(settings, PLATFORM, needed.management.registry, needed.restored ? [needed.restored] : [])
  const inventory = inventoryTask(wanted, needed)
  const deployed = (road: Road) => deployTasks(road, inventory, wanted, needed)
  const fromDockerfile = settings.builder === undefined ? undefined : builderTasks(settings.builder, wanted, needed)
  const sources = fromDockerfile ? [] : providers.filter(one => !isGiven(one, wanted)).map(one => managerSource(one, wanted))
  const go = repository === undefined || sources.length === 0 ? undefined : goCaching(wanted, repository.root, sources)
  const steps = providers.map(provider => {
    const built = buildTasks(provider, base, wanted, needed, fromDockerfile, go?.before)
    const image = built?.image ?? givenImageTask(provider, settings)
    const kustomized = kustomizeTask(provider, needed)
    return { provider, built, image, kustomized, ready: deployed(builtRoad(provider, kustomized, image, wanted)) }
  })
  const downloaded = released.components.map(one => ({
    provider: one.provider,
    ready: deployed(releasedRoad(one, wanted, released.checked)),
  }))
  const built = steps.flatMap(step => step.built ?? [])
  const readyOf = new Map([...steps, ...downloaded].map(({ provider, ready }) => [provider.name, ready]))
  const complete = steps.map(({ provider, ready }) => {
    if (provider.additionalResources.length === 0) return ready
    const first = provider.dependsOn.flatMap(name => readyOf.get(name) ?? [])
    return resourcesTask(provider, ready, first, wanted, needed)
  })
  const ready = [...complete, ...downloaded.map(({ ready }) => ready)]
  const compiled = built.flatMap(step => step.compiled ?? [])
  const afterwards = (last: readonly Task[]): Afterwards => {
    if (compiled.length === 0) return { tasks: [], caching: noCaching }
    const noted = rememberTask(compiled, last)
    return {
      tasks: [noted],
      caching:
        go?.caching(
          compiled.map(({ compile }) => compile),
          noted,
        ) ?? noCaching,
    }
  }
  return {
    images: built.map(({ image }) => image),
    ready: ready.toSorted((one, other) => Number(other === readyOf.get('core')) - Number(one === readyOf.get('core'))),
    clusterctlConfig: clusterctlTask(wanted, needed.certManager, steps, released),
    afterwards,
    downloads: compiled.length === 0 ? [] : [baseDownload(base)],
  }
}

/** Its blobs; the manifest that names them is asked for each time. */
const baseDownload = (base: Task<Base>): Downloads => ({
  task: base,
  files: ran => {
    const got = ran.valueOf(base)
    return got === undefined ? [] : [sha256(got.config), ...got.layers.map(({ digest }) => digest)].map(got.blobFile)
  },
})

interface Compiled {
  readonly source: ManagerSource
  readonly compile: Task<CompiledManager>
}

/** An image that a manager is deployed with. */
type Image = Pick<PushedImage, 'reference'>

/** Nothing for a provider whose image is there already. */
function buildTasks(
  provider: Provider,
  base: Task<Base>,
  wanted: Wanted,
  needed: Needed,
  fromDockerfile: ((provider: Provider) => Task<BuiltImage>) | undefined,
  before: readonly Task[] = [],
): { readonly image: Task<BuiltImage>; readonly compiled?: Compiled } | undefined {
  if (isGiven(provider, wanted)) return undefined
  if (fromDockerfile !== undefined) return { image: fromDockerfile(provider) }
  const source = managerSource(provider, wanted)
  const compile = compileTask(source, before)
  return { compiled: { source, compile }, image: imageTask(provider, compile, base, wanted, needed) }
}

const isGiven = ({ name }: Provider, { settings }: Wanted): boolean => settings.images[name] !== undefined

/** By the builder instead of this machine's Go. */
function builderTasks(builder: string, wanted: Wanted, needed: Needed) {
  const { settings } = wanted
  const built = wanted.providers.filter(provider => !isGiven(provider, wanted))
  const folderOf = (provider: Provider) => managersFolder(settings, provider)
  return dockerfileTasks(builder, built, settings, needed.management.registry, { platform: PLATFORM, folderOf })
}

function givenImageTask({ name }: Provider, { images }: Wanted['settings']): Task<Image> {
  const reference = images[name] ?? ''
  return task(`image ${name}`, `Takes ${reference}, which is there already.`, [], async work => {
    work.unchanged(`${reference} is given`)
    return { reference }
  })
}

/** After all providers work, while the workload cluster is waited for: until then every core is wanted. */
function rememberTask(steps: readonly Compiled[], last: readonly Task[]): Task {
  const docs = 'Notes what the managers were built from: the next run builds those anew for which that has changed.'
  return cpuTask('build inputs', docs, [...steps.map(({ compile }) => compile), ...last], async work => {
    const built = steps.filter(({ compile }) => work.of(compile).began !== undefined)
    if (built.length === 0) work.unchanged('no manager was built')
    for (const { source, compile } of built) await rememberManager(source, work.of(compile), work)
  })
}

const managerSource = (provider: Provider, { settings }: Wanted): ManagerSource => ({
  name: provider.name,
  root: provider.build.moduleDir,
  package: provider.build.package,
  output: join(managersFolder(settings, provider), provider.name),
  ldflags: provider.build.ldflags,
  tags: provider.build.tags,
  goos: PLATFORM.os,
  goarch: PLATFORM.architecture,
})

function compileTask(source: ManagerSource, before: readonly Task[]): Task<CompiledManager> {
  const docs = `Compiles ${source.package} of ${source.root} with the host's Go.`
  return cpuTask(`compile ${source.name}`, docs, before, async work => {
    const compiled = await compileManager(source, work)
    if (compiled.began === undefined) work.unchanged('nothing that it is built from has changed')
    return compiled
  })
}

function imageTask(
  { name, build }: Provider,
  compile: Task<CompiledManager>,
  base: Task<Base>,
  { settings }: Wanted,
  { management }: Needed,
): Task<BuiltImage> {
  return task(
    `image ${name}`,
    `Puts the manager on ${settings.baseImage} and into the registry.`,
    [compile, base, management.registry],
    async work => {
      const { address, client } = work.of(management.registry)
      const image = { ...repositoryBelow(address, build.image), binary: work.of(compile).path, base: work.of(base), user: build.user }
      const pushed = await pushManager(image, client, work)
      if (!pushed.pushed) work.unchanged(`the registry has ${pushed.reference}`)
      return { ...pushed, name }
    },
  )
}

function kustomizeTask({ name, kustomizeFolder: directory }: Provider, { tools }: Needed): Task<string> {
  return task(`kustomize ${name}`, `Renders ${directory} with kustomize.`, [tools.kustomize], work =>
    kustomizeBuild({ kustomize: work.of(tools.kustomize).path, directory, options: [] }, work),
  )
}

function renderTask(provider: Provider, kustomized: Task<string>, { settings }: Wanted): Task<readonly KubeObject[]> {
  const { name, kustomizeFolder } = provider
  return task(`render ${name}`, `Makes objects of what ${name} is rendered to: substitution, parsing, edits.`, [kustomized], async work => {
    const file = `${name} (kustomize build ${kustomizeFolder})`
    const substituted = substitute(work.of(kustomized), providerVariables(settings), { file, unset: 'error' })
    return editProvider(parseManifests(substituted, file), { version: provider.version, extraArgs: settings.extraArgs[name] ?? [] })
  })
}

/** By which a provider of the repository goes to the cluster. */
function builtRoad(provider: Provider, kustomized: Task<string>, image: Task<Image>, wanted: Wanted): Road {
  const { name, version, namespace, build } = provider
  const rendered = renderTask(provider, kustomized, wanted)
  return {
    name,
    rendered,
    pictured: [image],
    images: work => [work.of(image).reference],
    objects: work => setImage(work.of(rendered), build.image, work.of(image).reference),
    deployed: work => ({ name, version, namespace, image: work.of(image).reference, source: 'built' }),
  }
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
    const texts = await Promise.all(provider.additionalResources.map(async file => ({ file, text: await readFile(file, 'utf8') })))
    const objects = texts.flatMap(({ file, text }) =>
      parseManifests(substitute(text, providerVariables(settings), { file, unset: 'error' }), file),
    )
    await applyAll(work.of(cluster).kube, objects, { retryWebhooks: settings.timeout }, work)
    return work.of(ready)
  })
}
