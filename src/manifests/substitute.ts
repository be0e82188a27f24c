/**
 * Variables in manifests and templates: `${NAME}` in the raw text, before it is YAML, comments included, as tilt-prepare and clusterctl do.
 * What both leave to chance is an error here: text that cannot be read is shown by line and column, and with `unset: 'error'` all
 * variables that lack a value are named at once, with every place that uses them.
 */
import { Failure } from '../host/failure.ts'
import { BadSubstitution, type Expansion, parseTemplate, type Template } from './envsubst.ts'
import { expand, expandOne, isText } from './expand.ts'
import { type Position, placeIn, positionsIn } from './position.ts'

export interface TemplateOptions {
  /** Names the text in errors. */
  readonly file: string
  /** Read `${ NAME }` as `${NAME}`, as clusterctl does in templates; tilt-prepare does not. Default false. */
  readonly trimNames?: boolean
}

export interface SubstituteOptions extends TemplateOptions {
  /** What becomes of a variable without value and default: '' as with tilt-prepare, or an error as with clusterctl. */
  readonly unset: 'empty' | 'error'
}

export interface Variable {
  readonly name: string
  /** The arguments of its first use, which clusterctl takes for the default whatever the operator: `1` for `${NAME:1}`. */
  readonly default?: string
  /** Its first use has no default. */
  readonly required: boolean
  /** Every use, in order. */
  readonly at: readonly Position[]
}

/**
 * Replaces every `${…}` of `text`. A value that is set to '' counts as set, yet a default takes its place.
 * @param values Variables by name.
 * @throws Failure for a `${…}` that cannot be read (with its place), and with `unset: 'error'` one that names all missing variables.
 */
export function substitute(text: string, values: Readonly<Record<string, string>>, options: SubstituteOptions): string {
  const source = readTemplate(text, options)
  if (options.unset === 'error') refuseMissing(source, values, options.file)
  const valueFor = (name: string) => (Object.hasOwn(values, name) ? (values[name] ?? '') : '')
  const expanded = source.locate(() => expand(source.template, valueFor))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(expanded)
  } catch (error) {
    return source.locate(() => {
      const half = expansionsIn(source.template).find(expansion => !isText(expandOne(expansion, valueFor)))
      throw new BadSubstitution(half?.start ?? 0, 'it cuts a character of its value in two', { cause: error })
    })
  }
}

/**
 * The variables of `text` by clusterctl's rule, in order of first use: the first use decides whether a variable is required, and one
 * that occurs only in the default of another is not listed.
 * @throws Failure for a `${…}` that cannot be read.
 */
export const variablesOf = (text: string, options: TemplateOptions): Variable[] => variablesIn(readTemplate(text, options))

interface Source {
  readonly template: Template
  readonly positionOf: (expansion: Expansion) => Position
  /** Runs `step`, giving a `BadSubstitution` its place in the text. */
  readonly locate: <T>(step: () => T) => T
}

function readTemplate(text: string, { file, trimNames = false }: TemplateOptions): Source {
  const trimmed = trimNames ? trimBlanks(text) : { text, originOf: (offset: number) => offset }
  const positionAt = positionsIn(text)
  const locate = <T>(step: () => T): T => {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof BadSubstitution)) throw error
      const start = trimmed.originOf(error.start)
      throw new Failure({
        what: `cannot substitute variables in ${file}`,
        why: `${excerpt(text, start)}: ${error.message}`,
        remedy: 'correct it, or write $${ where a literal ${ is meant',
        where: placeIn(file, positionAt(start)),
        cause: error.cause,
      })
    }
  }
  return {
    template: locate(() => parseTemplate(trimmed.text)),
    positionOf: expansion => positionAt(trimmed.originOf(expansion.start)),
    locate,
  }
}

/** clusterctl's yamlprocessor, legacyVariableRegEx; `\s` of Go is these five characters. */
const BLANKS_IN_BRACES = /\$\{(?:[\t\n\f\r ]+[A-Za-z0-9_$]+[\t\n\f\r ]*|[A-Za-z0-9_$]+[\t\n\f\r ]+)\}/g

/** `text` without blanks around names, and the way back from its offsets to those of the original. */
function trimBlanks(text: string): { text: string; originOf: (offset: number) => number } {
  const cuts: { after: number; width: number }[] = []
  let removed = 0
  const trimmed = text.replace(BLANKS_IN_BRACES, (match, offset: number) => {
    const kept = match.replace(/[\t\n\f\r ]/g, '')
    const end = offset - removed + kept.length
    removed += match.length - kept.length
    cuts.push({ after: end, width: removed })
    return kept
  })
  return { text: trimmed, originOf: offset => offset + (cuts.findLast(cut => cut.after <= offset)?.width ?? 0) }
}

/** The expansion at `start` as far as its first `}`, on one line. */
function excerpt(text: string, start: number): string {
  const line = text.slice(start, start + 60).split(/[\r\n]/, 1)[0] ?? ''
  const end = line.indexOf('}')
  return end === -1 ? line : line.slice(0, end + 1)
}

/** All expansions, nested ones after the one that holds them. */
function expansionsIn(template: Template): Expansion[] {
  return template.flatMap(part => (typeof part === 'string' ? [] : [part, ...expansionsIn(part.args)]))
}

function variablesIn({ template, positionOf }: Source): Variable[] {
  const uses = Map.groupBy(expansionsIn(template), expansion => expansion.name)
  const first = new Map<string, Expansion>()
  for (const part of template) if (typeof part !== 'string' && !first.has(part.name)) first.set(part.name, part)
  return [...first.values()].map(({ name, args }) => {
    const text = args.map(arg => (typeof arg === 'string' ? arg : `\${${arg.name}}`)).join('')
    const at = (uses.get(name) ?? []).map(positionOf)
    return text === '' ? { name, required: true, at } : { name, default: text, required: false, at }
  })
}

function refuseMissing(source: Source, values: Readonly<Record<string, string>>, file: string): void {
  const unset = variablesIn(source).filter(variable => !Object.hasOwn(values, variable.name))
  const missing = unset.filter(variable => variable.required)
  if (missing.length === 0) return
  const names = listOf(missing.map(variable => variable.name))
  const one = missing.length === 1
  const places = (variable: Variable) => variable.at.map(position => placeIn(file, position))
  throw new Failure({
    what: `${one ? 'variable' : 'variables'} ${names} ${one ? 'is' : 'are'} not set`,
    why: `${file} needs ${one ? 'it' : 'them'} and gives no default`,
    remedy: `set ${names} in kustomize_substitutions or in the environment`,
    where: missing.flatMap(variable => places(variable).slice(0, 1)),
    details: [
      ...missing.map(variable => `${variable.name}: required, used at ${places(variable).join(', ')}`),
      ...unset
        .filter(variable => !variable.required)
        .map(variable => `${variable.name}: optional, default ${variable.default}, used at ${places(variable).join(', ')}`),
    ],
  })
}

/** `A`, `A and B`, `A, B and C`. */
const listOf = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(part => part !== '').join(' and ')
