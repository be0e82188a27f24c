/** `include` and `exclude` as GitHub's matrix has them (GitHub docs, "Expanding or adding matrix configurations"); a minor means all of its patches. */
import { type Entry, matrixKeys } from './inputs.ts'
import { newestCapi, newestKubernetes } from './support.ts'
import { means } from './version.ts'

/** Values of the matrix itself; a job may have more, from `include`. */
export interface Combination {
  readonly capi: string
  readonly kubernetes: string
  readonly ref: string
}

/** A job of the matrix: a combination, or whatever an entry of `include` holds. */
export type Job = Readonly<Record<string, unknown>>

/** Without the combinations that have all values of an entry. */
export const without = (combinations: readonly Combination[], exclude: readonly Entry[]): readonly Combination[] =>
  combinations.filter(combination => !exclude.some(entry => has(combination, entry)))

/**
 * Each entry extends the combinations that have all of its values of the matrix, or is a job of its own where none has. What entries add may be overwritten
 * by later ones, values of the matrix may not, and jobs of their own are not extended.
 */
export function withEntries(combinations: readonly Combination[], include: readonly Entry[]): readonly Job[] {
  const extendable = (entry: Entry) => combinations.some(combination => has(combination, entry))
  const extended = combinations.map(combination => {
    const additions = include.filter(entry => has(combination, entry))
    return ordered(Object.assign({}, ...additions, combination))
  })
  const own = include.filter(entry => !extendable(entry)).map(entry => ordered(exact(entry)))
  return [...extended, ...own]
}

const has = (combination: Combination, entry: Entry): boolean =>
  matrixKeys.every(key => entry[key] === undefined || matches(key, entry[key], combination[key]))

/** A ref is what it is, even one that looks like a minor. */
const matches = (key: keyof Combination, said: unknown, value: string): boolean => (key === 'ref' ? said === value : means(said, value))

const exact = (entry: Entry): Job => ({
  ...entry,
  ...(typeof entry.capi === 'string' ? { capi: newestCapi(entry.capi) } : {}),
  ...(typeof entry.kubernetes === 'string' ? { kubernetes: newestKubernetes(entry.kubernetes) } : {}),
})

/** Values of the matrix first: the same job is the same text, whatever an entry begins with. */
const ordered = (job: Job): Job => {
  const { capi, kubernetes, ref, ...others } = job
  const own = Object.entries({ capi, kubernetes, ref }).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(own), ...others }
}
