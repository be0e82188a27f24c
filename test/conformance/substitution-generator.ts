/** Makes texts with `${…}` for the comparison with drone/envsubst: sentences of its grammar, and damaged ones. The same seed gives the same texts. */

/** Values that the texts refer to. `UNSET` is none of them. */
export const values: Readonly<Record<string, string>> = {
  A: 'alpha',
  EMPTY: '',
  PATH_: 'foo/bar/baz.tar.gz',
  VERSION: 'v1.2.3',
  WIDE: 'Größe é😀é',
  MIXED: 'UPPER lower Ǆ ß ΐ ᾳ İ',
  THREE: '3',
  MINUS: '-2',
  STAR: '*',
  CLASS: 'a[b]c\\d',
  TWICE: 'abcabc',
  DOLLAR: 'a$b${A}$$',
}

const names = [...Object.keys(values), 'UNSET', 'a1', '1', 'ÄÖ', '_']
const literals = ['a', 'b', ' ', ':', '\n', '$', '$$', '{', '}', '/', '\\', 'é', '😀', '"', '#', '%', '=', '- x', 'abc', '$A', '\t', '.']
const words = ['a', 'abc', '', ' ', 'x y', 'é', '$', '$$', '/', '\\/', '\\\\', '\\', ':', ':8443', '"q"', '[1,2]', '{a: b}', '-', '😀', '=']
const numbers = ['0', '1', '2', '-1', '-3', '+2', '03', '100', '-100', ' 1', '1a', '', '9223372036854775807', '9223372036854775808', '4']
const blanks = [' ', '', '\t', '\n', ' \r\n ', '\u00a0']
const globs = [
  'a',
  '*',
  '?',
  'a*',
  '*a',
  '*.',
  '.*',
  '??',
  '[a-c]',
  '[^a]',
  '[a',
  '[]a]',
  'f*/',
  '*/*',
  '\\*',
  'é',
  'G?',
  '*é',
  '[é-ö]',
  '\\',
  'b*c',
  '[*]',
  '?*c',
]
const damage = ['$', '{', '}', '${', ':', '/', '#', '%', '=', '\\', 'A', 'é', ' ', ',', '^', '$${']

/** Mulberry32: small, well mixed, and the same on every machine. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `count` texts. About one in three is damaged at one or two places. */
export function generateTexts(count: number, seed: number): string[] {
  const next = random(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  const oneOf = (choices: readonly string[]) => choices[below(choices.length)] ?? ''
  const chance = (share: number) => next() < share

  /** Sometimes a nested expansion instead of plain text. */
  const argument = (choices: readonly string[], depth: number) => (depth < 3 && chance(0.2) ? expansion(depth + 1) : oneOf(choices))

  const defaults = (depth: number) => Array.from({ length: below(3) }, () => argument(words, depth)).join('')

  function expansion(depth: number): string {
    const name = oneOf(names)
    const forms = [
      () => `\${${name}}`,
      () => `\${${name}${oneOf([':=', ':-', '=', ':?', ':+', '-', '+', '?'])}${defaults(depth)}}`,
      () => `\${#${name}}`,
      () => `\${${oneOf(blanks)}${name}${oneOf(blanks)}}`,
      () => `\${${name}${oneOf(['^', '^^', ',', ',,', '^,', ',^', '^^^'])}}`,
      () => `\${${name}:${argument(numbers, depth)}}`,
      () => `\${${name}:${argument(numbers, depth)}${oneOf([':', ':', '::'])}${argument(numbers, depth)}}`,
      () => `\${${name}${oneOf(['#', '##', '%', '%%', '###'])}${argument(globs, depth)}}`,
      () => `\${${name}${oneOf(['/', '//', '/#', '/%'])}${argument(words, depth)}${oneOf(['/', '/', '//', ''])}${argument(words, depth)}}`,
    ]
    return (forms[below(forms.length)] ?? forms[0])?.() ?? ''
  }

  const text = () => Array.from({ length: 1 + below(4) }, () => (chance(0.5) ? expansion(0) : oneOf(literals))).join('')

  /** Deletes, doubles or inserts something. */
  function damaged(whole: string): string {
    const characters = [...whole]
    const at = below(characters.length + 1)
    const kind = below(3)
    if (kind === 0) characters.splice(at, 1)
    else if (kind === 1) characters.splice(at, 0, characters[at] ?? '')
    else characters.splice(at, 0, oneOf(damage))
    return characters.join('')
  }

  return Array.from({ length: count }, () => {
    const whole = text()
    if (!chance(1 / 3)) return whole
    return chance(0.5) ? damaged(whole) : damaged(damaged(whole))
  })
}
