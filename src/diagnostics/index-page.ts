/** The page that one begins to read at: what is not as it should be, what could not be collected, and every file. Pure. */
import type { Missing } from './collection.ts'

export interface IndexPage {
  /** Sentences on where all this comes from. */
  readonly from: readonly string[]
  /** Lines on conditions, what is False first. */
  readonly conditions: readonly string[]
  /** Lines on pods. */
  readonly pods: readonly string[]
  readonly missing: readonly Missing[]
  /** What each file holds, by its path. */
  readonly files: ReadonlyMap<string, string>
}

export function indexPage({ from, conditions, pods, missing, files }: IndexPage): string {
  const links = [...files].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([file, holds]) => `- [${file}](${file}): ${holds}`)
  return [
    '# Diagnostics',
    ...from,
    ...section('Conditions that are not as they should be', conditions),
    ...section('Pods that are not ready', pods),
    ...section('Could not be collected', sayAll(missing.filter(({ failed }) => failed))),
    ...section('Not there', sayAll(missing.filter(({ failed }) => !failed))),
    '## Files',
    links.length === 0 ? 'Nothing.' : links.join('\n'),
  ]
    .join('\n\n')
    .concat('\n')
}

/** They come in the order in which they were found out. */
const sayAll = (missing: readonly Missing[]): string[] => missing.map(sayMissing).toSorted()

export const sayMissing = ({ what, why }: Missing): string => `${what}: ${why}`

/** As they are, whatever they hold: each is one line that begins with a word of ours. */
const section = (title: string, lines: readonly string[]): string[] => [
  `## ${title}`,
  lines.length === 0 ? 'Nothing.' : ['```text', ...lines, '```'].join('\n'),
]
