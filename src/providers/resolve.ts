/** From the names that settings say to the providers that repositories have, and those that are releases. Pure over the listing of the repositories. */
import { basename, resolve } from 'node:path'
import { providerNames } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import { builtInProvider } from './built-in-provider.ts'
import { builtIns, requireNotRemoved } from './builtin.ts'
import { nameFor } from './catalogue.ts'
import { choose, type ReleasedProvider, type Sources, type Wanted } from './choose.ts'
import { configured, inlineProvider } from './configured.ts'
import { type Described, describedProvider } from './described-provider.ts'
import { below } from './files.ts'
import { identify } from './identity.ts'
import { labelOf, type Provider } from './provider.ts'
import { isInline, providerConfigsIn } from './provider-config.ts'
import { isCapi, type Repository } from './repository.ts'
import { dependenciesOf, type Resources } from './resource-deps.ts'
import { labelNotices } from './tilt-provider.ts'

type Asked = Wanted &
  Pick<Settings, 'providerConfig' | 'repository' | 'workingDirectory' | 'additionalKustomizations' | 'observability' | 'hooks'>

/** A provider that may be wanted. */
interface Available {
  readonly name: string
  /** Tilt's, by which others name it in `resource_deps`. */
  readonly label: string
  readonly repository: Repository
  /** As clusterctl and its label call it, as far as that is known before its manifests are rendered. */
  readonly clusterctlNames: readonly string[]
  /** @param resources What it may have to wait for. */
  make(resources: Resources): Provider
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
  const { built, released } = choose(inOwnRepository(settings, repositories), sourcesOf(available, repositories))
  const resources = {
    // Releases of Cluster API's own are meant too.
    known: [...builtIns(() => true).map(({ name, tiltLabel: label }) => ({ name, label })), ...available.values()],
    wanted: [...built, ...released.map(({ name }) => name)],
    addOns: [...Object.keys(settings.additionalKustomizations), ...settings.observability],
  }
  return built
    .flatMap(name => available.get(name) ?? [])
    .map((one, index, all) => {
      const provider = one.make(resources)
      return { ...provider, notices: [...provider.notices, ...labelNotices(one, all.slice(0, index))] }
    })
}

/** The wanted providers that are releases, core first. Without a repository that is all of them. */
export function releasedProviders(settings: Asked, repositories: readonly Repository[]): readonly ReleasedProvider[] {
  const configs = providerConfigsIn(settings.providerConfig)
  const { released } = choose(inOwnRepository(settings, repositories), sourcesOf(availableIn(settings, repositories), repositories))
  return released.map(one => ({ ...one, wait: configs.get(one.name)?.wait, substitutions: configs.get(one.name)?.substitutions }))
}

/** Names of all the providers that may be wanted from these repositories. */
export const availableNames = (settings: Asked, repositories: readonly Repository[]): readonly string[] => [
  ...availableIn(settings, repositories).keys(),
]

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
  const { where } = settings.sources.providerConfig
  const hasHooks = Object.keys(settings.hooks).length > 0
  const add = (entry: Described, repository: Repository) =>
    available.set(entry.name, {
      name: entry.name,
      label: entry.label,
      repository,
      clusterctlNames: clusterctlNamesOf(entry),
      make: resources => describedProvider(entry, repository, { depends: dependenciesOf(entry, resources), hasHooks }),
    })
  for (const repository of repositories) {
    if (isCapi(repository))
      for (const builtIn of builtIns(repository.has, repository.read))
        available.set(builtIn.name, {
          name: builtIn.name,
          label: builtIn.tiltLabel,
          repository,
          clusterctlNames: [],
          make: resources => builtInProvider(builtIn, repository, { config: configs.get(builtIn.name) ?? {}, where }, resources),
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
