/**
 * Reads YAML the way kubectl does: what a manifest says to us is what it says to `kubectl apply`, byte for byte of the JSON that the API
 * server gets. Where kubectl drops text without a word (the first of two equal keys, a document after `...`), this reads it or refuses it.
 * `test/conformance/yaml.test.ts` compares with kubectl's own libraries.
 */
import { type Alias, type Document, parseAllDocuments, type YAMLParseError } from 'yaml'
import { Failure } from '../host/failure.ts'
import type { KubeObject } from './object.ts'
import { objectsOf } from './objects.ts'
import { placeIn, positionsIn } from './position.ts'
import { offsetOfPath, UnreadableNode, valueOfDocument } from './yaml-value.ts'

export type Path = readonly (string | number)[]

export interface YamlDocument {
  /** JSON; null for an empty document. Integers beyond 2^53 are JSON.rawJSON values: they survive JSON.stringify, not structuredClone. */
  readonly value: unknown
  /** `file:line:column` of the key or item that `path` leads to, or of the last part of the path that exists. */
  readonly positionOf: (path: Path) => string
}

/**
 * The documents of a text, without empty ones.
 * @param file Names the text in errors.
 * @throws Failure with `file:line:column` for text that is no YAML, or that JSON cannot hold.
 */
export function readDocuments(source: string, file: string): YamlDocument[] {
  const text = withoutByteOrderMarks(source)
  const positionAt = positionsIn(text)
  const placeAt = (offset: number) => placeIn(file, positionAt(offset))
  refuseControlCharacters(text, file, placeAt)
  const documents: Document.Parsed[] = parse(text)
  refuseBroken(documents, file, placeAt)
  return documents.map(document => read(document, file, placeAt)).filter(document => document.value !== null)
}

/**
 * The one document of a configuration file; its value is null when the file is empty.
 * @throws Failure as `readDocuments`, and when there are several documents.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const [first, second] = readDocuments(text, file)
  if (second !== undefined) {
    throw new Failure({
      what: `${file} holds more than one YAML document`,
      why: 'one is expected',
      remedy: 'keep one: what stands behind --- is another',
      where: second.positionOf([]),
    })
  }
  return first ?? { value: null, positionOf: () => `${file}:1:1` }
}

/**
 * The Kubernetes objects of a text, Lists taken apart, in their order.
 * @throws Failure as `readDocuments`, and for objects without apiVersion, kind or name: one Failure that names them all.
 */
export function parseManifests(text: string, file: string): KubeObject[] {
  const read = readDocuments(text, file).map(document => ({ document, ...objectsOf(document.value, file) }))
  const problems = read.flatMap(({ document, flaws }) => flaws.map(flaw => ({ ...flaw, place: document.positionOf(flaw.path) })))
  const [first, ...others] = problems
  if (first === undefined) return read.flatMap(({ objects }) => objects)
  throw new Failure({
    what: first.text,
    remedy: first.remedy,
    where: first.place,
    details: others.map(problem => `${problem.place}: ${problem.text}`),
  })
}

/** One may stand before any document, where files were put together. */
const withoutByteOrderMarks = (text: string): string => text.replace(/^\uFEFF/, '').replace(/^(---[^\n]*\n)\uFEFF/gm, '$1')

/** Everything as plain text: what scalars mean is ours to say (yaml-scalar.ts), and so are merge keys and equal keys (yaml-value.ts). */
const parse = (text: string): Document.Parsed[] => [
  ...parseAllDocuments(text, { schema: 'failsafe', resolveKnownTags: false, merge: false, uniqueKeys: false, prettyErrors: false }),
]

/** libyaml's rule, which is YAML's own; the parser used here lets them pass. */
const CONTROL = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function refuseControlCharacters(text: string, file: string, placeAt: (offset: number) => string): void {
  const found = CONTROL.exec(text)
  if (found === null) return
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  throw new Failure({ what: `${file} is not valid YAML`, why: `it holds the control character U+${code}`, where: placeAt(found.index) })
}

function refuseBroken(documents: readonly Document.Parsed[], file: string, placeAt: (offset: number) => string): void {
  // The first error of a document is the one to correct; those behind it follow from it.
  const errors = documents.flatMap(document => document.errors.slice(0, 1))
  const problems = errors.map(error => ({ place: placeAt(error.pos[0]), reason: reasonOf(error) }))
  const [first, ...others] = problems
  if (first === undefined) return
  throw new Failure({
    what: `${file} is not valid YAML`,
    why: first.reason,
    where: first.place,
    details: others.map(problem => `${problem.place}: ${problem.reason}`),
  })
}

function reasonOf({ code, message }: YAMLParseError): string {
  if (code === 'MISSING_CHAR' && message.startsWith('Missing closing')) {
    return 'a quoted text is not closed, or its next line is not indented more than its key'
  }
  // Some messages end with the text in question, which may hold a secret after substitution.
  return lowerFirst(message.replace(/: ".*$/s, ''))
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

function read(document: Document.Parsed, file: string, placeAt: (offset: number) => string): YamlDocument {
  const root = document.contents
  const resolve = (alias: Alias) => alias.resolve(document)
  try {
    return { value: valueOfDocument(root), positionOf: path => placeAt(offsetOfPath(root, path, resolve)) }
  } catch (error) {
    if (!(error instanceof UnreadableNode)) throw error
    throw new Failure({ what: `${file} cannot be read`, why: error.message, where: placeAt(error.offset), cause: error })
  }
}
