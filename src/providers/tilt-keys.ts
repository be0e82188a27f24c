/** Keys of a tilt-provider file that Tilt passes over without a word: what is to be said of each. Pure. */
import { nearest } from '../host/nearest.ts'
import { configNames } from './provider-config.ts'
import { tiltKeys } from './provider-fields.ts'

/** In `config`, without effect: removed, misspelt copies of removed ones, or at home elsewhere. */
const INERT: ReadonlyMap<string, string> = new Map([
  ['manager_name', 'manager_name has no effect since Cluster API v1.1: remove it'],
  ['manager-name', 'manager-name is a misspelling of manager_name, which has no effect since Cluster API v1.1: remove it'],
  ['enable_profiler', 'enable_profiler has no effect: a `profiler_port` under `debug` of tilt-settings is what does it'],
  ...['extra_args', 'debug', 'template_dirs', 'kustomize_substitutions', 'provider_repos', 'enable_providers'].map(
    key => [key, `${key} has no effect here: it is a field of tilt-settings`] as const,
  ),
])

/** What to say of a key in `config` that no field has. */
export function unknownInConfig(key: string): string {
  const inert = INERT.get(key)
  if (inert !== undefined) return inert
  const meant = meantField(key)
  if (meant !== undefined) return `${key} is no field of config and has no effect, did you mean ${meant}?`
  const ours = key.replaceAll('_', '-')
  if (key === 'actions' || configNames.includes(ours))
    return `${key} is no field of config and has no effect: write it ${key === 'actions' ? 'beside config' : `as ${ours} under actions: beside config`}`
  return `${key} is no field of config and has no effect: remove it`
}

/** Tilt's field that a key in `config` was meant to be. */
export const meantField = (key: string): string | undefined => nearest(key, tiltKeys.keys())

/** What to say of a key beside `name`, `config` and `actions`, of which `config` may have the same. */
export function unknownBeside(key: string, value: unknown, config: readonly string[]): string {
  const nowhere = `${key} stands beside config, where it has no effect`
  if (config.includes(key)) return `${nowhere}: config has it too, remove it here`
  if (INERT.has(key)) return `${nowhere}: remove it`
  if (key === 'image' && typeof value === 'string' && value.includes('://'))
    return `${nowhere}, and is a URL, no image: nothing is built until config has the image of the manager`
  if (key === 'image') return `${nowhere}: nothing is built until it is moved into config`
  if (tiltKeys.has(key)) return `${nowhere}: move it into config`
  if (configNames.includes(key)) return `${nowhere}: move it under actions:`
  const meant = nearest(key, ['name', 'config', 'actions', ...tiltKeys.keys()])
  return `${key} is no field of a provider and has no effect${meant === undefined ? ': remove it' : `, did you mean ${meant}?`}`
}

/** Whose file it is, where it isn't Cluster API's: other projects have files of the same name. */
export function foreignFormat(entry: Readonly<Record<string, unknown>>): string | undefined {
  if ('plugin_name' in entry) return 'Velero’s, it describes a plugin'
  if ('package_name' in entry || 'crds_folder' in entry) return 'Crossplane’s, it describes a package'
  return undefined
}
