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
  /** The line of its first use that wants a value, as it stands there. */
  readonly line: string
}

/** By name. */
export function variablesAcross(files: readonly NamedTemplate[]): readonly TemplateVariable[] {
  const uses = files.flatMap(({ file, text }) =>
    variablesOf(text, { file, trimNames: true }).map(variable => ({
      variable,
      places: placesOf(variable, file),
      line: lineOf(text, variable),
    })),
  )
  return [...Map.groupBy(uses, ({ variable }) => variable.name)]
    .map(([name, members]) => ({
      name,
      default: members.map(({ variable }) => variable.default).find(text => text !== undefined),
      required: members.some(({ variable }) => variable.required),
      places: members.flatMap(({ places }) => places),
      line: (members.find(({ variable }) => variable.required) ?? members[0])?.line ?? '',
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

const placesOf = (variable: Variable, file: string) => variable.at.map(position => placeIn(file, position))

/** What an error shows of a line. */
const LONGEST_LINE = 120

function lineOf(text: string, { at: [first] }: Variable): string {
  const line = text.split(/\r?\n/, first?.line)[(first?.line ?? 1) - 1]?.trim() ?? ''
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line
}

export interface Words {
  /** `template variable`, before the names. */
  readonly subject: string
  /** Whose they are: `the templates of the workload cluster`. */
  readonly whose: string
  /** Where values can be said: `kustomize_substitutions or in the environment`. */
  readonly saidIn: string
  /** How users get a value, as a sentence of its own, where that is known. */
  readonly howToGet?: (name: string) => string | undefined
  /** What is wrong with a value, as the end of a sentence that begins with the name; without showing it. */
  readonly flawOf?: (name: string, value: string) => string | undefined
}

/**
 * @throws Failure that names every variable that has neither value nor default, over all files, and those that have a default; or every one whose value is not what
 * its name says.
 */
export function judgeVariables(
  files: readonly NamedTemplate[],
  values: Readonly<Record<string, string>>,
  words: Words,
  unset: 'error' | 'empty' = 'error',
): void {
  const asked = variablesAcross(files)
  if (unset === 'error') refuseMissing(asked, values, words)
  refuseWrong(asked, values, words)
}

function refuseMissing(asked: readonly TemplateVariable[], values: Readonly<Record<string, string>>, words: Words): void {
  const unset = asked.filter(({ name }) => !Object.hasOwn(values, name))
  const missing = unset.filter(({ required }) => required)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  const ways = missing.flatMap(({ name }) => words.howToGet?.(name) ?? [])
  throw new Failure({
    what: missing.length === 1 ? `${words.subject} ${names} is not set` : `${missing.length} ${words.subject}s are not set: ${names}`,
    why: `${words.whose} give no default`,
    remedy: [`set ${missing.length === 1 ? 'it' : 'them'} ${words.saidIn}`, ...ways].join('; '),
    where: missing.flatMap(({ places }) => places.slice(0, 1)),
    details: unset.map(({ name, required, default: fallback, places, line }) => {
      const state = required ? 'required' : `default ${fallback}`
      return `${name}: ${state}, used at ${places.join(', ')}: ${line}`
    }),
  })
}

function refuseWrong(
  asked: readonly TemplateVariable[],
  values: Readonly<Record<string, string>>,
  { subject, flawOf, howToGet }: Words,
): void {
  const wrong = asked.flatMap(variable => {
    const value = values[variable.name]
    const flaw = value === undefined ? undefined : flawOf?.(variable.name, value)
    return flaw === undefined ? [] : [{ ...variable, flaw }]
  })
  const [first, ...others] = wrong.map(({ name, flaw }) => `${name} ${flaw}`)
  if (first === undefined) return
  throw new Failure({
    what: others.length === 0 ? `${subject} ${first}` : `${wrong.length} ${subject}s are not what they are to be`,
    why: others.length === 0 ? undefined : [first, ...others].join('; '),
    remedy: wrong.flatMap(({ name }) => howToGet?.(name) ?? []).join('; ') || undefined,
    where: wrong.flatMap(({ places }) => places.slice(0, 1)),
    details: wrong.map(({ name, places, line }) => `${name}: used at ${places.join(', ')}: ${line}`),
  })
}
