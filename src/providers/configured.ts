/** A provider with all that is said of it: its file, `actions:` in it, `provider-config`. Pure. */
import { mergeConfigs, type ProviderConfig, tiltDefaults } from './provider-config.ts'
import { type OwnValues, ownFields, tiltConfigFields } from './provider-fields.ts'
import type { TiltProvider } from './tilt-provider.ts'

export type Configured<T extends TiltProvider> = T & { readonly own: Partial<OwnValues> }

/** `said` goes before `actions:` of the file, and that before its `config`. */
export function configured<T extends TiltProvider>(provider: T, said: ProviderConfig = {}): Configured<T> {
  const all = mergeConfigs(provider.actions, said)
  const of = (fields: object) => Object.fromEntries(Object.entries(all).filter(([key]) => key in fields))
  return { ...provider, ...of(tiltConfigFields), own: of(ownFields) }
}

/** A provider that no file describes: `provider-config` says all of it. */
export const inlineProvider = (name: string, said: ProviderConfig, where: string): Configured<TiltProvider> =>
  configured({ ...tiltDefaults(), name, label: name, actions: {}, where }, said)
