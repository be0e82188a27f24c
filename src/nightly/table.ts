/** A night in Markdown, for the job's page and the issue: rows are Cluster API versions, columns Kubernetes versions, cells link to their jobs. Pure. */
import { type CellState, jobNameExpression, type Night, type Result, type Verdict, verdictOf } from './cells.ts'

const glyphs: Readonly<Record<CellState, string>> = { passed: '✔', failed: '✖', unfinished: '■', missing: '?' }

/** The table, under a headline and above what it cannot show. */
export function nightMarkdown(night: Night): string {
  const byRef = Map.groupBy(night.results, ({ cell }) => cell.ref)
  const tables = [...byRef].map(([ref, results]) =>
    [...(byRef.size > 1 ? [`#### ${ref === '' ? 'the commit itself' : code(ref)}`] : []), table(results)].join('\n\n'),
  )
  return [headline(night), ...tables, failures(night), hint(night)]
    .filter(part => part !== '')
    .join('\n\n')
    .concat('\n')
}

const words: Readonly<Record<Verdict, string>> = { green: '✔ green', red: '✖ red', unfinished: '■ unfinished' }

function headline(night: Night): string {
  const passed = night.results.filter(({ state }) => state === 'passed').length
  return `### Nightly: ${words[verdictOf(night)]}, ${passed} of ${night.results.length} passed`
}

function table(results: readonly Result[]): string {
  const rows = inOrder(results.map(({ cell }) => cell.capi))
  const columns = inOrder(results.map(({ cell }) => cell.kubernetes))
  const at = (capi: string, kubernetes: string): string =>
    results
      .filter(({ cell }) => cell.capi === capi && cell.kubernetes === kubernetes)
      .map(mark)
      .join(' ')
  return [
    line(['Cluster API ╲ Kubernetes', ...columns.map(code)]),
    line(['---', ...columns.map(() => ':---:')]),
    ...rows.map(capi => line([code(capi), ...columns.map(kubernetes => at(capi, kubernetes))])),
  ].join('\n')
}

const mark = ({ state, url }: Result): string => (url === undefined ? glyphs[state] : `[${glyphs[state]}](${url})`)

const failures = ({ otherFailures }: Night): string =>
  otherFailures.map(({ name, url }) => `- ✖ [${plain(name)}](${url}) failed`).join('\n')

/** The one mistake in a workflow that the table would not tell. */
const hint = ({ results }: Night): string =>
  results.some(({ state }) => state === 'missing')
    ? `A cell with \`?\` has no job: the matrix job has to be named ${code(jobNameExpression)}.`
    : ''

/** Each once, v1.9 before v1.10. */
const inOrder = (versions: readonly string[]): string[] =>
  [...new Set(versions)].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** Refs and versions come from inputs: nothing in them may end a cell or a code span. */
const code = (text: string): string => `\`${text.replaceAll(/[`|\r\n]/g, ' ')}\``

const plain = (text: string): string => text.replaceAll(/[[\]\\`*_<>|\r\n]/g, ' ')
