/** Reads of a Dockerfile what has to be known before it is built: its arguments, what they decide, and the secrets that it asks for. Pure. https://docs.docker.com/reference/dockerfile */

export interface Argument {
  readonly name: string
  /** Whether any of its ARG lines gives it a value. */
  readonly hasDefault: boolean
  /** Line of the first ARG, from 1. */
  readonly line: number
}

/** A FROM line. */
export interface From {
  /** As it is written, with its variables. */
  readonly image: string
  readonly line: number
}

export interface Dockerfile {
  readonly args: readonly Argument[]
  readonly froms: readonly From[]
  /** Ids of `RUN --mount=type=secret`. */
  readonly secrets: readonly string[]
  /** Names of its instructions in capitals, in their order. */
  readonly instructions: readonly string[]
}

export function readDockerfile(text: string): Dockerfile {
  const instructions = instructionsOf(text)
  const declared = instructions
    .filter(({ name }) => name === 'ARG')
    .flatMap(({ rest, line }) => words(rest).map(word => ({ name: word.replace(/=.*/s, ''), hasDefault: word.includes('='), line })))
  const names = [...new Set(declared.map(({ name }) => name))]
  return {
    args: names.flatMap(name => {
      const all = declared.filter(one => one.name === name)
      const [first] = all
      return first === undefined ? [] : [{ ...first, hasDefault: all.some(({ hasDefault }) => hasDefault) }]
    }),
    froms: instructions
      .filter(({ name }) => name === 'FROM')
      .map(({ rest, line }) => ({ image: words(rest).find(word => !word.startsWith('--')) ?? '', line })),
    secrets: [...new Set(instructions.filter(({ name }) => name === 'RUN').flatMap(({ rest }) => secretsOf(rest)))],
    instructions: instructions.map(({ name }) => name),
  }
}

/** Variables of a text that have no value of their own in it: not `${NAME:-value}`. */
export const variablesIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\$(?:(\w+)|\{(\w+)(:?-[^}]*)?[^}]*\})/g)].flatMap(([, plain, braced, fallback]) =>
      fallback ? [] : (plain ?? braced ?? []),
    ),
  ),
]

/** An id that isn't said is the last part of the target. */
const secretsOf = (run: string): string[] =>
  [...run.matchAll(/--mount=(\S*\btype=secret\b\S*)/g)].flatMap(([, options = '']) => {
    const said = new Map(options.split(',').map(option => [option.replace(/=.*/s, ''), option.replace(/^[^=]*=/, '')]))
    return said.get('id') ?? (said.get('target') ?? said.get('dst') ?? said.get('destination'))?.split('/').at(-1) ?? []
  })

interface Instruction {
  /** In capitals. */
  readonly name: string
  readonly rest: string
  /** Its first line. */
  readonly line: number
  /** Its last, before here-documents. */
  readonly end: number
}

/** One per instruction, its lines joined, without comments and here-documents. */
export function instructionsOf(text: string): Instruction[] {
  const lines = text.split(/\r?\n/)
  const goesOn = /^#\s*escape\s*=\s*`/im.test(leadingComments(lines)) ? /`\s*$/ : /\\\s*$/
  const instructions: Instruction[] = []
  let open: { text: string; line: number } | undefined
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const begun = { text: `${open?.text ?? ''}${line.replace(goesOn, ' ')}`, line: open?.line ?? index + 1 }
    open = goesOn.test(line) ? begun : undefined
    if (open !== undefined) continue
    const [, name = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(begun.text) ?? []
    instructions.push({ name: name.toUpperCase(), rest, line: begun.line, end: index + 1 })
    if (/^(RUN|COPY|ADD)$/i.test(name)) index = endOfDocuments(rest, lines, index)
  }
  return instructions
}

/** Directives such as `# escape=` count only before anything else. */
const leadingComments = (lines: readonly string[]): string => {
  const first = lines.findIndex(line => !line.startsWith('#'))
  return lines.slice(0, first === -1 ? lines.length : first).join('\n')
}

/** The line that ends the last here-document which begins in `rest`, or `from` where none does. */
function endOfDocuments(rest: string, lines: readonly string[], from: number): number {
  let at = from
  for (const [, tabs, , name] of rest.matchAll(/<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
    const end = lines.findIndex((line, index) => index > at && (tabs ? line.replace(/^\t+/, '') : line) === name)
    at = end === -1 ? lines.length : end
  }
  return at
}

/** Words as a shell splits them, quotes taken off. */
const words = (text: string): string[] =>
  [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
      double === undefined ? (single ?? escaped ?? '') : double.replaceAll(/\\(["\\$])/g, '$1'),
    ),
  )
