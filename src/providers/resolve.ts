/** From the names that settings say to the providers that repositories have, and those that are releases. Pure over the listing of the repositories. */
import { basename, join, resolve } from 'node:path'
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { providerNames } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { type BuiltIn, buildTags, builtIns, requireNotRemoved } from './builtin.ts'
import { nameFor } from './catalogue.ts'
import { choose, type ReleasedProvider, type Sources, type Wanted } from './choose.ts'
import { configured, inlineProvider } from './configured.ts'
import { type Described, describedProvider, roadOf } from './described-provider.ts'
import { below } from './files.ts'
import { identify } from './identity.ts'
import { type Build, labelOf, type Provider } from './provider.ts'
import { isInline, type ProviderConfig, providerConfigsIn } from './provider-config.ts'
import { isCapi, type Repository } from './repository.ts'
import { labelNotices } from './tilt-provider.ts'
import { versionFlags } from './version.ts'

type Asked = Wanted & Pick<Settings, 'providerConfig' | 'repository' | 'workingDirectory'>

/** A provider that may be wanted. */
interface Available {
  readonly name: string
  /** Tilt's, by which others name it in `resource_deps`. */
  readonly label: string
  readonly repository: Repository
  /** As clusterctl and its label call it, as far as that is known before its manifests are rendered. */
  readonly clusterctlNames: readonly string[]
  make(): Provider
}

/**
 * The wanted providers that are built: core first, then in the order in which they are said, each once.
 * @throws Failure that lists every name that is unknown, or whose folder is missing.
 */
export function resolveProviders(settings: Asked, repositories: readonly Repository[]): Provider[] {
  const available = availableIn(settings, repositories)
  for (const { has } of repositories.filter(isCapi))
    for (const name of providerNames(settings.providers))
      if (!available.has(name)) requireNotRemoved(name, has, settings.sources.providers.where)
  const { built } = choose(inOwnRepository(settings, repositories), sourcesOf(available, repositories))
  return built
    .flatMap(name => available.get(name) ?? [])
    .map((one, index, all) => {
      const provider = one.make()
      return { ...provider, notices: [...provider.notices, ...labelNotices(one, all.slice(0, index))] }
    })
}

/** The wanted providers that are releases, core first. Without a repository that is all of them. */
export function releasedProviders(settings: Asked, repositories: readonly Repository[]): readonly ReleasedProvider[] {
  const configs = providerConfigsIn(settings.providerConfig)
  const { released } = choose(inOwnRepository(settings, repositories), sourcesOf(availableIn(settings, repositories), repositories))
  return released.map(one => ({ ...one, wait: configs.get(one.name)?.wait, substitutions: configs.get(one.name)?.substitutions }))
}

/** In the repository of a provider that provider is meant, where nobody says which. */
function inOwnRepository(settings: Asked, [own]: readonly Repository[]): Asked {
  if (settings.sources.providers.kind !== 'default' || own === undefined || isCapi(own)) return settings
  return { ...settings, providers: ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', ...own.entries.map(({ name }) => name)] }
}

function sourcesOf(available: ReadonlyMap<string, Available>, repositories: readonly Repository[]): Sources {
  const all = [...available.values()]
  return {
    names: all.map(({ name }) => name),
    otherNames: otherNames(all),
    namesIn: path => all.filter(({ repository }) => repository.root === path).map(({ name }) => name),
    writtenFor: repositories.find(({ writtenFor }) => writtenFor !== undefined)?.writtenFor,
  }
}

/**
 * What clusterctl calls providers whose repositories call them otherwise in their tilt-provider file (`opennebula` and `infrastructure-opennebula` for
 * `opennebula-infrastructure`): who gives the repository means it, and not the release that clusterctl knows.
 */
function otherNames(all: readonly Available[]): ReadonlyMap<string, string> {
  const names = all.flatMap(({ name, clusterctlNames }) => clusterctlNames.map(other => ({ name, other })))
  const free = names.filter(({ other }) => all.every(({ name }) => name !== other))
  const one = [...Map.groupBy(free, ({ other }) => other)].filter(([, { length }]) => length === 1)
  return new Map(one.flatMap(([other, [found]]) => (found === undefined ? [] : [[other, found.name]])))
}

/** By name; of two of the same name the later replaces the earlier, as in Tilt. */
function availableIn(settings: Asked, repositories: readonly Repository[]): ReadonlyMap<string, Available> {
  const configs = providerConfigsIn(settings.providerConfig)
  const available = new Map<string, Available>()
  const dependsOn = (where: string) => (resources: readonly string[]) => resources.flatMap(one => providerOf(one, where, available))
  const add = (entry: Described, repository: Repository) =>
    available.set(entry.name, {
      name: entry.name,
      label: entry.label,
      repository,
      clusterctlNames: clusterctlNamesOf(entry),
      make: () => describedProvider(entry, repository, dependsOn(entry.where)),
    })
  for (const repository of repositories) {
    if (isCapi(repository))
      for (const builtIn of builtIns(repository.has, repository.read))
        available.set(builtIn.name, {
          name: builtIn.name,
          label: builtIn.tiltLabel,
          repository,
          clusterctlNames: [],
          make: () => locate(builtIn, repository, configs.get(builtIn.name) ?? {}),
        })
    for (const entry of repository.entries) add(configured(entry, configs.get(entry.name)), repository)
  }
  for (const [name, config] of configs) {
    const root = resolve(settings.workingDirectory, config.repository ?? settings.repository)
    const repository = repositories.find(one => one.root === root)
    if (repository === undefined || available.has(name) || !isInline(config)) continue
    const context = below(repository.checkout.folder, config.context ?? '.')
    const identity = identify(repository.checkout, context, basename(root))
    add({ ...inlineProvider(name, config, `provider-config.${name}`), source: 'provider-config', identity, manifests: [] }, repository)
  }
  return available
}

const clusterctlNamesOf = ({ identity: { type, providerName } }: Described): readonly string[] =>
  type === undefined ? [] : [nameFor(type, providerName), labelOf(type, providerName)]

/** Tilt's resource `capi_controller` is the provider whose label is CAPI. Others of its resources are there before every manager. */
function providerOf(resource: string, where: string, available: ReadonlyMap<string, Available>): readonly string[] {
  if (/^(provider_crd|uncategorized)$|_binary$/.test(resource)) return []
  // Releases of Cluster API's own are meant too.
  const all = [...builtIns(() => true).map(({ name, tiltLabel: label }) => ({ name, label })), ...available.values()]
  const labels = new Map<string, string>(all.map(({ name, label }) => [`${label.toLowerCase()}_controller`, name]))
  const name = labels.get(resource)
  if (name !== undefined) return [name]
  throw new Failure({
    what: `resource_deps names ${resource}, which nothing is${didYouMean(resource, labels.keys())}`,
    why: 'Tilt calls the manager of a provider by its label in lower case and _controller',
    where,
  })
}

function locate(builtIn: BuiltIn, { root, version, has, read }: Repository, config: ProviderConfig): Provider {
  const { name, type, providerName, folder, module, image, dockerfile } = builtIn
  const missing = [join(module, 'go.mod'), join(folder, 'main.go'), join(folder, 'config/default')].find(path => !has(path))
  if (missing !== undefined)
    throw new Failure({
      what: `provider ${name} is not in ${root}`,
      why: `there is no ${missing}`,
      remedy: module === 'test' ? 'check out the whole repository: `test` is a Go module of its own' : 'check out a release of Cluster API',
    })
  const go = {
    moduleDir: join(root, module),
    package: module === '.' ? packageOf(folder) : packageOf(folder.slice(module.length + 1)),
    tags: buildTags(has, read),
    ldflags: ['-s', '-w', ...versionFlags(version)],
  }
  const build: Build = {
    image,
    user: config.user ?? builtIn.user,
    road: roadOf(config),
    go,
    dockerfile: { file: join(root, dockerfile), context: root, target: config.buildTarget, args: config.buildArgs },
    command: config.command,
    prepare: config.beforeBuild,
  }
  return {
    name,
    source: 'built-in',
    repository: root,
    context: join(root, folder),
    version,
    hints: { likely: [labelOf(type, providerName)] },
    build: config.build === 'none' ? undefined : build,
    manifests: {
      folder: join(root, folder, config.kustomizeFolder ?? 'config/default'),
      files: [],
      options: config.kustomizeOptions ?? [],
      substitutions: config.substitutions ?? {},
      pullPolicy: config.pullPolicy,
      prepare: config.beforeRender,
    },
    resources: { before: [], after: builtIn.additionalResources.map(file => join(root, folder, file)) },
    needs: { manager: [], resources: builtIn.dependsOn },
    wait: config.wait ?? 'available',
    notices: [],
  }
}

const packageOf = (folder: string): string => (folder === '.' ? '.' : `./${folder}`)
