/** What a plan is made from, all of it read beforehand: a plan is a pure function of this. */
import type { CacheService } from '../cache/service.ts'
import type { Failure } from '../host/failure.ts'
import type { Recorder } from '../host/work.ts'
import type { ReleasedProvider } from '../providers/choose.ts'
import type { ObservabilityTool } from '../providers/observability.ts'
import type { Project } from '../providers/projects.ts'
import type { Provider } from '../providers/provider.ts'
import type { Repository } from '../providers/repository.ts'
import type { WorkloadSources } from '../providers/templates.ts'
import { isNone } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'
import type { NamedText } from '../settings/source.ts'
import type { Workload } from '../settings/workloads.ts'

export interface Wanted {
  readonly settings: Settings
  /** Checkouts that providers are built from, that of `repository` first; none where nothing is built. */
  readonly repositories: readonly Repository[]
  /** Those that are built. */
  readonly providers: readonly Provider[]
  /** Those whose releases are deployed. */
  readonly released?: readonly ReleasedProvider[]
  /** Releases that nothing is deployed of: clusterctl is to know them. */
  readonly further?: readonly ReleasedProvider[]
  /** Nothing where none is wanted. */
  readonly observability: readonly ObservabilityTool[]
  /** Built and deployed beside the providers. */
  readonly projects?: readonly Project[]
  /** Sentences on what settings say of providers in vain. */
  readonly notices?: readonly string[]
  /** True where a kustomization of the user has helm render a chart. */
  readonly rendersCharts?: boolean
  readonly workloads: readonly WantedWorkload[]
  /** True when the record says that an earlier run of ours made (or began to make) this cluster. */
  readonly clusterIsOurs: boolean
  readonly record: Recorder
  /** Where there is one, and something is to be kept in it. */
  readonly cache?: CacheService | undefined
}

/** A workload cluster, and where its template is. */
export interface WantedWorkload {
  readonly workload: Workload
  readonly from: WorkloadTexts | BuiltTemplate | ReleasedTemplate
  /** True when the record says that an earlier run of ours made this cluster, or began to. */
  readonly ours: boolean
}

export interface WorkloadTexts {
  /** ClusterClasses, each with its templates. */
  readonly classes: readonly NamedText[]
  readonly template: NamedText
}

/** Of which a part at least is to be built with kustomize. */
export interface BuiltTemplate {
  readonly sources: WorkloadSources
}

/** Releases alone need no registry and no kustomize. */
export const isBuilding = ({ providers, released = [], projects = [] }: Pick<Wanted, 'providers' | 'released' | 'projects'>): boolean =>
  providers.length > 0 || projects.length > 0 || released.length === 0

export const hasProviders = ({ settings }: Wanted): boolean => !isNone(settings.providers)

/** Whether there is a registry in the run: where nothing is built, or what is built goes nowhere from here, none is started. */
export const usesRegistry = (wanted: Pick<Wanted, 'settings' | 'providers' | 'released' | 'projects'>): boolean =>
  wanted.settings.registry !== undefined || (wanted.settings.kubeconfig === undefined && isBuilding(wanted))

/** A template that no folder has: a released provider may have it. */
export interface ReleasedTemplate {
  readonly flavor: string
  /** Names of ClusterClasses; those that the template names where there are none. */
  readonly classes: readonly string[]
  /** What is wrong where no release has it either. */
  readonly otherwise: Failure
}
