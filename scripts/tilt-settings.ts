/** What is made of the fields of tilt-settings: the schema that editors check such a file by, and the table of the reference. */
import * as z from 'zod/mini'
import { type Field, nameOf, type Part, shownDefault } from '../src/settings/field.ts'
import { oldTiltFields } from '../src/settings/fields/old.ts'
import { fieldOf, inputs, tiltFields } from '../src/settings/fields.ts'
import { OURS } from '../src/settings/tilt-settings.ts'

export type Schema = Readonly<Record<string, unknown>>

/** Editors know this version of JSON Schema best. */
export const DRAFT = 'http://json-schema.org/draft-07/schema#'

/** `docs/tilt-settings.schema.json` */
export function tiltSettingsSchema(): string {
  const ofTilt = [...tiltFields].map(([name, key]) => [name, described(schemaOf(fieldOf(key)), fieldOf(key))])
  const old = Object.entries(oldTiltFields).map(([name, { kind, docs, until, instead }]) => [
    name,
    { ...plain(kind.schema), description: `${docs} Has no effect after Cluster API ${until}: ${instead}.`, deprecated: true },
  ])
  const ours = [...inputs].map(([name, key]) => [name, described(asInput(schemaOf(fieldOf(key))), fieldOf(key))])
  const schema = {
    $schema: DRAFT,
    title: 'tilt-settings of Cluster API, and what capi-actions adds',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries([...ofTilt, ...old]),
      [OURS]: {
        description: 'What Tilt has no field for, by the names of inputs of capi-actions.',
        type: 'object',
        properties: Object.fromEntries(ours),
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

/** As editors take it. */
export function plain(schema: Field['kind']['schema']): Schema {
  const made = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  // Names of YAML are text anyway.
  return JSON.parse(JSON.stringify(made, (name, value) => (name === '$schema' || name === 'propertyNames' ? undefined : value)))
}

function schemaOf({ kind, tilt, parts = {} }: Field): Schema {
  // An empty one is none, and the case of letters and a slash at the end count for nothing.
  if (tilt === 'default_registry') return { type: 'string' }
  const schema = plain(kind.schema)
  const entries = schema.additionalProperties
  if (!isObject(entries) || !isObject(entries.properties)) return schema
  const properties = Object.entries(entries.properties).map(([name, part]) => [name, isObject(part) ? withPart(part, parts[name]) : part])
  return { ...schema, additionalProperties: { ...entries, properties: Object.fromEntries(properties) } }
}

const withPart = (schema: Schema, part: Part | undefined): Schema =>
  part === undefined ? schema : { ...schema, description: part.docs, default: part.default }

const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null

/** Under `actions:` the text of an input will do as well as YAML. */
const asInput = (schema: Schema): Schema => (schema.type === 'string' ? schema : { anyOf: [schema, { type: 'string' }] })

function described(schema: Schema, { docs, default: value, defaultText }: Field): Schema {
  // A default in words is no value that an editor could fill in.
  if (defaultText !== undefined) return { description: `${docs} (default: ${defaultText.replaceAll('`', '')})`, ...schema }
  return { description: docs, ...schema, ...(value === undefined ? {} : { default: value }) }
}

/** Each field of the file: type, default, what it says; those of older releases too. */
export function tiltSettingsTable(): string[] {
  const byName = [...tiltFields].toSorted(([one], [other]) => one.localeCompare(other))
  const rows = byName.flatMap(([name, key]) => {
    const field = fieldOf(key)
    return [rowOf(name, field), ...Object.entries(field.parts ?? {}).map(([part, of]) => partRow(`${name}.<provider>.${part}`, of))]
  })
  const old = Object.entries(oldTiltFields).map(
    ([name, { kind, docs, until, instead }]) =>
      `| \`${name}\` | ${kind.type} | | ${docs} Read up to Cluster API ${until}; accepted, without effect: ${instead}. |`,
  )
  return ['| field | type | default | what it says |', '|---|---|---|---|', ...rows, ...old]
}

function rowOf(name: string, field: Field): string {
  const { kind, docs, input, notice } = field
  const key = tiltFields.get(name) ?? ''
  const also = input === false ? '' : ` The same as [\`${nameOf(key)}\`](#${nameOf(key)}).`
  const unheeded = notice === undefined ? '' : ` Accepted, and not acted on: ${notice}.`
  const type = kind.merges === true ? 'mapping from names to text' : kind.type
  return `| \`${name}\` | ${type} | ${shownDefault(field) ?? 'none'} | ${docs}${also}${unheeded} |`
}

const partRow = (name: string, { kind, docs, default: value }: Part): string => `| \`${name}\` | ${kind.type} | \`${value}\` | ${docs} |`
