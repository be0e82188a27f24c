/** Turns whatever was thrown into what a person reads: what, why, what to do, where; details and causes for those who want to look closer. */
import { Failure, messageOf } from '../host/failure.ts'

export interface Explanation {
  /** One sentence. */
  readonly what: string
  readonly why: string | undefined
  readonly remedy: string | undefined
  readonly where: readonly string[]
  readonly folded: readonly Fold[]
}

/** Lines that are shown below the first ones, or behind a fold. */
export interface Fold {
  readonly title: string
  readonly lines: readonly string[]
}

export const ISSUES = 'https://github.com/capi-actions/capi-actions/issues'

export function explain(error: unknown): Explanation {
  if (!(error instanceof Failure)) return explainBug(error)
  const { what, remedy, where } = error
  // A failure that is a list of problems has its reason in the list.
  const why = error.why ?? (error.details.length > 0 ? error.details.join('\n') : undefined)
  const details = error.why === undefined ? [] : error.details
  const folded = [
    { title: 'Details', lines: details },
    // One that only says what was said is no news.
    { title: 'Caused by', lines: causes(error.cause).filter((line, _, { length }) => length > 1 || line !== `Error: ${why}`) },
  ]
  return { what, why, remedy, where, folded: folded.filter(({ lines }) => lines.length > 0) }
}

/** Anything but a Failure was not foreseen. */
function explainBug(error: unknown): Explanation {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    what: `capi-actions has a bug: ${messageOf(error)}`,
    why: 'this is our fault, not yours',
    remedy: `please report it with the lines below at ${ISSUES}`,
    where: [],
    folded: [
      { title: 'Stack', lines: stack.split('\n') },
      { title: 'Caused by', lines: error instanceof Error ? causes(error.cause) : [] },
    ].filter(({ lines }) => lines.length > 0),
  }
}

/** One line per cause, outermost first; of a Failure also where it is, of an aggregate all that it holds. */
function causes(cause: unknown): string[] {
  if (cause === undefined || cause === null) return []
  const inside = cause instanceof AggregateError ? cause.errors.flatMap(causes) : []
  const line =
    cause instanceof Failure
      ? [cause.message, ...cause.where].join(' · ')
      : cause instanceof Error
        ? `${cause.name}: ${cause.message}`
        : String(cause)
  return [line, ...inside, ...(cause instanceof Error ? causes(cause.cause) : [])]
}

/** The first lines, as every door prints them; `✖` is in front of the first, the others are indented below it. */
export function headLines({ what, why, remedy, where }: Explanation): string[] {
  return [
    `✖ ${what}`,
    ...(why === undefined ? [] : why.split('\n').map(line => `  ${line}`)),
    ...(remedy === undefined ? [] : [`  → ${remedy}`]),
    ...(where.length === 0 ? [] : [`  ${where.join(' · ')}`]),
  ]
}

/** Everything, for terminals and files, where nothing can be folded. */
export const allLines = (explanation: Explanation): string[] => [
  ...headLines(explanation),
  ...explanation.folded.flatMap(({ title, lines }) => ['', `  ${title}`, ...lines.map(line => `  │ ${line}`)]),
]
