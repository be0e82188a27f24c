/** Reads the inputs of `actions/plan-matrix`: every value judged, all that is wrong said at once. */
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { notValid } from '../settings/load.ts'
import { judge, type Problem } from '../settings/said.ts'
import { type Entry, type Input, type InputName, type InputValue, inputs, MOST_JOBS } from './inputs.ts'

/** What the matrix is to be made of. `undefined` is what follows from the provider or from Cluster API. */
export interface Wanted {
  readonly repository: string
  readonly refs: readonly string[]
  readonly capi: readonly string[] | undefined
  readonly kubernetes: readonly string[] | undefined
  readonly include: readonly Entry[]
  readonly exclude: readonly Entry[]
  readonly maxJobs: number
}

/**
 * What was said, by the names of inputs; empty text is as good as nothing.
 * @throws Failure that lists everything that is wrong.
 */
export function readInputs(given: Readonly<Record<string, string>>): Wanted {
  const problems: Problem[] = unknownNames(given)
  const read = <Name extends InputName>(name: Name): InputValue<Name> | undefined => {
    const text = given[name]
    if (!text?.trim()) return undefined
    const said = judged(name, text)
    // The input's own kind has judged the value.
    if ('value' in said) return said.value as InputValue<Name>
    problems.push(...said.problems)
    return undefined
  }
  const wanted: Wanted = {
    repository: read('repository') ?? '.',
    refs: read('provider-refs') ?? [],
    capi: unlessEmpty(read('capi-versions')),
    kubernetes: unlessEmpty(read('kubernetes-versions')),
    include: read('include') ?? [],
    exclude: read('exclude') ?? [],
    maxJobs: read('max-jobs') ?? MOST_JOBS,
  }
  if (problems.length > 0) throw notValid(problems)
  return wanted
}

const placeOf = (name: string): string => `input ${name}`

const unknownNames = (given: Readonly<Record<string, string>>): Problem[] =>
  Object.keys(given)
    .filter(name => !Object.hasOwn(inputs, name))
    .map(name => ({ text: `${name} is no input${didYouMean(name, Object.keys(inputs))}`, where: placeOf(name) }))

function judged(name: InputName, text: string): ReturnType<typeof judge> {
  const input: Input = inputs[name]
  const where = placeOf(name)
  try {
    const raw = input.kind.fromText(text)
    return judge(input, { name, raw, source: { kind: 'input', where }, whereOf: () => where, base: '' })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // Its place is a line of the input, which is no file that an annotation could open.
    const line = /:(\d+):\d+$/.exec(error.where[0] ?? '')?.[1]
    return { problems: [{ text: `${name} is not a list: ${error.message}${line === undefined ? '' : ` in line ${line}`}`, where }] }
  }
}

const unlessEmpty = <T>(list: readonly T[] | undefined): readonly T[] | undefined => (list?.length ? list : undefined)
