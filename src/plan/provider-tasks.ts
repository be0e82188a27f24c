/** The providers, each in small steps: compile and image need no cluster, CRDs no cert-manager; all that can overlap does. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { pullOnNodes } from '../cluster/readiness.ts'
import { applyCrds, applyFoundation, awaitProvider, deploy, type RenderedProvider } from '../components/provider.ts'
import { sha256 } from '../images/blob.ts'
import { type CompiledManager, compileManager, type ManagerSource, rememberManager } from '../images/compile.ts'
import { type Base, fetchBase, type PushedImage, pushManager } from '../images/push.ts'
import { RegistryClient } from '../images/registry-client.ts'
import { applyAll } from '../kube/apply.ts'
import { editProvider, labelForClusterctl, setImage } from '../manifests/edits.ts'
import { kustomizeBuild } from '../manifests/kustomize.ts'
import type { KubeObject } from '../manifests/object.ts'
import { substitute } from '../manifests/substitute.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { Provider } from '../providers/provider.ts'
import type { Repository } from '../providers/repository.ts'
import { providerVariables } from '../settings/variables.ts'
import { type Caching, type Downloads, noCaching } from './cache-tasks.ts'
import type { CertManagerTasks } from './cert-manager-tasks.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { goCaching } from './go-cache-tasks.ts'
import { cpuTask, type Task, task } from './task.ts'
import type { ToolTasks } from './tool-tasks.ts'
import type { Wanted } from './wanted.ts'

export interface DeployedProvider {
  readonly name: string
  readonly version: string
  readonly namespace: string
  /** Reference of the image that its manager runs. */
  readonly image: string
}

export interface BuiltImage extends PushedImage {
  /** Whose it is: `docker`. */
  readonly name: string
}

export interface Needed {
  readonly tools: ToolTasks
  readonly management: ClusterTasks
  readonly certManager: CertManagerTasks | undefined
  /** What downloads of earlier jobs come with. */
  readonly restored?: Task | undefined
}

/** Executables are kept from run to run, one set by cluster and checkout: those that are up to date are not built again. */
const managersFolder = ({ cacheDir, clusterName }: Wanted['settings'], { build }: Provider): string =>
  join(cacheDir, 'managers', `${clusterName}-${createHash('sha256').update(build.moduleDir).digest('hex').slice(0, 12)}`)

/** Nodes run on this machine's engine: the same architecture, and always Linux. */
const PLATFORM = { os: 'linux', architecture: arch() === 'x64' ? 'amd64' : arch() } as const

export interface ProviderTasks {
  /** Per provider that is built the task after which its image is in the registry. */
  readonly images: readonly Task<BuiltImage>[]
  /** Per provider the task after which it works. */
  readonly ready: readonly Task<DeployedProvider>[]
  /** What nothing waits for, to be done after `last`. */
  readonly afterwards: (last: readonly Task[]) => Afterwards
  readonly downloads: readonly Downloads[]
}

interface Afterwards {
  readonly tasks: readonly Task[]
  readonly caching: Caching
}

export function providerTasks(wanted: Wanted, needed: Needed): ProviderTasks {
  const { settings, providers, repository } = wanted
  if (repository === undefined) return { images: [], ready: [], afterwards: () => ({ tasks: [], caching: noCaching }), downloads: [] }
  const client = new RegistryClient(settings.imageMirrors)
  const base = task(
    'base image',
    `Fetches ${settings.baseImage} for ${PLATFORM.os}/${PLATFORM.architecture}.`,
    needed.restored ? [needed.restored] : [],
    work => fetchBase(settings.baseImage, PLATFORM, settings.cacheDir, client, work),
  )
  const inventory = inventoryTask(repository, settings, needed)
  const sources = new Map(
    providers.filter(({ name }) => settings.images[name] === undefined).map(provider => [provider.name, managerSource(provider, wanted)]),
  )
  const go = goCaching(wanted, repository.root, [...sources.values()])
  const steps = providers.map(provider => {
    const source = sources.get(provider.name)
    const compile = source && compileTask(source, go.before)
    const built = compile && { source, compile, image: imageTask(provider, compile, base, client, wanted, needed) }
    const image = built?.image ?? givenImageTask(provider, settings)
    return { provider, built, ...deployTasks(provider, image, inventory, wanted, needed) }
  })
  const built = steps.flatMap(step => step.built ?? [])
  const readyOf = new Map(steps.map(({ provider, ready }) => [provider.name, ready]))
  const ready = steps.map(({ provider, ready }) => {
    if (provider.additionalResources.length === 0) return ready
    const first = provider.dependsOn.flatMap(name => readyOf.get(name) ?? [])
    return resourcesTask(provider, ready, first, wanted, needed)
  })
  const afterwards = (last: readonly Task[]): Afterwards => {
    if (built.length === 0) return { tasks: [], caching: noCaching }
    const noted = rememberTask(built, last)
    const compiled = built.map(({ compile }) => compile)
    return { tasks: [noted], caching: go.caching(compiled, noted) }
  }
  return { images: built.map(({ image }) => image), ready, afterwards, downloads: [baseDownload(base)] }
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

/** The CRD of clusterctl's inventory, from the checkout: it must be served before the first Provider object. */
function inventoryTask({ root }: Repository, { timeout }: Wanted['settings'], { tools, management }: Needed): Task {
  const docs = "Applies the CRD of clusterctl's provider inventory."
  return task('provider inventory', docs, [tools.kustomize, management.cluster, management.services], async work => {
    const directory = join(root, 'cmd/clusterctl/config/crd')
    const kustomize = { kustomize: work.of(tools.kustomize).path, directory, options: [] }
    const objects = parseManifests(await kustomizeBuild(kustomize, work), directory)
    await applyAll(work.of(management.cluster).kube, objects.map(labelForClusterctl), { crdTimeout: timeout }, work)
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
  client: RegistryClient,
  { settings }: Wanted,
  { management }: Needed,
): Task<BuiltImage> {
  return task(
    `image ${name}`,
    `Puts the manager on ${settings.baseImage} and into the registry.`,
    [compile, base, management.registry],
    async work => {
      const repository = build.image.split('/').at(-1) ?? name
      const registry = work.of(management.registry).address
      const image = { registry, repository, binary: work.of(compile).path, base: work.of(base), user: build.user }
      const pushed = await pushManager(image, client, work)
      if (!pushed.pushed) work.unchanged(`the registry has ${pushed.reference}`)
      return { ...pushed, name }
    },
  )
}

function renderTask(provider: Provider, { settings }: Wanted, { tools }: Needed): Task<readonly KubeObject[]> {
  const { name, kustomizeFolder } = provider
  return task(`render ${name}`, `Renders ${kustomizeFolder}: kustomize, substitution, parsing, edits.`, [tools.kustomize], async work => {
    const text = await kustomizeBuild({ kustomize: work.of(tools.kustomize).path, directory: kustomizeFolder, options: [] }, work)
    const file = `${name} (kustomize build ${kustomizeFolder})`
    const substituted = substitute(text, providerVariables(settings), { file, unset: 'error' })
    return editProvider(parseManifests(substituted, file), { version: provider.version, extraArgs: settings.extraArgs[name] ?? [] })
  })
}

function deployTasks(provider: Provider, image: Task<Image>, inventory: Task, wanted: Wanted, needed: Needed) {
  const { name, version, namespace, build } = provider
  const { cluster, connected, services } = needed.management
  const rendered = renderTask(provider, wanted, needed)
  const after = needed.certManager ? [needed.certManager.deployed] : []
  const pulled = task(
    `pull ${name}`,
    `Pulls the image of ${name} on every node, while cert-manager starts.`,
    [image, connected, cluster, ...after],
    work => pullOnNodes(work.of(cluster), work.of(image).reference, work),
  )
  const crds = task(
    `crds ${name}`,
    `Applies the namespace and the CRDs of ${name} until they are Established.`,
    [rendered, cluster, services],
    async work => {
      await applyCrds({ name, objects: work.of(rendered) }, wanted.settings.timeout, work.of(cluster).kube, work)
    },
  )
  const ground = [crds, services, inventory, ...(needed.certManager ? [needed.certManager.ready] : [])]
  const founded = task(
    `certificates ${name}`,
    `Applies what the manager of ${name} stands on, until its Certificates are Ready.`,
    [...ground, rendered, cluster],
    async work => {
      await applyFoundation({ name, objects: work.of(rendered) }, wanted.settings.timeout, work.of(cluster).kube, work)
    },
  )
  const deployed = task(
    `deploy ${name}`,
    `Applies the manager of ${name} with its image, and its webhooks.`,
    [founded, pulled, image, rendered, cluster],
    async work => {
      const objects = setImage(work.of(rendered), build.image, work.of(image).reference)
      await deploy({ name, objects }, wanted.settings.timeout, work.of(cluster).kube, work)
      return { name, objects } satisfies RenderedProvider
    },
  )
  const ready = task(
    `ready ${name}`,
    `Waits until Deployments, CA bundles and a webhook of ${name} work.`,
    [deployed, image, cluster],
    async work => {
      await awaitProvider(work.of(deployed), wanted.settings.timeout, work.of(cluster).kube, work)
      return { name, version, namespace, image: work.of(image).reference }
    },
  )
  return { ready }
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
