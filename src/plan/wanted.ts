/** What a plan is made from, all of it read beforehand: a plan is a pure function of this. */
import type { CacheService } from '../cache/service.ts'
import type { Recorder } from '../host/work.ts'
import type { Provider } from '../providers/provider.ts'
import type { Repository } from '../providers/repository.ts'
import type { Settings } from '../settings/settings.ts'

export interface Wanted {
  readonly settings: Settings
  /** Nothing where no provider is built. */
  readonly repository: Repository | undefined
  readonly providers: readonly Provider[]
  /** Texts of the workload cluster's ClusterClasses and template; undefined where none is wanted. */
  readonly workload: WorkloadTexts | undefined
  /** True when the record says that an earlier run of ours made (or began to make) this cluster. */
  readonly clusterIsOurs: boolean
  /** The same of the workload cluster. */
  readonly workloadIsOurs: boolean
  readonly record: Recorder
  /** Where there is one, and something is to be kept in it. */
  readonly cache?: CacheService | undefined
}

export interface WorkloadTexts {
  readonly classes: readonly NamedText[]
  readonly template: NamedText
}

interface NamedText {
  readonly file: string
  readonly text: string
}
