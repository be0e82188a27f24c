/**
 * Byte strings: one character per byte of UTF-8. Go's strings are bytes, and drone/envsubst counts, cuts and compares bytes, so that
 * `${NAME:0:1}` may be half a character; on byte strings the same operations give the same result.
 */

export const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

/** Go's utf8.RuneError: what a byte that belongs to no character reads as. */
export const UNREADABLE = 0xfffd

/** One well-formed UTF-8 sequence (RFC 3629, table 3-7 of the Unicode standard). */
const SEQUENCE =
  /[^\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}/y

/** The character at `at` and its width in bytes; `UNREADABLE` of width 1 where there is none. */
export function runeAt(bytes: string, at: number): { value: number; width: number } {
  SEQUENCE.lastIndex = at
  const sequence = SEQUENCE.exec(bytes)?.[0]
  if (sequence === undefined) return { value: UNREADABLE, width: 1 }
  return { value: fromBytes(sequence).codePointAt(0) ?? UNREADABLE, width: sequence.length }
}

/** The characters of `bytes`, each a byte string; bytes that belong to none become U+FFFD, as in Go's `[]rune`. */
export function runesOf(bytes: string): string[] {
  const runes: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const { value, width } = runeAt(bytes, at)
    runes.push(toBytes(String.fromCodePoint(value)))
    at += width
  }
  return runes
}

/** Simple case mapping of one character, as Go's unicode.ToLower: never more than one character. */
export const lowerCase = (char: string): string => String.fromCodePoint(char.toLowerCase().codePointAt(0) ?? 0)

/** Simple case mapping of one character, as Go's unicode.ToUpper: where JavaScript maps to several characters ("ß" to "SS"), Go keeps it. */
export function upperCase(char: string): string {
  const upper = char.toUpperCase()
  if ([...upper].length === 1) return upper
  // Greek letters with iota subscript map to a title-case letter, 8 or 9 further on.
  const code = char.codePointAt(0) ?? 0
  return [8, 9].map(distance => String.fromCodePoint(code + distance)).find(title => title.toLowerCase() === char) ?? char
}
