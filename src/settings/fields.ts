/**
 * The settings room's one list: everything that a user can say, each thing once. Types, defaults, error texts, `--help`, the inputs in action.yml
 * and the reference page all come from here. Fields of Tilt: CAPI book, "Developing Cluster API with Tilt", and the Tiltfile of v1.14.
 */
import { type Field, nameOf } from './field.ts'
import { accessFields } from './fields/access.ts'
import { cloudFields } from './fields/cloud.ts'
import { clusterFields } from './fields/cluster.ts'
import { componentsFields } from './fields/components.ts'
import { runFields } from './fields/run.ts'
import { sourceFields } from './fields/source.ts'
import { onlyTiltFields } from './fields/tilt.ts'
import { toolsFields } from './fields/tools.ts'
import { workloadFields } from './fields/workload.ts'

export const fields = {
  ...sourceFields,
  ...clusterFields,
  ...componentsFields,
  ...cloudFields,
  ...workloadFields,
  ...accessFields,
  ...toolsFields,
  ...runFields,
  ...onlyTiltFields,
} satisfies Record<string, Field>

export type Fields = typeof fields
export type FieldKey = keyof Fields

type ValueOf<F> = F extends Field<infer T, infer D> ? (D extends undefined ? T | undefined : T) : never
export type FieldValues = { readonly [K in FieldKey]: ValueOf<Fields[K]> }

export const fieldKeys = Object.keys(fields) as FieldKey[]

/** A field as code that goes through all of them sees it. */
export const fieldOf = (key: FieldKey): Field => fields[key]

/** Fields that have an input of the whole chain and a flag, by the name of these. */
export const inputs: ReadonlyMap<string, FieldKey> = new Map(
  fieldKeys.filter(key => fieldOf(key).input === undefined).map(key => [nameOf(key), key]),
)

/** Fields of tilt-settings, by Tilt's names. */
export const tiltFields: ReadonlyMap<string, FieldKey> = new Map(
  fieldKeys.flatMap(key => (fieldOf(key).tilt === undefined ? [] : [[fieldOf(key).tilt ?? '', key]])),
)
