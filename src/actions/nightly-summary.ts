/** `uses: …/actions/nightly-summary`: the table of a night on the job's page, and the one issue that says whether the night is red. */
import { runAction } from '../host/action.ts'
import { cellsOf, nightOf, verdictOf } from '../nightly/cells.ts'
import { gitHub, thisRun } from '../nightly/github.ts'
import { flagOf, requireKnown } from '../nightly/inputs.ts'
import { nightly } from '../nightly/interface.ts'
import { issueStep } from '../nightly/issue.ts'
import { nightMarkdown } from '../nightly/table.ts'
import { show } from './watch.ts'

await runAction<never>({
  name: 'nightly-summary',
  async main({ inputs, env, signal, say, mask, summarize }) {
    requireKnown(inputs, Object.keys(nightly['nightly-summary'].inputs))
    const token = inputs['github-token'] ?? ''
    mask(token === '' ? [] : [token])
    const keepsIssue = flagOf(inputs, 'issue', true)
    const cells = cellsOf(inputs.matrix ?? '')
    const run = thisRun(env)
    const needs = `actions: read${keepsIssue ? ' and issues: write' : ''}`
    const github = gitHub(run, token, needs, { signal, log: say, waiting: say })
    const night = nightOf(cells, await github.jobsOf(run.id))
    const markdown = nightMarkdown(night)
    summarize(markdown)
    const verdict = verdictOf(night)
    say(`the night is ${verdict}`)
    if (keepsIssue) {
      const { workflow, commit, page } = run
      const step = issueStep({ verdict, workflow, commit, run: page, markdown }, await github.openIssues())
      await github.take(step)
      say(step.do === 'nothing' ? 'the issue needs no change' : `issue: ${step.do}${'number' in step ? ` #${step.number}` : ''}`)
    }
    return { outputs: { verdict } }
  },
  explain: show,
})
