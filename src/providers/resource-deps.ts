/** What `resource_deps` of a tilt-provider file means: Tilt's names of its resources, as what is to be ready first. Pure. */
import { nearest } from '../host/nearest.ts'
import type { Provider } from './provider.ts'

/** What there is in a run, by the names that Tilt gives it. */
export interface Resources {
  /** Of every provider that could be wanted its name and its label. */
  readonly known: readonly { readonly name: string; readonly label: string }[]
  /** Names of those that are wanted, built or released. */
  readonly wanted: readonly string[]
  /** Kustomizations and observability tools of the settings: a resource is called as they are. */
  readonly addOns: readonly string[]
}

export interface Dependencies {
  readonly needs: Pick<Provider['needs'], 'manager' | 'addOns'>
  /** On what nothing is waited for. */
  readonly notices: readonly string[]
}

/** What Tilt makes before every manager, and so do we. */
const BEFORE_ALL = /^(provider_crd|uncategorized)$|_binary$/

/**
 * Tilt's resource `capi_controller` is the manager of the provider whose label is CAPI. Of several with one label those that are wanted are meant. A name that nothing has,
 * Tilt passes over with a warning.
 * @param entry Whose field it is.
 */
export function dependenciesOf(
  entry: { readonly name: string; readonly resourceDeps: readonly string[]; readonly where: string },
  { known, wanted, addOns }: Resources,
): Dependencies {
  const found = entry.resourceDeps
    .filter(one => !BEFORE_ALL.test(one))
    .map(resource => {
      const meant = known.filter(({ label }) => `${label.toLowerCase()}_controller` === resource).map(({ name }) => name)
      const managers = meant.filter(name => wanted.includes(name) && name !== entry.name)
      return { resource, meant, managers: [...new Set(managers)], addOns: addOns.filter(name => name === resource) }
    })
  const vain = found.filter(({ managers, addOns }) => managers.length + addOns.length === 0)
  return {
    needs: { manager: found.flatMap(({ managers }) => managers), addOns: found.flatMap(({ addOns }) => addOns) },
    notices: vain.map(
      ({ resource, meant }) =>
        `provider ${entry.name}: ${saidInVain(resource, meant, entry.name, { known, wanted, addOns })} (${entry.where})`,
    ),
  }
}

function saidInVain(resource: string, meant: readonly string[], self: string, resources: Resources): string {
  const nothing = 'nothing is waited for'
  if (meant.length === 0)
    return `resource_deps names ${resource}, which nothing is (a manager is called by its label in lower case and _controller): ${nothing}, as in Tilt${didYouMeanOne(resource, resources)}`
  if (meant.every(name => name === self)) return `resource_deps names ${resource}, which it is itself: ${nothing}`
  return `resource_deps names ${resource}, of ${meant.join(' and ')}, which is not among the providers: ${nothing}`
}

/** What all managers have in their names says nothing. */
function didYouMeanOne(resource: string, { known, addOns }: Resources): string {
  const label = nearest(
    resource.replace(/_controller$/, ''),
    known.map(one => one.label.toLowerCase()),
  )
  const meant = resource.endsWith('_controller') && label !== undefined ? `${label}_controller` : nearest(resource, addOns)
  return meant === undefined ? '' : `, did you mean ${meant}?`
}
