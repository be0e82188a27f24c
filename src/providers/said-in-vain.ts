/** What settings say of providers by name, beside the list of those that are wanted: a name that nobody knows, and what can't come about. Pure. */
import { Failure } from '../host/failure.ts'
import { nearest } from '../host/nearest.ts'
import { nameOf } from '../settings/field.ts'
import { type FieldKey, fieldOf } from '../settings/fields.ts'
import type { Settings } from '../settings/settings.ts'
import { knownProviders, namedBy } from './catalogue.ts'
import { type ProviderConfig, providerConfigsIn } from './provider-config.ts'

type Asked = Pick<Settings, 'extraArgs' | 'debug' | 'templateDirs' | 'providerConfig' | 'providerUrls' | 'registryPort' | 'sources'>

/** What is in the run. */
export interface InRun {
  /** Names of the providers that repositories have. */
  readonly names: readonly string[]
  readonly built: readonly string[]
  readonly released: readonly string[]
  /** Port of the local registry; nothing where none is started. */
  readonly registryPort: number | undefined
}

/**
 * Sentences on what has no effect. As in Tilt, what is said of a provider that is not here is passed over.
 * @throws Failure for a name that is nearly that of a provider: it is meant to be that.
 */
export function saidInVain(settings: Asked, run: InRun): readonly string[] {
  const { extraArgs, debug, templateDirs, sources } = settings
  // Those of clusterctl are too many: a name that nobody here has would often be near one of them.
  const near = [...run.names, ...run.released]
  const isKnown = (name: string) => run.names.includes(name) || namedBy(name, knownProviders(settings.providerUrls)).length > 0
  const configs = [...providerConfigsIn(settings.providerConfig).keys()]
  const said = [...Object.entries({ extraArgs, debug, templateDirs }).map(([key, one]) => [key, Object.keys(one)] as const)]
  const unknown = [...said, ['providerConfig', configs] as const].flatMap(([key, names]) =>
    names.filter(name => !isKnown(name)).map(name => ({ key: key as FieldKey, name })),
  )
  for (const { key, name } of unknown) {
    const meant = nearest(name, near)
    if (meant === undefined || isShort(name)) continue
    throw new Failure({
      what: `${fieldName(key)} names provider ${name}, which is unknown`,
      why: run.names.length === 0 ? undefined : `the repository has ${run.names.join(', ')}`,
      remedy: `did you mean ${meant}?`,
      where: sources[key].where,
    })
  }
  return [
    ...unknown.map(({ key, name }) => `${fieldName(key)}.${name} has no effect: no provider of this name is known (${sources[key].where})`),
    ...Object.keys(debug)
      .filter(name => run.released.includes(name))
      .map(name => `debug.${name} has no effect: ${name} is deployed as its release, not built (${sources.debug.where})`),
    ...ofReleases(settings, run),
    ...collisions(settings, run),
  ]
}

/** What provider-config can say of a release, too. */
const sharedFields: ReadonlySet<string> = new Set(['wait', 'substitutions'] satisfies (keyof ProviderConfig)[])

/** A matrix may share what it says of a provider that some of its jobs build. */
function ofReleases({ providerConfig, sources }: Asked, { released }: InRun): readonly string[] {
  return [...providerConfigsIn(providerConfig)].flatMap(([name, config]) => {
    const inVain = Object.keys(config).filter(key => !sharedFields.has(key))
    if (!released.includes(name) || inVain.length === 0) return []
    const fields = inVain.map(key => `\`${nameOf(key)}\``).join(', ')
    return [
      `${fields} of provider-config.${name} ${inVain.length === 1 ? 'has' : 'have'} no effect: ${name} is deployed as its release (${sources.providerConfig.where})`,
    ]
  })
}

/** Short names are near each other by chance. */
const isShort = (name: string): boolean => name.length < 5

const fieldName = (key: FieldKey): string => fieldOf(key).tilt ?? nameOf(key)

/** Ports of this machine that several things are to have: only one of them can be reached at a time. */
function collisions({ debug, sources }: Asked, { built, registryPort }: InRun): readonly string[] {
  const ofRegistry = registryPort === undefined ? [] : [{ port: registryPort, what: 'the local registry' }]
  const asked = Object.entries(debug)
    .filter(([name]) => built.includes(name))
    .flatMap(([name, { port = 0, profiler_port = 0, metrics_port = 0 }]) =>
      Object.entries({ port, profiler_port, metrics_port }).map(([part, port]) => ({ port, what: `debug.${name}.${part}` })),
    )
    .filter(({ port }) => port > 0)
  return [...Map.groupBy([...ofRegistry, ...asked], ({ port }) => port)]
    .filter(([, { length }]) => length > 1)
    .map(
      ([port, all]) =>
        `${all.map(({ what }) => what).join(' and ')} have one port, ${port}: only one at a time can be reached there, give each its own (${sources.debug.where})`,
    )
}
