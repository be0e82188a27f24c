/** The outputs of the root action: action.yml and the reference are made from this list. */
import { ENGINE_VARIABLE, engineName } from '../host/container-engine.ts'
import type { Unfinished } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'

export const outputs = {
  kubeconfig:
    'Path of the kubeconfig of the management cluster; later steps have it in `KUBECONFIG` too, unless there is a `service-account`.',
  context: 'Name of its context.',
  registry:
    'What references of images that are built begin with: `localhost:5000`, or the remote `registry`; empty where nothing is built.',
  images: 'Images that were built, as a JSON object from provider to image reference.',
  providers:
    'Providers that are deployed, as a JSON list of `name`, `version`, `namespace`, `image` and `source`, which is `built` or `released`.',
  'clusterctl-config':
    'Path of a clusterctl.yaml with what is deployed, built or released, as a local repository: for `clusterctl generate cluster`, `upgrade` and `move` with `--config`.',
  'workload-kubeconfig': 'Path of the kubeconfig of the workload cluster, of the first where there are several; empty without one.',
  'workload-kubeconfigs': 'Paths of the kubeconfigs of all workload clusters, as a JSON object by their names.',
  'port-forwards':
    'Commands that make observability tools and projects reachable from where the kubeconfig is, as a JSON object by name. Later steps can open them all by `capi-actions port-forward &`.',
  'service-account-kubeconfig':
    'Path of the kubeconfig of `service-account`, which later steps have in `KUBECONFIG` then; empty without one.',
  report: 'Folder of the report, of a run that failed too: `summary.md`, `timeline.json`, `run.log`.',
} as const

/** The output of a dry run, of every action that has one. */
export const planOutput = {
  plan: 'What would be done, as a JSON object with the `tasks` and their `needs`, and the `variables` of the templates of workload clusters. Of a dry run only; where the server was asked, with all `objects` and what would come of them.',
} as const

export type OutputName = keyof typeof outputs

/** What is known of them after a run, whether it succeeded or not. `report`: the folder that the report was written to, if it was. */
export function outputsOf(made: Unfinished, report: string | undefined): Record<string, string> {
  const known: Record<OutputName, string | undefined> = {
    kubeconfig: made.kubeconfig,
    context: made.context,
    registry: made.registry,
    images: JSON.stringify(made.images),
    providers: JSON.stringify(made.providers),
    'clusterctl-config': made.clusterctlConfig,
    'workload-kubeconfig': made.workloadKubeconfig,
    'workload-kubeconfigs': JSON.stringify(made.workloadKubeconfigs),
    'port-forwards': portForwards(made),
    'service-account-kubeconfig': made.serviceAccount?.kubeconfig,
    report,
  }
  return Object.fromEntries(Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/**
 * What later steps have in their environment: where the cluster is, for kubectl and, where it is not in docker, for kind and for actions of ours. Where a ServiceAccount is
 * wanted its kubeconfig or, when the run has not come that far, none.
 */
export function environmentOfRun(made: Unfinished, { serviceAccount: wanted }: Pick<Settings, 'serviceAccount'>): Record<string, string> {
  const engine = engineName() === 'docker' ? {} : { [ENGINE_VARIABLE]: engineName() }
  const file = wanted === undefined ? made.kubeconfig : made.serviceAccount?.kubeconfig
  return file === undefined ? engine : { KUBECONFIG: file, ...engine }
}

/** Nothing where there is nothing to reach. */
export function portForwards({ observability = [], projects = [] }: Unfinished): string | undefined {
  const reached = [...observability, ...projects].flatMap(({ name, reach }) => (reach === undefined ? [] : [[name, reach.command]]))
  return reached.length === 0 ? undefined : JSON.stringify(Object.fromEntries(reached))
}
