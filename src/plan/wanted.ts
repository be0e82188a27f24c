/** What a plan is made from, all of it read beforehand: a plan is a pure function of this. */
import type { Recorder } from '../host/work.ts'
import type { ObservabilityTool } from '../providers/observability.ts'
import type { Provider } from '../providers/provider.ts'
import type { Repository } from '../providers/repository.ts'
import type { Settings } from '../settings/settings.ts'

export interface Wanted {
  readonly settings: Settings
  /** Nothing where no provider is built. */
  readonly repository: Repository | undefined
  readonly providers: readonly Provider[]
  /** Nothing where none is wanted. */
  readonly observability: readonly ObservabilityTool[]
  /** Texts of the workload cluster's ClusterClasses and template; undefined where none is wanted. */
  readonly workload: WorkloadTexts | undefined
  /** True when the record says that an earlier run of ours made (or began to make) this cluster. */
  readonly clusterIsOurs: boolean
  /** The same of the workload cluster. */
  readonly workloadIsOurs: boolean
  readonly record: Recorder
}

export interface WorkloadTexts {
  readonly classes: readonly NamedText[]
  readonly template: NamedText
}

interface NamedText {
  readonly file: string
  readonly text: string
}
