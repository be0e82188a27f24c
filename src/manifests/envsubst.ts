/**
 * The grammar of `${…}` in manifests and templates: that of drone/envsubst v2 (v2.0.0-20210730161058-179042472c46), which tilt-prepare and
 * clusterctl use, with all its limits. `test/conformance/substitution.test.ts` holds it equal to the real library.
 */

/** A text split into what stays and what is replaced. */
export type Template = readonly Part[]
export type Part = string | Expansion

/** One `${…}`. Its arguments may hold further ones: `${A:-${B}}`. */
export interface Expansion {
  /** The variable. */
  readonly name: string
  /** `:=`, `//`, `^^`, … as written; '' for a plain `${NAME}`. */
  readonly operator: string
  readonly args: readonly Part[]
  /** Offset of its `$`. */
  readonly start: number
}

/** A `${…}` that cannot be read or carried out. */
export class BadSubstitution extends Error {
  readonly start: number

  /** @param start Offset of the `$` of the expansion, or of the character that the text may not hold. */
  constructor(start: number, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.start = start
  }
}

/** @throws BadSubstitution at the first `${…}` that the grammar does not know. */
export function parseTemplate(text: string): Template {
  const nul = text.indexOf('\0')
  // The library takes NUL for the end and drops the rest without a word; no YAML may hold one.
  if (nul !== -1) throw new BadSubstitution(nul, 'the text holds a NUL character')
  return new Reader(text).template()
}

/** Where a run of argument text ends, and whether `$$`, `\/` and `\\` stand for one character in it (only in patterns and replacements). */
interface ArgumentText {
  readonly end: RegExp
  readonly escapes: boolean
  /** What the argument is, for errors. */
  readonly what: string
}

const defaultText: ArgumentText = { end: /\}/y, escapes: false, what: 'a default' }
const substringStart: ArgumentText = { end: /[:}]/y, escapes: false, what: 'a position' }
const substringLength: ArgumentText = { end: /\}/y, escapes: false, what: 'a length' }
const trimPattern: ArgumentText = { end: /\}/y, escapes: false, what: 'a pattern' }
/** A pattern may hold `}`: it ends at the next `/` only, wherever that is. */
const replacedText: ArgumentText = { end: /\//y, escapes: true, what: 'a pattern' }
const replacement: ArgumentText = { end: /\}/y, escapes: true, what: 'a replacement' }

const NAME = /[\p{L}\p{Nd}_]+/uy
const ESCAPED = /\$\$|\\\/|\\\\/y

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Outside of expansions only `${` and `$$` mean something. */
  template(): Template {
    const parts: Part[] = []
    let kept = ''
    for (;;) {
      const dollar = this.#text.indexOf('$', this.#at)
      if (dollar === -1) break
      const next = this.#text[dollar + 1]
      kept += this.#text.slice(this.#at, dollar)
      this.#at = dollar + (next === '$' ? 2 : 1)
      if (next !== '{') {
        kept += '$'
        continue
      }
      if (kept) parts.push(kept)
      kept = ''
      this.#at = dollar
      parts.push(this.#expansion())
    }
    kept += this.#text.slice(this.#at)
    if (kept) parts.push(kept)
    return parts
  }

  #expansion(): Expansion {
    const start = this.#at
    this.#at += '${'.length
    if (this.#peek() === '#') {
      this.#at++
      const name = this.#name(start, '${#')
      this.#close(start, `\${#${name}`)
      return { name, operator: '#', args: [], start }
    }
    const name = this.#name(start, '${')
    return { name, ...this.#operation(start, name), start }
  }

  #operation(start: number, name: string): { operator: string; args: Part[] } {
    switch (this.#peek()) {
      case '}':
        this.#at++
        return { operator: '', args: [] }
      case '=':
        return this.#default(start, 1)
      case ':': {
        const next = this.#text[this.#at + 1] ?? ''
        if ('=-?+'.includes(next) && next !== '') return this.#default(start, 2)
        // The library loses its place on a character of several bytes here, and then always fails.
        if (next > '\x7f') throw new BadSubstitution(start, `${JSON.stringify(next)} cannot follow "\${${name}:"`)
        return this.#substring(start)
      }
      case ',':
      case '^': {
        const operator = this.#take(/[,^]{1,2}/y)
        this.#close(start, `\${${name}${operator}`)
        return { operator, args: [] }
      }
      case '#':
        return this.#trim(start, this.#take(/##?/y))
      case '%':
        return this.#trim(start, this.#take(/%%?/y))
      case '/':
        return this.#replace(start)
      default:
        throw new BadSubstitution(start, `${this.#found()} cannot follow the name ${name}`)
    }
  }

  #default(start: number, width: number): { operator: string; args: Part[] } {
    const operator = this.#skip(width)
    const args: Part[] = []
    while (this.#peek() !== '}') args.push(this.#argument(start, defaultText))
    this.#at++
    return { operator, args }
  }

  #substring(start: number): { operator: string; args: Part[] } {
    const operator = this.#skip(1)
    const args = [this.#argument(start, substringStart)]
    if (this.#take(/:+/y)) args.push(this.#argument(start, substringLength))
    this.#close(start, args.length === 1 ? 'the position' : 'the length')
    return { operator, args }
  }

  #trim(start: number, operator: string): { operator: string; args: Part[] } {
    const args = [this.#argument(start, trimPattern)]
    this.#close(start, 'the pattern')
    return { operator, args }
  }

  #replace(start: number): { operator: string; args: Part[] } {
    const operator = this.#take(/\/[/#%]?/y)
    const args = [this.#argument(start, replacedText)]
    if (!this.#take(/\/+/y)) throw new BadSubstitution(start, 'the "/" between pattern and replacement is missing')
    if (this.#peek() !== '}') args.push(this.#argument(start, replacement))
    this.#close(start, 'the replacement')
    return { operator, args }
  }

  /** One piece of an argument: a nested `${…}`, or text up to one or to the argument's end. */
  #argument(start: number, kind: ArgumentText): Part {
    if (this.#text.startsWith('${', this.#at)) return this.#expansion()
    const from = this.#at
    let text = ''
    while (this.#at < this.#text.length && !this.#text.startsWith('${', this.#at)) {
      const escaped = kind.escapes ? this.#take(ESCAPED) : ''
      if (escaped) {
        text += escaped[1]
        continue
      }
      if (this.#sees(kind.end)) break
      text += this.#skip(1)
    }
    if (this.#at === from) throw new BadSubstitution(start, `${this.#found()} stands where ${kind.what} is wanted`)
    return text
  }

  #name(start: number, after: string): string {
    const name = this.#take(NAME)
    if (!name) throw new BadSubstitution(start, `${this.#found()} follows "${after}", where a variable name is wanted`)
    return name
  }

  #close(start: number, after: string): void {
    if (this.#peek() !== '}') throw new BadSubstitution(start, `${this.#found()} follows ${after}, where "}" is wanted`)
    this.#at++
  }

  #peek(): string | undefined {
    return this.#text[this.#at]
  }

  #skip(width: number): string {
    this.#at += width
    return this.#text.slice(this.#at - width, this.#at)
  }

  #sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    return pattern.test(this.#text)
  }

  /** What the sticky `pattern` matches here, skipped; '' when it does not match. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #found(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(code))
  }
}
