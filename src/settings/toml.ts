/**
 * Reads TOML as far as versions of tools need it: what each key holds, and in which line it stands. Keys, strings, arrays and tables are those of
 * https://toml.io/en/v1.1.0; numbers, dates and booleans are handed on as they are written.
 */

export type TomlValue = string | { readonly bare: string } | readonly TomlValue[] | { readonly table: readonly TomlEntry[] }

export interface TomlEntry {
  /** With the table's name in front: `tools.kind` has two. */
  readonly path: readonly string[]
  readonly value: TomlValue
  readonly line: number
}

/** Text that is no TOML. */
export class NoToml extends Error {
  readonly line: number
  constructor(line: number, what: string) {
    super(what)
    this.line = line
  }
}

interface Token {
  readonly kind: 'string' | 'bare' | 'mark' | 'end of line'
  readonly text: string
  readonly line: number
}

/** The order counts: three quotes before one. */
const TOKEN =
  /(?<blank>[ \t]+|#[^\n]*)|(?<eol>\n)|"""\n?(?<longBasic>(?:\\[\s\S]|(?!""")[\s\S])*"{0,2})"""|'''\n?(?<longLiteral>[\s\S]*?'{0,2})'''|"(?<basic>(?:\\.|[^"\\\n])*)"|'(?<literal>[^'\n]*)'|(?<mark>[[\]{}=,])|(?<bare>[^\s"'#[\]{}=,]+)/y

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(TOKEN)
  let line = 1
  while (pattern.lastIndex < text.length) {
    const begin = pattern.lastIndex
    const { groups } = pattern.exec(text) ?? {}
    if (groups === undefined) throw new NoToml(line, `what begins with ${JSON.stringify(text.slice(begin, begin + 10))} has no end`)
    const escaped = groups.longBasic ?? groups.basic
    const string = escaped === undefined ? (groups.longLiteral ?? groups.literal) : withoutEscapes(escaped, line)
    if (string !== undefined) tokens.push({ kind: 'string', text: string, line })
    else if (groups.mark !== undefined) tokens.push({ kind: 'mark', text: groups.mark, line })
    else if (groups.bare !== undefined) tokens.push({ kind: 'bare', text: groups.bare, line })
    else if (groups.eol !== undefined) tokens.push({ kind: 'end of line', text: 'the end of the line', line })
    line += text.slice(begin, pattern.lastIndex).split('\n').length - 1
  }
  return [...tokens, { kind: 'end of line', text: 'the end of the file', line }]
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\x1b', '"': '"', '\\': '\\' }

function withoutEscapes(text: string, line: number): string {
  // A backslash at the end of a line takes the blanks up to the next word away.
  return text.replaceAll(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([ \t]*\n\s*)|([\s\S]))/g,
    (all, x, u, long, end, one) => {
      const code = x ?? u ?? long
      const character = end === undefined ? (code === undefined ? ESCAPES[one] : fromCode(Number.parseInt(code, 16))) : ''
      if (character === undefined) throw new NoToml(line, `${all} stands for no character`)
      return character
    },
  )
}

const fromCode = (code: number): string | undefined => (code <= 0x10ffff ? String.fromCodePoint(code) : undefined)

/**
 * All that keys hold, in the order of the text.
 * @throws NoToml
 */
export function readToml(text: string): TomlEntry[] {
  const tokens = tokensOf(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))
  const entries: TomlEntry[] = []
  let next = 0
  let table: readonly string[] = []

  const peek = (): Token => tokens[next] ?? { kind: 'end of line', text: 'the end of the file', line: tokens.at(-1)?.line ?? 1 }
  const take = (): Token => {
    const token = peek()
    next += 1
    return token
  }
  const takes = (mark: string): boolean => {
    const { kind, text } = peek()
    const found = kind === 'mark' && text === mark
    if (found) next += 1
    return found
  }
  const refuse = ({ text, line }: Token, wanted: string): never => {
    throw new NoToml(line, `${text.length > 40 ? `${text.slice(0, 40)}…` : text} stands where ${wanted} is wanted`)
  }
  const need = (mark: string): void => {
    if (!takes(mark)) refuse(peek(), `"${mark}"`)
  }
  const skipLines = (): void => {
    while (next < tokens.length && peek().kind === 'end of line') next += 1
  }

  /** `tools."aqua:x/y".version`: dots are within and between bare words. */
  function key(): string[] {
    const parts: string[] = []
    let dotted = true
    while (peek().kind === 'string' || peek().kind === 'bare') {
      const { kind, text } = peek()
      const begins = kind === 'bare' && text.startsWith('.')
      if (!dotted && !begins) break
      if (dotted && begins) refuse(peek(), 'a key')
      take()
      parts.push(...(kind === 'string' ? [text] : text.split('.').filter(word => word !== '')))
      dotted = kind === 'bare' && text.endsWith('.')
    }
    if (parts.length === 0 || dotted) refuse(peek(), 'a key')
    return parts
  }

  function value(): TomlValue {
    const token = take()
    if (token.kind === 'string') return token.text
    if (token.kind === 'bare') return { bare: token.text }
    if (token.text === '[') return many(']', value)
    if (token.text === '{') return { table: many('}', () => entry([])) }
    return refuse(token, 'a value')
  }

  function many<T>(end: ']' | '}', one: () => T): T[] {
    const found: T[] = []
    for (skipLines(); !takes(end); skipLines()) {
      found.push(one())
      skipLines()
      if (takes(end)) return found
      need(',')
    }
    return found
  }

  function entry(above: readonly string[]): TomlEntry {
    const { line } = peek()
    const path = [...above, ...key()]
    need('=')
    return { path, value: value(), line }
  }

  for (skipLines(); next < tokens.length; skipLines()) {
    if (takes('[')) {
      const several = takes('[')
      table = key()
      need(']')
      if (several) need(']')
    } else entries.push(entry(table))
    if (peek().kind !== 'end of line') refuse(peek(), 'the end of the line')
  }
  return entries
}
