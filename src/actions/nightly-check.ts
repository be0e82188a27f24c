/** `uses: …/actions/nightly-check`: whether a planned night has anything to do that an earlier green run of the same commit has not proved. */
import { runAction } from '../host/action.ts'
import { cellsOf, jobName } from '../nightly/cells.ts'
import { gitHub, thisRun } from '../nightly/github.ts'
import { requireKnown } from '../nightly/inputs.ts'
import { nightly } from '../nightly/interface.ts'
import { unproven } from '../nightly/proven.ts'
import { show } from './watch.ts'

/** Green runs that are looked at. After so many nights without a change it is run again: what a night downloads may have changed. */
const EARLIER_RUNS = 30

await runAction<never>({
  name: 'nightly-check',
  async main({ inputs, env, signal, say, mask }) {
    requireKnown(inputs, Object.keys(nightly['nightly-check'].inputs))
    const token = inputs['github-token'] ?? ''
    mask(token === '' ? [] : [token])
    const cells = cellsOf(inputs.matrix ?? '')
    const run = thisRun(env)
    const work = { signal, log: say, waiting: say }
    const github = gitHub(run, token, 'actions: read', work)
    let rest = cells
    for (const id of await github.greenRuns(run.file, run.commit, EARLIER_RUNS)) {
      if (rest.length === 0) break
      rest = unproven(rest, [await github.jobsOf(id)])
    }
    for (const cell of rest) say(`to be tested: ${jobName(cell)}`)
    if (rest.length === 0) say(`nothing to test: green runs of ${run.commit} have proved all ${cells.length} cells`)
    return { outputs: { changed: String(rest.length > 0) } }
  },
  explain: show,
})
