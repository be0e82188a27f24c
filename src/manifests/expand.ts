/** Carries out the expansions of a template, byte for byte as drone/envsubst v2 does (funcs.go tells what each operator really does). */
import { fromBytes, lowerCase, runesOf, toBytes, upperCase } from './byte-string.ts'
import { BadSubstitution, type Expansion, type Part, type Template } from './envsubst.ts'
import { BadPattern, matches } from './glob.ts'

/** A variable's value; '' for one that is not set, which is all the grammar can tell apart. */
export type ValueFor = (name: string) => string

/**
 * @returns UTF-8, unless an expansion cut a character in two.
 * @throws BadSubstitution for a substring of negative length, on which the library panics.
 */
export function expand(template: Template, valueFor: ValueFor): Buffer {
  return Buffer.concat(
    template.map(part => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(expandOne(part, valueFor), 'latin1'))),
  )
}

/** The byte string that one `${…}` becomes. */
export function expandOne(expansion: Expansion, valueFor: ValueFor): string {
  const args = expansion.args.map((part: Part) => (typeof part === 'string' ? toBytes(part) : expandOne(part, valueFor)))
  const value = valueFor(expansion.name)
  const bytes = toBytes(value)
  const [first = '', second] = args
  switch (expansion.operator) {
    case '^':
      return onFirst(value, upperCase)
    case '^^':
      return onAll(value, upperCase)
    case ',':
      return onFirst(value, lowerCase)
    case ',,':
      return onAll(value, lowerCase)
    case '#':
      return args.length === 0 ? String(bytes.length) : trim(bytes, first, 'shortest')
    case '##':
      return trim(bytes, first, 'longest')
    case '%':
      return reverse(trim(reverse(bytes), reverse(first), 'shortest'))
    case '%%':
      return reverse(trim(reverse(bytes), reverse(first), 'longest'))
    case ':': {
      const part = substring(bytes, first, second)
      if (part === undefined) throw new BadSubstitution(expansion.start, `the length ${second} of the substring is negative`)
      return part
    }
    case '/':
      return replaceFirst(bytes, first, second ?? '')
    case '//':
      return replaceAll(bytes, first, second ?? '')
    // An empty replacement makes these two do nothing, unlike `/` and `//`.
    case '/#':
      return second !== undefined && bytes.startsWith(first) ? second + bytes.slice(first.length) : bytes
    case '/%':
      return second !== undefined && bytes.endsWith(first) ? bytes.slice(0, bytes.length - first.length) + second : bytes
    // `=`, `:=`, `:-`, `:?` and `:+` all mean: the default when empty. `^,` and `,^` mean nothing.
    default:
      return bytes || args.join('')
  }
}

function onFirst(value: string, change: (char: string) => string): string {
  const first = value.codePointAt(0)
  if (first === undefined) return ''
  const char = String.fromCodePoint(first)
  return toBytes(change(char) + value.slice(char.length))
}

const onAll = (value: string, change: (char: string) => string): string => toBytes(Array.from(value, change).join(''))

const reverse = (bytes: string): string => runesOf(bytes).reverse().join('')

/** Without the prefix that `pattern` matches, the shortest or the longest; unchanged when none does or the pattern is bad. */
function trim(bytes: string, pattern: string, which: 'shortest' | 'longest'): string {
  let found = 0
  try {
    // From long to short, as the library goes: for the longest it never reaches a flaw that only shorter prefixes would show.
    for (let end = bytes.length; end > 0; end--) {
      if (!matches(pattern, bytes.slice(0, end))) continue
      found = end
      if (which === 'longest') break
    }
  } catch (error) {
    if (error instanceof BadPattern) return bytes
    throw error
  }
  return bytes.slice(found)
}

/** `undefined` where Go panics: the part would end before it starts. */
function substring(bytes: string, position: string, length: string | undefined): string | undefined {
  const given = integer(position)
  if (given === undefined) return bytes
  const size = BigInt(bytes.length)
  const start = given >= 0n ? given : given + size < 0n ? 0n : given + size
  if (length === undefined) return bytes.slice(Number(start))
  const count = integer(length)
  if (count === undefined) return bytes
  const end = BigInt.asIntN(64, start + count)
  if (end >= size) return bytes.slice(Number(start))
  return end < start ? undefined : bytes.slice(Number(start), Number(end))
}

/** As Go's strconv.Atoi: a decimal 64-bit integer, or undefined. */
function integer(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, value) === value ? value : undefined
}

function replaceFirst(bytes: string, old: string, by: string): string {
  const at = bytes.indexOf(old)
  return at === -1 ? bytes : bytes.slice(0, at) + by + bytes.slice(at + old.length)
}

/** An empty pattern (from a nested variable) matches before each character and at the end. */
function replaceAll(bytes: string, old: string, by: string): string {
  if (old !== '') return bytes.split(old).join(by)
  return (
    by +
    runesOf(bytes)
      .map(rune => rune + by)
      .join('')
  )
}

/** Whether `bytes` are whole characters. */
export const isText = (bytes: string): boolean => toBytes(fromBytes(bytes)) === bytes
