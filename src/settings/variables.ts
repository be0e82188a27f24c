/** Which values `${NAME}` has in manifests of providers and in templates of workload clusters. */
import type { Settings } from './settings.ts'
import type { Workload } from './workloads.ts'

export type Variables = Readonly<Record<string, string>>

/** Variables of provider manifests. As in Tilt, substitutions win over the environment. */
export const providerVariables = (settings: Settings): Variables => ({
  // Without the gate, webhooks refuse every ClusterClass: "can be set only if the ClusterTopology feature flag is enabled".
  ...(settings.workloads.length === 0 ? {} : { CLUSTER_TOPOLOGY: 'true' }),
  ...settings.environment,
  ...settings.cloudVariables,
  ...settings.substitutions,
})

/** Variables of the templates of a workload cluster. The four defaults are Tilt's, which the environment does not override there either. */
export const workloadVariables = (settings: Settings, workload: Workload): Variables => ({
  ...settings.environment,
  ...settings.cloudVariables,
  KUBERNETES_VERSION: settings.kubernetesVersion,
  CONTROL_PLANE_MACHINE_COUNT: '1',
  WORKER_MACHINE_COUNT: '1',
  ...settings.substitutions,
  ...settings.workloadVariables,
  ...(workload.kubernetesVersion === undefined ? {} : { KUBERNETES_VERSION: workload.kubernetesVersion }),
  ...workload.variables,
  NAMESPACE: workload.namespace,
  CLUSTER_NAME: workload.name,
})

/** The runner's own variables and what it gives to actions, among them credentials of the job. */
const OF_THE_RUNNER = /^(INPUT_|STATE_|ACTIONS_|GITHUB_|RUNNER_|CAPI_ACTIONS_|GH_TOKEN$)/

/** What of the process's environment manifests may use. */
export const usableEnvironment = (environment: Readonly<Record<string, string | undefined>>): Variables =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined || OF_THE_RUNNER.test(name) ? [] : [[name, value]])),
  )
