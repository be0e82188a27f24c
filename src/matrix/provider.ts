/** What a provider's own files say: which Cluster API it was written for (go.mod), and which contract it has (metadata.yaml). */
import { releaseSeriesIn } from '../manifests/release-series.ts'
import { MODULE, moduleIn, requiredCapiIn } from '../settings/go-mod.ts'

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
  if (moduleIn(goMod) === MODULE)
    return own === undefined
      ? { unknown: 'the repository is Cluster API itself, and metadata.yaml has no release series' }
      : { version: own.series, by: 'metadata.yaml' }
  const required = requiredCapiIn(goMod)
  return 'version' in required ? { ...required, by: 'go.mod' } : required
}

/**
 * The contract of the newest release series that has one; undefined where there is none.
 * @throws Failure when the text is no YAML.
 */
export function contractIn(text: string, file: string): Contract | undefined {
  for (const { major, minor, contract, where } of releaseSeriesIn(text, file))
    if (contract !== undefined) return { name: contract, series: `v${major}.${minor}`, where }
  return undefined
}
