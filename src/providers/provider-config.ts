/** What is said of a provider beside its tilt-provider file: under `actions:` of an entry in it, or in the setting `provider-config`. Pure. */
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { nameOf } from '../settings/field.ts'
import { judge, type Path, type Problem } from '../settings/said.ts'
import type { WrittenValue } from '../settings/source.ts'
import {
  fieldsIn,
  type OwnValues,
  ownFields,
  type ProviderField,
  type TiltConfigValues,
  tiltConfigFields,
  tiltKeys,
} from './provider-fields.ts'

/** Everything may be absent. */
export type ProviderConfig = Partial<TiltConfigValues & OwnValues>

export type ProviderConfigs = ReadonlyMap<string, ProviderConfig>

export type PositionOf = (path: Path) => string

const all = { ...tiltConfigFields, ...ownFields }

/** Keys of fields by their names: Tilt's in both spellings, `kustomize_folder` and `kustomize-folder`. */
const known: ReadonlyMap<string, string> = new Map([...Object.keys(all).map(key => [nameOf(key), key] as const), ...tiltKeys])

export const configNames: readonly string[] = Object.keys(all).map(nameOf)

/**
 * What `value`, a mapping from names of fields, says.
 * @param positionOf Where a part of `value` stands.
 * @param name Names the value in sentences: `provider-config.aws`.
 */
export function parseProviderConfig(
  value: unknown,
  positionOf: PositionOf,
  name: string,
): { readonly config: ProviderConfig; readonly problems: readonly Problem[] } {
  if (value === null || value === undefined) return { config: {}, problems: [] }
  if (!isMapping(value)) return { config: {}, problems: [{ text: `${name} must be a mapping of settings`, where: positionOf([]) }] }
  const config: Record<string, unknown> = {}
  const problems: Problem[] = []
  for (const [field, raw] of Object.entries(value)) {
    const key = known.get(field)
    if (key === undefined)
      problems.push({ text: `${name} has no field ${field}${didYouMean(field, configNames)}`, where: positionOf([field]) })
    else if (key in config) problems.push({ text: `${name}.${field} is said twice, in both spellings`, where: positionOf([field]) })
    else if (raw !== null)
      config[key] = judgeField(all[key as keyof typeof all], `${name}.${field}`, raw, path => positionOf([field, ...path]), problems)
  }
  // Every value was judged by the kind of its field.
  return { config: config as ProviderConfig, problems }
}

/** The value that `raw` says, or nothing and what is wrong with it. */
export function judgeField(field: ProviderField, name: string, raw: unknown, whereOf: PositionOf, problems: Problem[]): unknown {
  const judged = judge(field, { name, raw, source: { kind: 'file', where: whereOf([]) }, whereOf, base: '' })
  if ('value' in judged) return judged.value
  problems.push(...judged.problems)
  return undefined
}

/**
 * A whole setting: a YAML mapping from names of providers to what is said of them.
 * @throws Failure that lists all that is wrong.
 */
export function providerConfigsIn(written: WrittenValue | undefined): ProviderConfigs {
  const { value, positionOf } = written ?? { value: null, positionOf: () => '' }
  if (value === null) return new Map()
  if (!isMapping(value))
    throw new Failure({
      what: 'provider-config is no mapping from names of providers to what is said of them',
      remedy: 'write it as `docker: {wait: started}`, with a line for each provider',
      where: positionOf([]),
    })
  const read = Object.entries(value).map(([provider, said]) => ({
    provider,
    ...parseProviderConfig(said, path => positionOf([provider, ...path]), provider),
  }))
  const problems = read.flatMap(({ problems }) => problems)
  refuseMistakes('provider-config', problems)
  return new Map(read.map(({ provider, config }) => [provider, config]))
}

/** @throws Failure that lists all of `problems`, where there are any. */
export function refuseMistakes(file: string, problems: readonly Problem[]): void {
  const [first] = problems
  if (first === undefined) return
  if (problems.length === 1) throw new Failure({ what: first.text, where: first.where })
  throw new Failure({ what: `${file} has ${problems.length} mistakes`, details: problems.map(({ text, where }) => `${text} (${where})`) })
}

/** It says what a provider needs, which no file describes. */
export const isInline = ({ image, kustomizeFolder }: ProviderConfig): boolean => image !== undefined || kustomizeFolder !== undefined

/** Of all that is said of one provider the last counts, field by field; `buildArgs` and `substitutions` name by name. */
export function mergeConfigs(...configs: readonly ProviderConfig[]): ProviderConfig {
  const buildArgs = Object.assign({}, ...configs.map(one => one.buildArgs))
  const substitutions = Object.assign({}, ...configs.map(one => one.substitutions))
  return Object.assign({}, ...configs, isEmpty(buildArgs) ? {} : { buildArgs }, isEmpty(substitutions) ? {} : { substitutions })
}

/** Tilt's fields with their defaults, where they are not said. */
export const tiltDefaults = (): TiltConfigValues =>
  Object.fromEntries(fieldsIn(tiltConfigFields).map(([key, { default: value }]) => [key, value])) as unknown as TiltConfigValues

const isEmpty = (value: object): boolean => Object.keys(value).length === 0

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
