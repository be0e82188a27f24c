/** Cells of a matrix that `actions/plan-matrix` planned, and what the jobs of a run say of each: a job's name tells which cell it tested. Pure. */
import { Failure, messageOf } from '../host/failure.ts'

/** One combination of versions. */
export interface Cell {
  readonly capi: string
  readonly kubernetes: string
  /** What of the provider's repository is tested; empty for the commit that the workflow runs on. */
  readonly ref: string
}

/** A job of a run, as GitHub's API has it. */
export interface Job {
  readonly name: string
  /** `success`, `failure`, `timed_out`, `cancelled`, `skipped`, …; null until it has ended. */
  readonly conclusion: string | null
  /** Its page. */
  readonly url: string
}

/** `missing`: no job has the cell's name. `unfinished`: cancelled, skipped, or still running. */
export type CellState = 'passed' | 'failed' | 'unfinished' | 'missing'

export interface Result {
  readonly cell: Cell
  readonly state: CellState
  /** Page of the job that decided it; undefined where there is none. */
  readonly url: string | undefined
}

/** What came of a night. */
export interface Night {
  readonly results: readonly Result[]
  /** Jobs that failed and belong to no cell, such as the one that plans. */
  readonly otherFailures: readonly Job[]
}

/** An empty `ref` leaves blanks in a name. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** The name that the matrix job of a nightly workflow has to have. */
export const jobName = ({ capi, kubernetes, ref }: Cell): string => oneLine(`CAPI ${capi}, Kubernetes ${kubernetes} ${ref}`)

/** The same as `name:` of a job. */
export const jobNameExpression = jobName({
  capi: '${{ matrix.capi }}',
  kubernetes: '${{ matrix.kubernetes }}',
  ref: '${{ matrix.ref }}',
})

/**
 * Reads the output `matrix` of plan-matrix; text that is empty, because planning failed, has no cells.
 * @throws Failure when it is not such an output.
 */
export function cellsOf(matrix: string): Cell[] {
  if (matrix.trim() === '') return []
  const refuse = (why: string, cause?: unknown) =>
    new Failure({
      what: 'matrix is not what plan-matrix puts out',
      why,
      remedy: 'hand over the output `matrix` of actions/plan-matrix as it is',
      where: 'input matrix',
      cause,
    })
  const entries = includedIn(parsed(matrix, refuse))
  if (entries === undefined) throw refuse('it has no list `include`')
  return entries.map((entry, index) => {
    const [capi, kubernetes, ref = ''] = ['capi', 'kubernetes', 'ref'].map(key => fieldOf(entry, key))
    if (typeof capi === 'string' && typeof kubernetes === 'string' && typeof ref === 'string') return { capi, kubernetes, ref }
    throw refuse(`entry ${index + 1} of \`include\` has no version under capi or kubernetes`)
  })
}

/** What the jobs of a run say of each cell. Where a cell's job calls a workflow, its jobs are named `cell / job`, and the worst of them counts. */
export function nightOf(cells: readonly Cell[], jobs: readonly Job[]): Night {
  const results = cells.map((cell): Result => {
    const own = jobs.filter(job => belongs(job, cell))
    const [worst] = own.toSorted((a, b) => badness[stateOf(b)] - badness[stateOf(a)])
    return { cell, state: worst === undefined ? 'missing' : stateOf(worst), url: worst?.url }
  })
  const otherFailures = jobs.filter(job => stateOf(job) === 'failed' && !cells.some(cell => belongs(job, cell)))
  return { results, otherFailures }
}

export type Verdict = 'green' | 'red' | 'unfinished'

export function verdictOf({ results, otherFailures }: Night): Verdict {
  if (otherFailures.length > 0 || results.some(({ state }) => state === 'failed')) return 'red'
  return results.length > 0 && results.every(({ state }) => state === 'passed') ? 'green' : 'unfinished'
}

const badness: Readonly<Record<CellState, number>> = { missing: 0, passed: 1, unfinished: 2, failed: 3 }

const belongs = ({ name }: Job, cell: Cell): boolean => oneLine(name) === jobName(cell) || oneLine(name).startsWith(`${jobName(cell)} / `)

function stateOf({ conclusion }: Job): CellState {
  if (conclusion === 'success') return 'passed'
  return conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'startup_failure' ? 'failed' : 'unfinished'
}

function parsed(text: string, refuse: (why: string, cause?: unknown) => Failure): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refuse(messageOf(error), error)
  }
}

const includedIn = (value: unknown): readonly unknown[] | undefined => {
  const include = fieldOf(value, 'include')
  return Array.isArray(include) ? include : undefined
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined
