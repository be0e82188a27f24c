/** What a provider's own files say: which Cluster API it was written for (go.mod), and which contract it has (metadata.yaml). */
import { parseYaml } from '../manifests/yaml.ts'

const MODULE = 'sigs.k8s.io/cluster-api'

/** A commit between releases, as Go writes it (golang.org/x/mod, module.IsPseudoVersion). */
const PSEUDO_VERSION = /^v\d+\.(0\.0-|\d+\.\d+-([^+]*\.)?0\.)\d{14}-[A-Za-z0-9]+(\+incompatible)?$/

/** A version or a minor of Cluster API with the file that says so, or why there is none. */
export type Required = { readonly version: string; readonly by: string } | { readonly unknown: string }

export interface Contract {
  readonly name: string
  /** The release series that has it: `v0.15`. */
  readonly series: string
  /** Where it is said. */
  readonly where: string
}

/** The files of a provider at one git ref, as far as it has them. */
export interface ProviderFiles {
  readonly goMod: string | undefined
  readonly metadata: { readonly text: string; readonly file: string } | undefined
}

export interface Provider {
  /** Empty for the checkout as it is. */
  readonly ref: string
  readonly required: Required
  readonly contract: Contract | undefined
}

/** @throws Failure when metadata.yaml is no YAML. */
export function provider(ref: string, { goMod, metadata }: ProviderFiles): Provider {
  const contract = metadata && contractIn(metadata.text, metadata.file)
  return { ref, required: requiredCapi(goMod, contract), contract }
}

/** Cluster API's own repository requires nothing: it is its newest release series. */
export function requiredCapi(goMod: string | undefined, own: Contract | undefined): Required {
  if (goMod === undefined) return { unknown: 'there is no go.mod' }
  const directives = directivesOf(goMod)
  if (directives('module')[0]?.[0] === MODULE)
    return own === undefined
      ? { unknown: 'the repository is Cluster API itself, and metadata.yaml has no release series' }
      : { version: own.series, by: 'metadata.yaml' }
  const required = directives('require').find(([module]) => module === MODULE)?.[1]
  const version = replacement(directives('replace'), required) ?? required
  if (version === undefined) return { unknown: `go.mod requires no ${MODULE}` }
  if (PSEUDO_VERSION.test(version)) return { unknown: `go.mod requires Cluster API ${version}, a commit and no release` }
  return { version, by: 'go.mod' }
}

/** The version that stands in for `required`, where one does and is no folder. */
function replacement(replaces: readonly (readonly string[])[], required: string | undefined): string | undefined {
  const targets = replaces.flatMap(words => {
    const [module, replaced] = words
    const [, version] = words.slice(words.indexOf('=>') + 1)
    return module === MODULE && (replaced === '=>' || replaced === required) ? [version] : []
  })
  return targets[0]
}

/** The words after each `verb`, in a line or in a block of lines (Go modules reference, "go.mod files"). */
function directivesOf(goMod: string): (verb: string) => readonly (readonly string[])[] {
  let block = ''
  const directives: { verb: string; words: readonly string[] }[] = []
  for (const line of goMod.split('\n')) {
    const words = line
      .replace(/\/\/.*$/, '')
      .split(/\s+/)
      .map(word => word.replaceAll(/^["`]|["`]$/g, ''))
      .filter(word => word !== '')
    const [first = ''] = words
    if (first === ')') block = ''
    else if (block !== '') directives.push({ verb: block, words })
    else if (words[1] === '(') block = first
    else directives.push({ verb: first, words: words.slice(1) })
  }
  return verb => directives.filter(directive => directive.verb === verb && directive.words.length > 0).map(({ words }) => words)
}

/**
 * The contract of the newest release series; undefined where there is none.
 * @throws Failure when the text is no YAML.
 */
export function contractIn(text: string, file: string): Contract | undefined {
  const { value, positionOf } = parseYaml(text, file)
  const series = isMapping(value) && Array.isArray(value.releaseSeries) ? value.releaseSeries : []
  const known = series.flatMap((one, index) => (isSeries(one) ? [{ ...one, index }] : []))
  const newest = known.toSorted((one, other) => other.major - one.major || other.minor - one.minor)[0]
  return (
    newest && {
      name: newest.contract,
      series: `v${newest.major}.${newest.minor}`,
      where: positionOf(['releaseSeries', newest.index, 'contract']),
    }
  )
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isSeries = (value: unknown): value is { major: number; minor: number; contract: string } =>
  isMapping(value) && Number.isInteger(value.major) && Number.isInteger(value.minor) && typeof value.contract === 'string'
