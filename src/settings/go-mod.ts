/**
 * Reads a go.mod: its module, what it requires of another, and which clusterctl goes with it: that of the Cluster API release that is built in.
 * Grammar and meaning: Go Modules Reference, "go.mod files".
 */
import semver from 'semver'
import type { VersionEntries, VersionEntry } from './tools.ts'

/** Cluster API's own module. */
export const MODULE = 'sigs.k8s.io/cluster-api'

interface Directive {
  readonly verb: string
  readonly words: readonly string[]
  readonly line: number
}

/** What a module requires of another. */
export interface Requirement {
  /** Nothing where the line has none. */
  readonly version: string | undefined
  readonly line: number
  readonly replacement: Replacement | undefined
}

/** The module that a go.mod is of. */
export const moduleIn = (text: string): string | undefined => directivesOf(text).find(({ verb }) => verb === 'module')?.words[0]

/** The Go that a module is built with: its `toolchain` where it has one, else its `go` line, as `1.25.0`. */
export function goVersionIn(text: string): string | undefined {
  const said = (verb: string) => directivesOf(text).find(one => one.verb === verb)?.words[0]
  const toolchain = said('toolchain')
  return toolchain?.startsWith('go') ? toolchain.slice('go'.length) : said('go')
}

/** What a go.mod requires of `module`, as `replace` changes it; nothing where it doesn't require it. */
export function requirementIn(text: string, module: string): Requirement | undefined {
  const directives = directivesOf(text).filter(({ words }) => words[0] === module)
  const required = directives.filter(({ verb }) => verb === 'require')
  if (required.length === 0) return undefined
  // Of several requirements Go takes the highest.
  const { words, line } = required.reduce((one, other) => (isHigher(other.words[1], one.words[1]) ? other : one))
  return { version: words[1], line, replacement: replacementOf(words[1], directives) }
}

/** The release of Cluster API that a module was written for, or why there is none. */
export type RequiredCapi = { readonly version: string } | { readonly unknown: string }

export function requiredCapiIn(text: string): RequiredCapi {
  const required = requirementIn(text, MODULE)
  // A folder that stands in has no version: what is required says most.
  const version = required?.replacement?.version ?? required?.version
  if (version === undefined) return { unknown: `go.mod requires no ${MODULE}` }
  if (isPseudo(version)) return { unknown: `go.mod requires Cluster API ${version}, a commit and no release` }
  return { version }
}

/** Empty where the module doesn't require Cluster API. */
export function readGoMod(text: string): VersionEntries {
  const required = requirementIn(text, MODULE)
  if (required === undefined) return new Map()
  const { version, line, replacement } = required
  return new Map([['clusterctl', replacement === undefined ? released(version, line) : replaced(replacement)]])
}

const isHigher = (one: string | undefined, other: string | undefined): boolean =>
  semver.valid(one) !== null && (semver.valid(other) === null || semver.gt(one ?? '', other ?? ''))

/** `v1.9.1-0.20240614160147-9a2d8cdc5ad6`: a commit between releases, with its time and hash. */
const PSEUDO_VERSION = /-(\S+\.)?\d{14}-[0-9a-f]{12}(\+incompatible)?$/

export const isPseudo = (version: string): boolean => PSEUDO_VERSION.test(version)

const NO_RELEASE = 'which is no release that has a clusterctl: set clusterctl-version'

function released(version: string | undefined, line: number): VersionEntry {
  if (version === undefined) return { line, refusal: `${MODULE} has no version` }
  return isPseudo(version) ? { line, refusal: `${MODULE} is the commit ${version}, ${NO_RELEASE}` } : { line, version }
}

interface Replacement {
  /** The one version that is replaced; nothing where every version is. */
  readonly only: string | undefined
  readonly path: string
  /** A folder has none. */
  readonly version: string | undefined
  readonly line: number
}

/** A fork's versions are its own, whatever they look like: `github.com/giantswarm/cluster-api v0.3.10-gs` has no clusterctl. */
function replaced({ path, version, line }: Replacement): VersionEntry {
  if (version === undefined) return { line, refusal: `${MODULE} is replaced by the folder ${path}, ${NO_RELEASE}` }
  return path === MODULE ? released(version, line) : { line, refusal: `${MODULE} is replaced by ${path} ${version}, ${NO_RELEASE}` }
}

/** A replacement of this very version goes before one of all versions. */
function replacementOf(version: string | undefined, directives: readonly Directive[]): Replacement | undefined {
  const all = directives.flatMap(({ verb, words, line }): Replacement[] => {
    const arrow = words.indexOf('=>')
    const path = words[arrow + 1]
    if (verb !== 'replace' || arrow < 1 || path === undefined) return []
    return [{ only: arrow === 1 ? undefined : words[1], path, version: words[arrow + 2], line }]
  })
  return all.find(({ only }) => only !== undefined && only === version) ?? all.find(({ only }) => only === undefined)
}

/** One per line, those in a block with the word before the parenthesis. */
function directivesOf(text: string): Directive[] {
  const directives: Directive[] = []
  let block: string | undefined
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const [first, ...rest] = wordsOf(content)
    if (first === undefined) continue
    if (block !== undefined && first === ')') block = undefined
    else if (block !== undefined) directives.push({ verb: block, words: [first, ...rest], line: index + 1 })
    else if (rest[0] === '(') block = first
    else directives.push({ verb: first, words: rest, line: index + 1 })
  }
  return directives
}

/** Words may stand in quotes or backquotes; `//` begins a comment. */
const wordsOf = (content: string): string[] =>
  [...content.replace(/\/\/.*/, '').matchAll(/"([^"]*)"|`([^`]*)`|[()]|[^\s()"`]+/g)].map(([word, quoted, raw]) => quoted ?? raw ?? word)
