/**
 * From the syntax tree of a YAML document to JSON, as kubectl gets there (go-yaml v2 and sigs.k8s.io/yaml): anchors, merge keys, keys
 * that become text. A key that is set twice is an error here; kubectl takes the last and says nothing.
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { jsonValue, keyText, readScalar, type TypedScalar, UnreadableScalar } from './yaml-scalar.ts'

/** Something in a document that JSON cannot hold, at an offset of the text. */
export class UnreadableNode extends Error {
  readonly offset: number

  constructor(offset: number, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.offset = offset
  }
}

type JsonMap = Record<string, unknown>

/** Values that aliases may stand for, all together, before a document counts as an attack ("billion laughs"). */
const MOST_COPIES = 100_000

/**
 * The JSON value of a document's root; null for an empty one.
 * @throws UnreadableNode
 */
export const valueOfDocument = (root: Node | null): unknown => (root === null ? null : new DocumentReader().value(root))

class DocumentReader {
  /** Finished values by anchor; `undefined` while the anchored node itself is being read. */
  readonly #anchors = new Map<string, unknown>()
  #copies = 0

  value(node: Node): unknown {
    if (isAlias(node)) return this.#aliased(node)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    const value = this.#plainValue(node)
    if (anchor !== undefined) this.#anchors.set(anchor, value)
    return value
  }

  #plainValue(node: Node): unknown {
    if (isMap(node)) return this.#map(node)
    if (isSeq(node)) return this.#sequence(node)
    if (isScalar(node)) return located(node, () => jsonValue(typedScalar(node)))
    throw new UnreadableNode(offsetOf(node), 'this is no YAML node')
  }

  #sequence(node: YAMLSeq): unknown[] {
    return node.items.map(item => (isNode(item) ? this.value(item) : null))
  }

  #map(node: YAMLMap): JsonMap {
    const map: JsonMap = {}
    const own = new Set<string>()
    for (const pair of node.items) {
      if (isMerge(pair)) {
        this.#merge(pair.value, map)
        continue
      }
      const key = this.#key(pair.key)
      if (own.has(key)) throw new UnreadableNode(offsetOf(pair.key), `the key ${JSON.stringify(key)} is set twice`)
      own.add(key)
      setField(map, key, isNode(pair.value) ? this.value(pair.value) : null)
    }
    return map
  }

  #key(node: unknown): string {
    if (isScalar(node)) {
      if (node.anchor !== undefined)
        this.#anchors.set(
          node.anchor,
          located(node, () => jsonValue(typedScalar(node))),
        )
      return located(node, () => keyText(typedScalar(node)))
    }
    const value = isAlias(node) ? this.#aliased(node) : undefined
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw new UnreadableNode(offsetOf(node), 'only text, a number or a boolean can be a key')
  }

  /** Keys of the merged mappings take the place of what stands before `<<`, and give way to what follows it, as in go-yaml v2. */
  #merge(node: unknown, into: JsonMap): void {
    // Of several mappings the first wins.
    const sources = isSeq(node) ? node.items.toReversed() : [node]
    for (const source of sources) {
      const value = isAlias(source) || isMap(source) ? this.value(source) : undefined
      if (!isJsonMap(value)) throw new UnreadableNode(offsetOf(node), 'only mappings can be merged by "<<"')
      for (const [key, field] of Object.entries(value)) setField(into, key, field)
    }
  }

  #aliased(node: Alias): unknown {
    if (!this.#anchors.has(node.source)) throw new UnreadableNode(offsetOf(node), `no anchor &${node.source} stands before *${node.source}`)
    const value = this.#anchors.get(node.source)
    if (value === undefined) throw new UnreadableNode(offsetOf(node), `the value of &${node.source} holds *${node.source} itself`)
    return this.#copy(value, node)
  }

  /** Each alias gets a value of its own, so that an edit in one place changes one place. */
  #copy(value: unknown, alias: Alias): unknown {
    if (++this.#copies > MOST_COPIES) throw new UnreadableNode(offsetOf(alias), 'its aliases stand for far too many values')
    if (Array.isArray(value)) return value.map(item => this.#copy(item, alias))
    if (!isJsonMap(value)) return value
    const copy: JsonMap = {}
    for (const [key, field] of Object.entries(value)) setField(copy, key, this.#copy(field, alias))
    return copy
  }
}

/** The offset of what `path` leads to: of a mapping's key, of a sequence's item; of the last part that exists where it goes on further. */
export function offsetOfPath(root: Node | null, path: readonly (string | number)[], resolve: (alias: Alias) => Node | undefined): number {
  let offset = offsetOf(root)
  let node: unknown = root
  for (const part of path) {
    if (isAlias(node)) node = resolve(node)
    const pair = isMap(node) ? node.items.findLast(item => keyOf(item) === String(part)) : undefined
    const item = isSeq(node) ? node.items[Number(part)] : pair?.value
    const found = pair === undefined ? item : pair.key
    if (!isNode(found)) break
    offset = offsetOf(found)
    node = item
  }
  return offset
}

/** The key of a pair that was read before without an error. */
const keyOf = ({ key }: Pair): string | undefined => (isScalar(key) ? keyText(typedScalar(key)) : undefined)

const typedScalar = (node: Scalar): TypedScalar =>
  readScalar(node.type === 'PLAIN' ? (node.source ?? '') : String(node.value), node.tag, node.type !== 'PLAIN')

function located<T>(node: Scalar, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof UnreadableScalar) throw new UnreadableNode(offsetOf(node), error.message, { cause: error })
    throw error
  }
}

const MERGE_TAGS: readonly (string | undefined)[] = [undefined, 'tag:yaml.org,2002:merge']

const isMerge = ({ key }: Pair): boolean => isScalar(key) && key.type === 'PLAIN' && key.source === '<<' && MERGE_TAGS.includes(key.tag)

const isNode = (value: unknown): value is Node => isAlias(value) || isScalar(value) || isMap(value) || isSeq(value)

const offsetOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)

/** Not so for the frozen objects that stand for exact integers (JSON.rawJSON). */
const isJsonMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype

/** Sets a field of that very name, `__proto__` too. */
function setField(map: JsonMap, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  else map[key] = value
}
