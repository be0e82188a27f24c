/** Released providers: their files are downloaded while the cluster boots, checked all together, then deployed by the steps that all providers share. */
import { Failure, messageOf } from '../host/failure.ts'
import type { Work } from '../host/work.ts'
import { editRelease } from '../manifests/clusterctl.ts'
import { containersOf } from '../manifests/edits.ts'
import { setImage } from '../manifests/manager-image.ts'
import type { KubeObject } from '../manifests/object.ts'
import { type ReleaseSeries, releaseSeriesIn } from '../manifests/release-series.ts'
import { substitute } from '../manifests/substitute.ts'
import type { NamedTemplate } from '../manifests/variables.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { ReleasedProvider } from '../providers/choose.ts'
import { checkContracts, type Described } from '../providers/contract.ts'
import { type ReleaseFile, type Releases, releases } from '../providers/releases.ts'
import { providerVariables } from '../settings/variables.ts'
import type { Road } from './deploy-tasks.ts'
import { describeBuilt } from './described.ts'
import { judgeTogether } from './manifest-variables.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** What of a release is wanted. */
export interface Components {
  readonly version: string
  readonly manifests: NamedTemplate
  /** Text of its metadata.yaml. */
  readonly metadata: string
  readonly described: Described
}

export interface ReleasedTasks {
  readonly releases: Releases
  readonly components: readonly { readonly provider: ReleasedProvider; readonly task: Task<Components> }[]
  /** After these everything is found right: contracts fit, and no variable is missing. None where there are no releases. */
  readonly checked: readonly Task[]
}

export function releasedTasks(wanted: Wanted): ReleasedTasks {
  const { settings, released = [] } = wanted
  const http = { mirrors: settings.downloadMirrors, token: settings.githubToken }
  const shelf = releases({ cacheDir: settings.cacheDir, http })
  const components = released.map(provider => ({ provider, task: componentsTask(provider, shelf) }))
  const tasks = components.map(({ task }) => task)
  const checked = tasks.length === 0 ? [] : [contractsTask(wanted, components, shelf), variablesTask(wanted, components)]
  return { releases: shelf, components, checked }
}

function componentsTask(provider: ReleasedProvider, shelf: Releases): Task<Components> {
  const { name, because } = provider
  const docs = `Downloads the release of ${name} and verifies its digests.`
  return task(`components ${name}`, docs, [], async work => {
    const found = await componentsOf(provider, shelf, work)
    work.log(`${name} ${found.version} is deployed as released${because === undefined ? '' : `: ${because}`}`)
    if (found.kept) work.unchanged(`${found.version} is in the cache`)
    return found
  })
}

/** Of the version that the provider's word means. `kept`: whether all of it was here already. */
export async function componentsOf(
  provider: ReleasedProvider,
  shelf: Releases,
  work: Work,
): Promise<Components & { readonly kept: boolean }> {
  const { name, components } = provider
  const version = await shelf.version(provider, provider.version, work)
  const file = async (asset: string) => (await shelf.file(provider, version, asset, work)) ?? missing(provider, version, asset)
  const [metadata, manifests] = await Promise.all([file('metadata.yaml'), file(components)])
  const described = { name, version, series: seriesIn(metadata), file: metadata.file }
  return { version, manifests, metadata: metadata.text, described, kept: metadata.kept && manifests.kept }
}

const seriesIn = ({ text, file }: ReleaseFile): readonly ReleaseSeries[] => releaseSeriesIn(text, file)

function missing({ name, origin }: ReleasedProvider, version: string, asset: string): never {
  throw new Failure({
    what: `the release ${version} of provider ${name} has no ${asset}`,
    why: 'clusterctl and we deploy a provider by its components and its metadata.yaml',
    remedy: 'use another version; one that was tagged minutes ago may have no files yet',
    where: origin.at === 'github' ? `github.com/${origin.repository}` : origin.folder,
  })
}

type Downloaded = ReleasedTasks['components']

/** Every provider against core, those that are built too. */
function contractsTask({ providers }: Wanted, components: Downloaded, shelf: Releases): Task {
  const docs = 'Checks that the contract of every provider fits that of core.'
  const tasks = components.map(({ task }) => task)
  return task('contracts', docs, tasks, async work => {
    const built = providers.flatMap(one => describeBuilt(one) ?? [])
    const all = [...built, ...tasks.map(one => work.of(one).described)]
    const core = all.find(({ name }) => name === 'core')
    // Whoever deploys none has one, which nobody can ask here.
    if (core === undefined) return
    const others = all.filter(one => one !== core)
    await checkContracts(core, others, name =>
      newestSeries(components.find(({ provider }) => provider.name === name)?.provider, shelf, work),
    )
  })
}

/** For a remedy alone: what can't be had is left out. */
async function newestSeries(provider: ReleasedProvider | undefined, shelf: Releases, work: Work): Promise<readonly ReleaseSeries[]> {
  if (provider === undefined) return []
  try {
    const version = await shelf.version(provider, { is: 'latest' }, work)
    const metadata = await shelf.file(provider, version, 'metadata.yaml', work)
    return metadata === undefined ? [] : seriesIn(metadata)
  } catch (error) {
    work.signal.throwIfAborted()
    work.log(`the newest release of ${provider.name} could not be looked at: ${messageOf(error)}`)
    return []
  }
}

function variablesTask({ settings }: Wanted, components: Downloaded): Task {
  const docs = 'Checks that every variable in the components of released providers has a value that fits.'
  const tasks = components.map(({ task }) => task)
  return task('variables', docs, tasks, async work => {
    const asked = components.map(({ provider, task }) => ({ template: work.of(task).manifests, own: provider.substitutions ?? {} }))
    judgeTogether(asked, settings, 'the components of released providers')
  })
}

/** By which a released provider goes to the cluster. */
export function releasedRoad({ provider, task: components }: Downloaded[number], { settings }: Wanted, checked: readonly Task[]): Road {
  const { name, label } = provider
  const docs = `Fills in the release of ${name} and gives it what clusterctl does.`
  const rendered = task(`render ${name}`, docs, [components, ...checked], async work => {
    const { version, manifests } = work.of(components)
    const { file, text } = manifests
    const values = { ...providerVariables(settings), ...provider.substitutions }
    const filled = substitute(text, values, { file, trimNames: true, unset: 'error' })
    const objects = editRelease(parseManifests(filled, file), { name, label, version, extraArgs: settings.extraArgs[name] ?? [] })
    const given = settings.images[name]
    return given === undefined ? objects : setImage(objects, managerImage(objects), given)
  })
  return {
    name,
    wait: provider.wait ?? 'available',
    first: [],
    rendered,
    objectsIn: work => work.of(rendered),
    pictured: [rendered, components],
    images: work => imagesOf(work.of(rendered)),
    objects: work => work.of(rendered),
    deployed: work => {
      const objects = work.of(rendered)
      const namespace = objects.find(({ kind }) => kind === 'Namespace')?.metadata.name ?? ''
      return { name, version: work.of(components).version, namespace, image: managerImage(objects), source: 'released' }
    },
  }
}

const imagesOf = (objects: readonly KubeObject[]): readonly string[] => [
  ...new Set(objects.flatMap(containersOf).flatMap(({ image }) => image ?? [])),
]

/** Of the container that the contract of clusterctl calls `manager`; of the first where there is none. */
function managerImage(objects: readonly KubeObject[]): string {
  const containers = objects.filter(({ kind }) => kind === 'Deployment').flatMap(containersOf)
  return (containers.find(({ name }) => name === 'manager') ?? containers[0])?.image ?? ''
}
