/** Defaults that follow from other settings or from the machine: the node image from the Kubernetes version, folders from the runner or the home. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import semver from 'semver'
import type { FieldValues } from './fields.ts'
import type { ToolName } from './tools.ts'

/** The Kubernetes version of kind v0.32.0 and the node image that it was released with (kind, pkg/apis/config/defaults/image.go). */
export const defaultKubernetes = {
  version: 'v1.36.1',
  nodeImage: 'kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5',
} as const

interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
}

export function resolveDefaults(said: FieldValues, machine: Machine) {
  const kubernetesVersion = said.kubernetesVersion ?? versionInTag(said.nodeImage) ?? defaultKubernetes.version
  const stateDir = said.stateDir ?? defaultStateDir(said.clusterName, machine)
  return {
    kubernetesVersion,
    nodeImage: said.nodeImage ?? nodeImageOf(kubernetesVersion),
    tools: [...new Set(said.tools ?? toolsAlways(said))],
    pullSecret: said.pullSecret ?? said.registryUsername !== undefined,
    kubectlVersion: said.kubectlVersion ?? `${semver.major(kubernetesVersion)}.${semver.minor(kubernetesVersion)}.x`,
    cacheDir: said.cacheDir ?? defaultCacheDir(machine),
    stateDir,
    kubeconfigFile: said.kubeconfigFile ?? join(stateDir, 'kubeconfig'),
    reportDir: said.reportDir ?? join(stateDir, 'report'),
  }
}

/** helm is wanted where its version is said, the others always. */
const toolsAlways = ({ helmVersion }: FieldValues): readonly ToolName[] => [
  'kind',
  'kustomize',
  'clusterctl',
  'kubectl',
  ...(helmVersion === undefined ? [] : (['helm'] as const)),
]

const nodeImageOf = (version: string): string =>
  version === defaultKubernetes.version ? defaultKubernetes.nodeImage : `kindest/node:${version}`

/** `v1.34.4` of `kindest/node:v1.34.4@sha256:…`. */
function versionInTag(image: string | undefined): string | undefined {
  return image === undefined ? undefined : /:(v\d+\.\d+\.\d+)(@|$)/.exec(image)?.[1]
}

const home = ({ env }: Machine): string => env.HOME || homedir()

const defaultStateDir = (cluster: string, machine: Machine): string =>
  join(machine.env.RUNNER_TEMP || machine.env.XDG_STATE_HOME || join(home(machine), '.local', 'state'), 'capi-actions', cluster)

const defaultCacheDir = (machine: Machine): string =>
  machine.env.RUNNER_TOOL_CACHE || join(machine.env.XDG_CACHE_HOME || join(home(machine), '.cache'), 'capi-actions')
