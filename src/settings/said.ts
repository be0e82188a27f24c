/** What a source says about a field, how it is judged, and how a value that doesn't fit is described. */
import * as z from 'zod/mini'
import type { Field } from './field.ts'
import { isSecretName } from './secret-names.ts'
import type { Source } from './source.ts'

export type Path = readonly (string | number)[]

export interface Said {
  /** The field's name in this source: `kind_cluster_name`, `cluster-name`, `--cluster-name`. */
  readonly name: string
  readonly raw: unknown
  readonly source: Source
  /** Where a part of the value stands. */
  readonly whereOf: (path: Path) => string
  /** Folder that relative paths in the value start from. */
  readonly base: string
  /** In a sentence: why what stands there can't be meant, whatever the field takes. */
  readonly refusal?: string | undefined
}

/** A sentence, and where what it is about was said. */
export interface Problem {
  readonly text: string
  readonly where: string
}

export type Judged = { readonly value: unknown } | { readonly problems: readonly Problem[] }

/** What judging needs of a field. */
export type Judge = Pick<Field, 'kind' | 'secret'>

/** Judges what was said of a field. */
export function judge(field: Judge, said: Said): Judged {
  if (said.refusal !== undefined) return { problems: [{ text: said.refusal, where: said.whereOf([]) }] }
  const result = z.safeParse(field.kind.schema, said.raw)
  if (result.success) return { value: result.data }
  return { problems: result.error.issues.filter(isFirst).map(issue => describe(field, said, issue)) }
}

/** What is of another type, or empty, is not judged further. */
const isFirst = (issue: z.core.$ZodIssue, index: number, all: readonly z.core.$ZodIssue[]): boolean =>
  !all.slice(0, index).some(({ code, path }) => ['invalid_type', 'too_small'].includes(code) && path.join('.') === issue.path.join('.'))

function describe({ kind, secret }: Judge, said: Said, issue: z.core.$ZodIssue): Problem {
  const path = issue.path.filter(step => typeof step !== 'symbol')
  const name = path.reduce<string>((sofar, step) => (typeof step === 'number' ? `${sofar}[${step}]` : `${sofar}.${step}`), said.name)
  const value = valueAt(said.raw, path)
  const unknown = issue.code === 'unrecognized_keys'
  // What was to be a mapping may hold the values of all its keys.
  const unsaid = unknown || (kind.merges === true && (path.length === 0 || (typeof value === 'object' && value !== null)))
  const hidden = secret === true || isSecretName(String(path.at(-1) ?? '')) || kind.hides?.(value) === true
  const is = unsaid ? '' : ` is ${hidden ? '***' : shown(value)}, but`
  return { text: `${name}${is} ${issue.message}`, where: said.whereOf(unknown ? [...path, ...issue.keys.slice(0, 1)] : path) }
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce((at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined), value)

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
