/**
 * The patterns of `${NAME#pattern}` and its like, matched as drone/envsubst does: Go's path.Match with `*` matching everything, `/` too.
 * Works on byte strings (see byte-string.ts), since Go cuts values between bytes, not characters.
 */
import { runeAt, UNREADABLE } from './byte-string.ts'

/** A pattern that cannot be read: expansion then leaves the value as it is. */
export class BadPattern extends Error {}

/**
 * Whether `pattern` matches the whole of `name`. `*` any bytes, `?` one character, `[a-z]` and `[^a-z]` one of a class, `\` takes the next literally.
 * @throws BadPattern, but only when matching gets as far as the flaw.
 */
export function matches(pattern: string, name: string): boolean {
  let rest = name
  let left = pattern
  while (left !== '') {
    const { star, piece, after } = nextPiece(left)
    left = after
    if (star && piece === '') return true
    const tail = firstMatch(piece, rest, star, left === '')
    if (tail === undefined) return false
    rest = tail
  }
  return rest === ''
}

/** Splits off a run without `*`, and says whether a `*` stood before it. */
function nextPiece(pattern: string): { star: boolean; piece: string; after: string } {
  const from = /^\**/.exec(pattern)?.[0].length ?? 0
  let inClass = false
  let end = from
  for (; end < pattern.length; end++) {
    const char = pattern[end]
    if (char === '\\' && end + 1 < pattern.length) end++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '*' && !inClass) break
  }
  return { star: from > 0, piece: pattern.slice(from, end), after: pattern.slice(end) }
}

/** What is left of `name` after the first place where `piece` matches: its start, or with `star` anywhere; the last piece must leave nothing. */
function firstMatch(piece: string, name: string, star: boolean, last: boolean): string | undefined {
  for (let skipped = 0; skipped <= (star ? name.length : 0); skipped++) {
    const tail = matchPiece(piece, name.slice(skipped))
    if (tail !== undefined && (tail === '' || !last)) return tail
  }
  return undefined
}

/** What is left of `name` after `piece` at its start, or undefined. */
function matchPiece(piece: string, name: string): string | undefined {
  let left = piece
  let rest = name
  while (left !== '') {
    if (rest === '') return undefined
    switch (left[0]) {
      case '[': {
        const { value, width } = runeAt(rest, 0)
        const { includes, after } = readClass(left, value)
        if (!includes) return undefined
        rest = rest.slice(width)
        left = after
        break
      }
      case '?':
        rest = rest.slice(runeAt(rest, 0).width)
        left = left.slice(1)
        break
      default: {
        const literal = left[0] === '\\' ? left.slice(1) : left
        if (literal === '') throw new BadPattern()
        if (literal[0] !== rest[0]) return undefined
        rest = rest.slice(1)
        left = literal.slice(1)
      }
    }
  }
  return rest
}

/** Reads the `[…]` at the start of `piece` to its end, and says whether it includes `rune`. */
function readClass(piece: string, rune: number): { includes: boolean; after: string } {
  const negated = piece[1] === '^'
  let left = piece.slice(negated ? 2 : 1)
  let found = false
  for (let ranges = 0; ranges === 0 || left[0] !== ']'; ranges++) {
    const low = readBound(left)
    left = low.after
    let high = low.value
    if (left[0] === '-') ({ value: high, after: left } = readBound(left.slice(1)))
    if (low.value <= rune && rune <= high) found = true
  }
  return { includes: found !== negated, after: left.slice(1) }
}

/** One end of a range; a class must go on after it, at least with its `]`. */
function readBound(piece: string): { value: number; after: string } {
  if (piece === '' || piece[0] === '-' || piece[0] === ']') throw new BadPattern()
  const from = piece[0] === '\\' ? 1 : 0
  if (from === piece.length) throw new BadPattern()
  const { value, width } = runeAt(piece, from)
  const after = piece.slice(from + width)
  if ((value === UNREADABLE && width === 1) || after === '') throw new BadPattern()
  return { value, after }
}
