/** Which values `${NAME}` has in manifests of providers and in templates of workload clusters, and which values are secrets by their name. */
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

/** Variables of workload cluster templates that are inputs of their own, with these. */
export const decidedBy = { CLUSTER_NAME: 'workload-name', NAMESPACE: 'workload-namespace' } as const

/** The runner's own variables and what it gives to actions, among them credentials of the job. */
const OF_THE_RUNNER = /^(INPUT_|STATE_|ACTIONS_|GITHUB_|RUNNER_|CAPI_ACTIONS_|GH_TOKEN$)/

/** What of the process's environment manifests may use. */
export const usableEnvironment = (environment: Readonly<Record<string, string | undefined>>): Variables =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined || OF_THE_RUNNER.test(name) ? [] : [[name, value]])),
  )

const SECRET_NAME = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY|API_KEY/i

/** True for names such as `AWS_B64ENCODED_CREDENTIALS`. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

/** Shorter values hide nothing and would star out half a log (`true`, `1`). */
const SHORTEST_SECRET = 6

export const secretValues = (variables: Variables): string[] =>
  Object.entries(variables).flatMap(([name, value]) => (isSecretName(name) && value.length >= SHORTEST_SECRET ? [value] : []))

/** The same at any depth of a value that users write as they like, such as values of a chart. */
export function secretsWithin(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return [...secretValues(Object.fromEntries(texts)), ...entries.flatMap(([, one]) => secretsWithin(one))]
}
