/** What a field is: one thing that a user can say, and all that is known of it. */
import type { Kind } from './kinds.ts'

/** The headings under which `--help` and the reference list fields, in this order. */
export const groups = ['source', 'cluster', 'components', 'cloud', 'workload', 'access', 'tools', 'run', 'tilt'] as const
export type Group = (typeof groups)[number]

export const groupTitles: Readonly<Record<Group, string>> = {
  source: 'What to build',
  cluster: 'Management cluster and registry',
  components: 'What is deployed',
  cloud: 'Cloud credentials',
  workload: 'Workload cluster',
  access: 'What later steps may do',
  tools: 'Tools and downloads',
  run: 'The run itself',
  tilt: 'Only in tilt-settings',
}

/** A field within the entries of a mapping: `debug.<provider>.port`. */
export interface Part {
  readonly kind: Kind<unknown>
  readonly default: unknown
  /** One sentence for the reference and the editor schema. */
  readonly docs: string
}

interface FieldText {
  readonly group: Group
  /** One sentence for the reference, `--help` and action.yml. */
  readonly docs: string
  /** Environment variables of the field's own tools, beside `CAPI_ACTIONS_<NAME>`. */
  readonly environment?: readonly string[]
  /** The field of tilt-settings that says the same. */
  readonly tilt?: string
  /** False where only tilt-settings can say it, `part` where only actions that do a part of the chain have the input. */
  readonly input?: false | 'part'
  /** The default in words, where it is not a plain value. */
  readonly defaultText?: string
  /** The default that action.yml states itself, for what only an expression can say. */
  readonly actionDefault?: string
  /** Said when the user sets a field that Tilt acts on and we don't (yet). */
  readonly notice?: string
  readonly secret?: true
  /** Of a mapping whose entries have fields themselves. */
  readonly parts?: Readonly<Record<string, Part>>
}

/** `D` is the type of the default: `undefined` where the value may be absent. */
export interface Field<T = unknown, D = unknown> extends FieldText {
  readonly kind: Kind<T>
  readonly default: D
}

export const field = <T, const D extends T>(kind: Kind<T>, text: FieldText & { readonly default: D }): Field<T, T> => ({ ...text, kind })

/** A field without a value unless somebody says one. */
export const optional = <T>(kind: Kind<T>, text: FieldText): Field<T, undefined> => ({ ...text, kind, default: undefined })

/** `kindVersion` is said as `kind-version`: an input, a flag, a key under `actions:` of tilt-settings. */
export const nameOf = (key: string): string => key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** Where a field is looked for in the environment, first match wins. */
export const environmentOf = (key: string, { environment = [], input }: Field): readonly string[] =>
  input === false ? environment : [`CAPI_ACTIONS_${nameOf(key).toUpperCase().replaceAll('-', '_')}`, ...environment]

/** The default as the reference shows it; nothing where there is none. */
export function shownDefault({ default: value, defaultText }: Pick<Field, 'default' | 'defaultText'>): string | undefined {
  if (defaultText !== undefined) return defaultText
  if (Array.isArray(value)) return value.length === 0 ? undefined : `\`${value.join(' ')}\``
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0 ? undefined : `\`${JSON.stringify(value)}\``
  return value === undefined ? undefined : `\`${value}\``
}
