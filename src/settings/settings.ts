/** The settings: everything that the user can say, after defaults and validation, as one readonly value that remembers where each part came from. */
import type { CachedThing } from './cache.ts'
import type { FieldKey, FieldValues } from './fields.ts'
import type { ToolName } from './tools.ts'
import type { Workload } from './workloads.ts'

/** Where a value came from. */
export interface Source {
  readonly kind: 'input' | 'flag' | 'environment' | 'file' | 'default'
  /** As errors name it: `input providers`, `--providers`, `CAPI_KIND_CLUSTER_NAME in the environment`, `tilt-settings.yaml:3:1`, `.tool-versions:2`, `default`. */
  readonly where: string
}

/** A text with the file that it came from; text that was given directly has the name of its setting instead. */
export interface NamedText {
  readonly text: string
  readonly file: string
}

/** A YAML value that is judged where it is used, and where its parts were written. */
export interface WrittenValue {
  readonly value: unknown
  readonly positionOf: (path: readonly (string | number)[]) => string
}

/** Fields whose value follows from other settings where nobody says one, or that are read or resolved while loading. */
interface Resolved {
  /** Absolute, as are all paths here. */
  readonly repository: string
  readonly kubernetesVersion: string
  readonly nodeImage: string
  readonly tools: readonly ToolName[]
  readonly kubectlVersion: string
  readonly kindConfig: NamedText | undefined
  readonly providerConfig: WrittenValue | undefined
  /** PEM text. */
  readonly registryCa: string | undefined
  readonly pullSecret: boolean
  readonly cacheDir: string
  /** Each once, without `all`; empty where there is no cache service. */
  readonly cache: readonly CachedThing[]
  readonly stateDir: string
  readonly kubeconfigFile: string
  readonly reportDir: string
}

export interface Settings extends Omit<FieldValues, keyof Resolved>, Resolved {
  readonly sources: Readonly<Record<FieldKey, Source>>
  /** The workload clusters that are wanted, by inputs for one or for several. */
  readonly workloads: readonly Workload[]
  /** What relative paths of inputs and flags start from. */
  readonly workingDirectory: string
  /** Variables of the process that manifests and templates may use: all but the runner's own; and below them those of `clusterctl-file`. */
  readonly environment: Readonly<Record<string, string>>
  /** Variables that are made from what is said of clouds, beside `credentials`. */
  readonly cloudVariables: Readonly<Record<string, string>>
  /** Plain sentences on what was said and is not acted on. */
  readonly notices: readonly string[]
  /** Values that no log may show. */
  readonly secrets: readonly string[]
}
