/** The settings: everything that the user can say, after defaults and validation, as one readonly value that remembers where each part came from. */
import type { CachedThing } from './cache.ts'
import type { FieldKey, FieldValues } from './fields.ts'
import type { NamedText, Source, WrittenValue } from './source.ts'
import type { ToolName } from './tools.ts'
import type { Workload } from './workloads.ts'

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
