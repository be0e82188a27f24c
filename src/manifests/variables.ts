/** The variables of several texts together, by clusterctl's rules, and one error for all that lack a value. Pure. */
import { Failure } from '../host/failure.ts'
import { placeIn } from './position.ts'
import { type Variable, variablesOf } from './substitute.ts'

export interface NamedTemplate {
  /** Its path, for errors. */
  readonly file: string
  readonly text: string
}

/** A variable of one or several texts. */
export interface TemplateVariable {
  readonly name: string
  /** Of the first file that gives one. */
  readonly default?: string | undefined
  /** In one file at least its first use has no default. */
  readonly required: boolean
  /** `file:line:column` of every use. */
  readonly places: readonly string[]
}

/** By name. */
export function variablesAcross(files: readonly NamedTemplate[]): readonly TemplateVariable[] {
  const uses = files.flatMap(({ file, text }) =>
    variablesOf(text, { file, trimNames: true }).map(variable => ({ variable, places: placesOf(variable, file) })),
  )
  return [...Map.groupBy(uses, ({ variable }) => variable.name)]
    .map(([name, members]) => ({
      name,
      default: members.map(({ variable }) => variable.default).find(text => text !== undefined),
      required: members.some(({ variable }) => variable.required),
      places: members.flatMap(({ places }) => places),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

const placesOf = (variable: Variable, file: string) => variable.at.map(position => placeIn(file, position))

export interface Words {
  /** `template variable`, before the names. */
  readonly subject: string
  /** Whose they are: `the templates of the workload cluster`. */
  readonly whose: string
  /** Where values can be said: `kustomize_substitutions or in the environment`. */
  readonly saidIn: string
}

/** @throws Failure that names every variable that has neither value nor default, over all files, and those that have a default. */
export function refuseMissing(files: readonly NamedTemplate[], values: Readonly<Record<string, string>>, words: Words): void {
  const unset = variablesAcross(files).filter(({ name }) => !Object.hasOwn(values, name))
  const missing = unset.filter(({ required }) => required)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new Failure({
    what: missing.length === 1 ? `${words.subject} ${names} is not set` : `${missing.length} ${words.subject}s are not set: ${names}`,
    why: `${words.whose} give no default`,
    remedy: `set ${missing.length === 1 ? 'it' : 'them'} ${words.saidIn}`,
    where: missing.flatMap(({ places }) => places.slice(0, 1)),
    details: unset.map(({ name, required, default: fallback, places }) => {
      const state = required ? 'required' : `default ${fallback}`
      return `${name}: ${state}, used at ${places.join(', ')}`
    }),
  })
}
