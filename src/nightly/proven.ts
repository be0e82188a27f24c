/** Whether a night has anything to do: no, where earlier green runs of the same commit tested each cell of the matrix. Pure. */
import { type Cell, type Job, nightOf } from './cells.ts'

/** The cells that none of `runs` (the jobs of each, all of the commit that is to be tested) proved. A run that had nothing to do proves none. */
export const unproven = (cells: readonly Cell[], runs: readonly (readonly Job[])[]): Cell[] =>
  cells.filter(cell => isMoving(cell) || !runs.some(jobs => nightOf([cell], jobs).results.every(({ state }) => state === 'passed')))

/** A branch may have changed although the workflow's own commit has not. Released tags and whole commit ids stay what they are. */
const isMoving = ({ ref }: Cell): boolean => !/^(|v?\d+\.\d+\.\d+([-+].+)?|[0-9a-f]{40})$/.test(ref)
