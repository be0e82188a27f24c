/** Cells and jobs, for tests of nights. */
import { type Cell, type Job, jobName } from '../../../src/nightly/cells.ts'

export const cell = (capi: string, kubernetes: string, ref = ''): Cell => ({ capi, kubernetes, ref })

/** The job that tested `tested`, with an address that ends in its versions. */
export const jobOf = (tested: Cell, conclusion: string | null): Job => ({
  name: jobName(tested),
  conclusion,
  url: `https://github.example/job/${tested.capi}-${tested.kubernetes}`,
})

export const job = (name: string, conclusion: string | null): Job => ({ name, conclusion, url: `https://github.example/job/${name}` })
