/**
 * What a YAML scalar means to kubectl: the rules of go-yaml v2 (resolve.go) under sigs.k8s.io/yaml, which are nearly YAML 1.1:
 * `yes` is true, `0644` is 420, `1_000` is 1000, but `12:30:45` and dates are text. What JSON cannot hold is refused.
 */

/** A scalar or key that has no meaning in JSON. */
export class UnreadableScalar extends Error {}

export interface TypedScalar {
  readonly type: 'null' | 'bool' | 'int' | 'float' | 'str'
  readonly value: unknown
}

/** An integer that a JavaScript number cannot hold, as JSON.stringify writes it digit by digit. */
export const exactInteger = (value: bigint): unknown => (isSafe(value) ? Number(value) : rawJson(String(value)))

const isSafe = (value: bigint): boolean => BigInt.asIntN(54, value) === value && value !== -(2n ** 53n)

/** Part of ES2026 and of Node 24, but not of TypeScript's library yet. */
const rawJson = (text: string): unknown => (JSON as JSON & { rawJSON(text: string): unknown }).rawJSON(text)

const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NULL = /^(?:|~|null|Null|NULL)$/
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const INTEGER = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const DATE = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt ])[0-9:.]+(?:Z|[-+][0-9]{2}:[0-9]{2})?)?$/

/** The meaning of an unquoted scalar without tag. */
export function plainScalar(text: string): TypedScalar {
  if (NULL.test(text)) return { type: 'null', value: null }
  if (TRUE.test(text)) return { type: 'bool', value: true }
  if (FALSE.test(text)) return { type: 'bool', value: false }
  if (NOT_FINITE.test(text)) return { type: 'float', value: notFinite(text) }
  // Only after a digit or sign may `_` stand between digits.
  const digits = /^[-+0-9]/.test(text) ? text.replaceAll('_', '') : text
  return integer(digits) ?? float(digits) ?? { type: 'str', value: text }
}

const notFinite = (text: string): number => (/nan/i.test(text) ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity)

/** A decimal, octal (`0644`, `0o644`), hexadecimal or binary integer of 64 bits; greater ones may still be floats. */
function integer(text: string): TypedScalar | undefined {
  const match = INTEGER.exec(text)
  if (match === null) return undefined
  const [, sign, prefixed, octal, decimal] = match
  const magnitude = BigInt(prefixed ?? (octal === undefined ? (decimal ?? '') : `0o${octal}`))
  const value = sign === '-' ? -magnitude : magnitude
  const fits = BigInt.asIntN(64, value) === value || (sign === '' && BigInt.asUintN(64, value) === value)
  return fits ? { type: 'int', value: exactInteger(value) } : undefined
}

function float(text: string): TypedScalar | undefined {
  const value = FLOAT.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? { type: 'float', value } : undefined
}

const CORE = 'tag:yaml.org,2002:'

/**
 * The meaning of any scalar.
 * @param tag Its explicit tag, in full: `tag:yaml.org,2002:str`, `!mine`.
 * @param quoted Whether it is quoted or a block, hence text unless a tag says otherwise.
 * @throws UnreadableScalar when text and tag disagree.
 */
export function readScalar(text: string, tag: string | undefined, quoted: boolean): TypedScalar {
  if (tag !== undefined) return taggedScalar(text, tag)
  return quoted ? { type: 'str', value: text } : plainScalar(text)
}

/**
 * A scalar as value in JSON.
 * @throws UnreadableScalar for infinity and not-a-number.
 */
export function jsonValue({ type, value }: TypedScalar): unknown {
  if (type === 'float' && !Number.isFinite(value)) throw new UnreadableScalar(`${value} has no equal in JSON`)
  return value
}

function taggedScalar(text: string, tag: string): TypedScalar {
  const asText: TypedScalar = { type: 'str', value: text }
  const plain = plainScalar(text)
  const wanted = tag.startsWith(CORE) ? tag.slice(CORE.length) : tag
  switch (wanted) {
    case 'binary':
      return { type: 'str', value: fromBase64(text) }
    case 'timestamp':
      if (plain.type === 'str' && DATE.test(text)) return asText
      throw mismatch(text, wanted)
    case 'float':
      if (plain.type === 'int') return { type: 'float', value: Number(JSON.stringify(plain.value)) }
      if (plain.type === 'float') return plain
      throw mismatch(text, wanted)
    case 'null':
    case 'bool':
    case 'int':
      if (plain.type === wanted) return plain
      throw mismatch(text, wanted)
    default:
      return asText
  }
}

const mismatch = (text: string, wanted: string) => new UnreadableScalar(`${JSON.stringify(text)} is no !!${wanted}`)

function fromBase64(text: string): string {
  const compact = text.replace(/[\r\n]/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
    throw new UnreadableScalar('the !!binary value is not base64')
  }
  return Buffer.from(compact, 'base64').toString('utf8')
}

/**
 * A scalar as key of a JSON object: numbers and booleans become text as sigs.k8s.io/yaml writes them.
 * @throws UnreadableScalar for null and for integers above 63 bits, which it refuses.
 */
export function keyText({ type, value }: TypedScalar): string {
  if (type === 'null') throw new UnreadableScalar('null cannot be a key')
  if (type === 'float' && typeof value === 'number') return shortFloat(value)
  if (type !== 'int') return String(value)
  const digits = JSON.stringify(value)
  if (BigInt.asIntN(64, BigInt(digits)) !== BigInt(digits)) throw new UnreadableScalar(`the integer ${digits} cannot be a key`)
  return digits
}

/** As Go's strconv.FormatFloat(value, 'g', -1, 32): the fewest digits that give the same 32-bit float, `1e+06` from seven places on. */
function shortFloat(value: number): string {
  const single = Math.fround(value)
  if (Number.isNaN(single)) return '.nan'
  if (!Number.isFinite(single)) return single < 0 ? '-.inf' : '.inf'
  const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const shortest = lengths.map(digits => single.toExponential(digits)).find(text => Math.fround(Number(text)) === single) ?? String(single)
  const [mantissa = '', power = '0'] = shortest.split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return String(Number(shortest))
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}
