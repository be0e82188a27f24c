/** What becomes of the one issue that a nightly workflow keeps: opened by the first red night, updated by the next, closed by a green one. Pure. */
import type { Verdict } from './cells.ts'

/** An open issue of the repository, as GitHub's API has it. */
export interface Issue {
  readonly number: number
  readonly body: string
  /** True where a bot or a collaborator wrote it: nobody else's text may pass for ours. */
  readonly trusted: boolean
}

export interface Report {
  readonly verdict: Verdict
  /** Of the workflow, by which its issue is known. */
  readonly workflow: string
  readonly commit: string
  /** Page of the run. */
  readonly run: string
  readonly markdown: string
}

export type IssueStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'open'; readonly title: string; readonly body: string }
  | { readonly do: 'update'; readonly number: number; readonly body: string }
  | { readonly do: 'close'; readonly number: number; readonly comment: string }

/** A night that was cancelled proves nothing, so the issue stays as it is. */
export function issueStep(report: Report, open: readonly Issue[]): IssueStep {
  const issue = open.find(({ body, trusted }) => trusted && body.startsWith(marker(report.workflow)))
  if (report.verdict === 'red')
    return issue === undefined
      ? { do: 'open', title: `The workflow ${report.workflow} fails`, body: bodyOf(report) }
      : { do: 'update', number: issue.number, body: bodyOf(report) }
  if (report.verdict === 'green' && issue !== undefined)
    return { do: 'close', number: issue.number, comment: `Green again: [the run](${report.run}) of ${report.commit}.` }
  return { do: 'nothing' }
}

const bodyOf = ({ workflow, run, commit, markdown }: Report): string =>
  [
    marker(workflow),
    `[The last run](${run}) tested ${commit}. This text is replaced after every red run, and the issue closed after a green one.`,
    '',
    markdown,
  ].join('\n')

/** Not seen on the page. Several nightlies of one repository have an issue each. */
const marker = (workflow: string): string => `<!-- capi-actions nightly: ${workflow.replaceAll('--', '')} -->`
