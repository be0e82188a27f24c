/** Markdown of what a job's page and the report folder show: text that stays text, lines behind a fence, a failure. */
import type { Explanation } from './failure.ts'

/** With what it happened to, why, what to do, and the rest behind folds. */
export const failureMarkdown = ({ what, why, remedy, where, folded }: Explanation): string =>
  [
    `**${plain(what)}**`,
    ...(why === undefined ? [] : [plain(why)]),
    ...(remedy === undefined ? [] : [`→ ${plain(remedy)}`]),
    ...(where.length === 0 ? [] : [where.map(code).join(' · ')]),
    ...folded.map(({ title, lines }) => `<details><summary>${title}</summary>\n\n${fenced(lines)}\n\n</details>`),
  ].join('\n\n')

/** Text of tools and objects, so that nothing in it is Markdown, HTML or the end of a table cell. */
export const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>|#~]/g, '\\$&').replaceAll('\n', '<br>')

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``

/** Lines behind a fence that none of them can close. */
export function fenced(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.map(line => /^\s*(`{3,})/.exec(line)?.[1]?.length ?? 0))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, ...lines, fence].join('\n')
}
