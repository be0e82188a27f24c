/** `tool …`: the tools that the run itself needs, and those that the user goes on with. */
import type { ReleasedProvider } from '../providers/choose.ts'
import type { Provider } from '../providers/provider.ts'
import { capiAmong, type Repository } from '../providers/repository.ts'
import type { Settings } from '../settings/settings.ts'
import { installTool, type Tool } from '../tools/install.ts'
import { type Task, task } from './task.ts'

export interface ToolTasks {
  readonly kind: Task<Tool>
  readonly kustomize: Task<Tool>
  readonly kubectl: Task<Tool>
  readonly clusterctl: Task<Tool>
  /** Only where the user wants it, or charts are rendered. */
  readonly helm?: Task<Tool>
}

interface Versions {
  readonly settings: Settings
  readonly providers?: readonly Provider[]
  readonly repositories: readonly Repository[]
  readonly released?: readonly ReleasedProvider[]
  readonly rendersCharts?: boolean
}

/** What Cluster API asks for its observability; kustomize speaks with helm 3. */
const HELM_FOR_CHARTS = '^3.7.1'

function helmOf({ settings, providers = [], rendersCharts = false }: Versions): string | undefined {
  const { helmVersion, observability, helmCharts } = settings
  const isNeeded = observability.length + helmCharts.length > 0 || rendersCharts || providers.some(enablesHelm)
  return helmVersion ?? (isNeeded ? HELM_FOR_CHARTS : undefined)
}

/** Whether the kustomization of a provider has charts, which kustomize has helm render. */
export const enablesHelm = ({ manifests }: Pick<Provider, 'manifests'>): boolean => manifests?.options.includes('--enable-helm') === true

/** @param restored What downloads of earlier jobs come with. */
export function toolTasks(versions: Versions, restored?: Task): ToolTasks {
  const { settings, repositories, released = [] } = versions
  const needs = restored === undefined ? [] : [restored]
  const install = (name: keyof ToolTasks, version: string): Task<Tool> =>
    task(
      `tool ${name}`,
      `Finds ${name} ${version} on PATH or in the cache, or downloads it and verifies its checksum.`,
      needs,
      async work => {
        const request = { name, version, mirrors: settings.downloadMirrors, token: settings.githubToken, cacheDir: settings.cacheDir }
        const tool = await installTool(request, work)
        if (tool.source !== 'download') work.unchanged(`${tool.version} is ${tool.source === 'path' ? 'on PATH' : 'in the cache'}`)
        return tool
      },
    )
  const helm = helmOf(versions)
  return {
    kind: install('kind', settings.kindVersion),
    kustomize: install('kustomize', settings.kustomizeVersion),
    kubectl: install('kubectl', settings.kubectlVersion),
    clusterctl: install('clusterctl', settings.clusterctlVersion ?? ofCore(released) ?? capiAmong(repositories)?.clusterctl ?? 'latest'),
    ...(helm === undefined ? {} : { helm: install('helm', helm) }),
  }
}

/** The clusterctl that goes with a core that is released is of the same release. */
function ofCore(released: readonly ReleasedProvider[]): string | undefined {
  const version = released.find(({ name }) => name === 'core')?.version
  if (version?.is === 'newest of') return version.range
  return version?.is === 'exact' ? version.version : undefined
}

/** The tools that the user wants by themselves, whatever a repository would say. */
export function wantedToolTasks(settings: Settings, restored?: Task): readonly Task<Tool>[] {
  const all = toolTasks({ settings: { ...settings, helmVersion: settings.helmVersion ?? 'latest' }, repositories: [] }, restored)
  return settings.tools.flatMap(name => all[name] ?? [])
}

/** What decides on the versions of tools. */
export const versionsAsked = (versions: Versions): readonly (string | undefined)[] => {
  const { settings, repositories } = versions
  const { kindVersion, kustomizeVersion, kubectlVersion, clusterctlVersion } = settings
  return [kindVersion, kustomizeVersion, kubectlVersion, clusterctlVersion ?? capiAmong(repositories)?.clusterctl, helmOf(versions)]
}
