/** Secrets that are known before anything is judged: a run whose other inputs are wrong must not show them either. */
import { environmentOf, nameOf } from './field.ts'
import { fieldKeys, fieldOf } from './fields.ts'
import type { SettingsSources } from './load.ts'

/** Values of the fields that are secrets, as inputs and the environment say them. Pure. */
export function saidSecrets({ given, env }: Pick<SettingsSources, 'given' | 'env'>): string[] {
  const said = fieldKeys
    .filter(key => fieldOf(key).secret)
    .flatMap(key => [given[nameOf(key)], ...environmentOf(key, fieldOf(key)).map(name => env[name])])
  return [...new Set(said.flatMap(value => value?.trim() || []))]
}
