/**
 * Actions that do a part of the chain: which inputs they take, what they ask of the engine, and what they hand out. As data, so that action.yml, README and docs of
 * each are made from it. Steps find each other by what an earlier one leaves in the environment: the settings that later ones start from.
 */
import type { Target } from '../plan/targets.ts'
import type { Unfinished } from '../run/up.ts'
import type { FieldKey } from '../settings/fields.ts'
import type { Settings } from '../settings/settings.ts'
import { outputs, portForwards } from './outputs.ts'

export interface Part {
  readonly title: string
  /** One sentence for action.yml. */
  readonly docs: string
  readonly fields: readonly FieldKey[]
  /** Without one of these there is nothing to do. */
  readonly required?: readonly FieldKey[]
  readonly targets: readonly Target[]
  /** Outputs by name: what each holds, and its value after a run that may have stopped midway. */
  readonly outputs: Readonly<
    Record<string, { readonly docs: string; readonly value: (made: Unfinished, settings: Settings) => string | undefined }>
  >
  /** Inputs that later steps of the job start from, in variables `CAPI_ACTIONS_<NAME>`. None that may hold a credential: all steps of a job see them. */
  readonly handsOn?: readonly FieldKey[]
  /** The setting that says whether the post step removes what this step made. */
  readonly removedBy: 'cleanUp' | 'delete'
}

const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value))

const cluster = ['clusterName', 'engine', 'kubernetesVersion', 'nodeImage', 'kindConfig', 'kindVersion'] as const
const foreign = ['kubeconfig', 'context', 'allowedContexts'] as const
const registry = ['registryName', 'registryPort', 'registryImage', 'imageDelivery', 'imageMirrors'] as const
/** Of a registry that isn't started here: where it is, and who we are there. */
const remote = ['registry', 'registryCa'] as const
const remoteLogin = [...remote, 'registryUsername', 'registryPassword'] as const
const downloads = ['downloadMirrors', 'cacheDir', 'githubToken'] as const
/** What later steps may do. */
const access = ['serviceAccount', 'serviceAccountNamespace', 'serviceAccountRules', 'serviceAccountExpiry'] as const
const run = ['dryRun', 'timeout', 'stateDir', 'reportDir'] as const
/** Of the clouds that providers and templates ask about. */
const cloud = ['credentials', 'awsProfile', 'awsRegion', 'awsRoleArn', 'gcpCredentials', 'openstackClouds', 'openstackCloud'] as const
/** A later step must build in the same way, or it would build again. */
const building = ['builder', 'builderImage', 'buildArgs'] as const
const source = [
  'repository',
  'tiltSettings',
  'providers',
  'providerRepos',
  'providerConfig',
  'enableCoreProvider',
  'providerUrls',
  'capiVersion',
  'baseImage',
  ...building,
  'images',
] as const

const kubeconfig = {
  docs: 'Path of the kubeconfig of the cluster; later steps have it in `KUBECONFIG` too, unless there is a `service-account`.',
  value: (made: Unfinished) => made.kubeconfig,
}
const serviceAccountKubeconfig = {
  docs: outputs['service-account-kubeconfig'],
  value: (made: Unfinished) => made.serviceAccount?.kubeconfig,
}
const context = { docs: 'Name of the context of the cluster.', value: (made: Unfinished) => made.context }
const registryAddress = {
  docs: 'What references of images begin with: `localhost:5000`, or the remote `registry`.',
  value: (made: Unfinished) => made.registry,
}

/** By the name of the action's folder. */
export const parts = {
  'create-cluster': {
    title: 'Create a kind cluster with a registry',
    docs: 'Makes a kind cluster and a local image registry that its nodes pull from (none where `registry` is set), or takes a cluster that is there by its kubeconfig.',
    fields: [
      ...cluster,
      ...foreign,
      ...registry,
      ...remote,
      'providers',
      'hooks',
      ...access,
      ...downloads,
      'cache',
      ...run,
      'cleanUp',
      'kubeconfigFile',
    ],
    targets: ['cluster'],
    outputs: {
      kubeconfig,
      'service-account-kubeconfig': serviceAccountKubeconfig,
      context,
      registry: { ...registryAddress, docs: `${registryAddress.docs} Empty for a cluster taken by its kubeconfig.` },
      'node-image': {
        docs: 'Image of the nodes. Empty for a cluster taken by its kubeconfig.',
        value: (made, { nodeImage, kubeconfig: theirs }) => (made.kubeconfig === undefined || theirs !== undefined ? undefined : nodeImage),
      },
    },
    handsOn: [
      'dryRun',
      ...cluster,
      ...foreign,
      'providers',
      'registryName',
      'registryPort',
      'registryImage',
      'imageDelivery',
      ...remote,
      'stateDir',
      'kubeconfigFile',
      ...access,
      'cleanUp',
    ],
    removedBy: 'cleanUp',
  },
  'build-images': {
    title: 'Build provider images from source',
    docs: 'Compiles the managers of Cluster API providers and puts their images into the local registry, or into `registry`, those that changed.',
    fields: [...source, ...registry, ...remoteLogin, 'clusterName', 'engine', ...downloads, 'cache', ...run, 'cleanUp'],
    targets: ['images'],
    outputs: {
      images: {
        docs: 'Images as a JSON object from provider to `name:tag@digest`.',
        value: made =>
          json(made.built && Object.fromEntries(made.built.map(({ name, reference, digest }) => [name, `${reference}@${digest}`]))),
      },
      reused: {
        docs: 'Providers whose image was in the registry already, as a JSON list.',
        value: made => json(made.built?.filter(({ pushed }) => !pushed).map(({ name }) => name)),
      },
      registry: registryAddress,
    },
    handsOn: ['dryRun', 'engine', 'registryName', 'registryPort', 'registryImage', 'imageDelivery', ...remote, ...building],
    removedBy: 'cleanUp',
  },
  'deploy-cert-manager': {
    title: 'Deploy cert-manager',
    docs: 'Deploys cert-manager, unless one that works is there, and proves that its webhook answers.',
    fields: ['certManagerVersion', 'hooks', ...cluster, ...foreign, ...registry, ...remote, ...access, ...downloads, ...run, 'cleanUp'],
    targets: ['cert-manager'],
    outputs: {
      version: { docs: 'Version of cert-manager that is deployed.', value: made => made.certManager?.version },
      present: { docs: '`true` if cert-manager was there before.', value: made => json(made.certManager?.present) },
    },
    removedBy: 'cleanUp',
  },
  'deploy-providers': {
    title: 'Deploy Cluster API providers',
    docs: 'Deploys Cluster API providers, built from source, released, or both, with cert-manager, and proves that each works.',
    fields: [
      ...source,
      'observability',
      'additionalKustomizations',
      'manifests',
      'helmCharts',
      'projects',
      'hooks',
      'featureGates',
      'substitutions',
      'unsetVariables',
      'clusterctlFile',
      'clusterctlReleases',
      ...cloud,
      'certManager',
      'certManagerVersion',
      ...cluster,
      ...foreign,
      ...registry,
      ...remoteLogin,
      'pullSecret',
      'kustomizeVersion',
      'helmVersion',
      ...access,
      ...downloads,
      ...run,
      'cleanUp',
    ],
    targets: ['providers'],
    outputs: {
      providers: {
        docs: 'Providers as a JSON object from name to `version`, `namespace`, `image` and `source`, which is `built` or `released`.',
        value: ({ providers = [] }) => json(Object.fromEntries(providers.map(({ name, ...rest }) => [name, rest]))),
      },
      'clusterctl-config': { docs: outputs['clusterctl-config'], value: made => made.clusterctlConfig },
      'port-forwards': { docs: outputs['port-forwards'], value: portForwards },
      'service-account-kubeconfig': serviceAccountKubeconfig,
    },
    removedBy: 'cleanUp',
  },
  'apply-template': {
    title: 'Make workload clusters from templates',
    docs: 'Applies a ClusterClass and a cluster template, and waits until the workload cluster is Available; or several at the same time.',
    fields: [
      'repository',
      'providerRepos',
      'workloadTemplate',
      'workloadClusterClass',
      'workloadName',
      'workloadNamespace',
      'workloadVariables',
      'workloadCni',
      'workloadClusters',
      'clusterctlFile',
      'substitutions',
      ...cloud,
      'delete',
      'hooks',
      ...cluster,
      ...foreign,
      ...access,
      ...downloads,
      ...run,
    ],
    required: ['workloadTemplate', 'workloadClusters'],
    targets: ['workload'],
    outputs: {
      name: { docs: 'Name of the workload cluster, of the first where there are several.', value: made => made.workloads?.[0]?.name },
      namespace: { docs: 'Namespace of the workload cluster.', value: made => made.workloads?.[0]?.namespace },
      kubeconfig: { docs: 'Path of the kubeconfig of the workload cluster.', value: made => made.workloadKubeconfig },
      conditions: { docs: 'Conditions of the Cluster, as a JSON list.', value: made => json(made.workloads?.[0]?.conditions) },
      kubeconfigs: {
        docs: 'Paths of the kubeconfigs of all workload clusters, as a JSON object by their names.',
        value: made => json(made.workloadKubeconfigs),
      },
    },
    removedBy: 'delete',
  },
} as const satisfies Record<string, Part>

export type PartName = keyof typeof parts

/** An output of every part, beside its own. */
export const reportOutput = { report: 'Folder of the report, of a run that failed too: `summary.md`, `timeline.json`, `run.log`.' } as const

/** What is known after a run, whether it succeeded or not. */
export function outputsOfPart(
  part: Part,
  { made, report }: { made: Unfinished; report: string | undefined },
  settings: Settings,
): Record<string, string> {
  const own = Object.entries(part.outputs).map(([name, { value }]) => [name, value(made, settings)] as const)
  return Object.fromEntries([...own, ['report', report] as const].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** `step-by-step`: the parts in their order, each a step of its own, and where its outputs come from. Has all of the parts' inputs. */
export const stepByStep = {
  steps: ['create-cluster', 'build-images', 'deploy-cert-manager', 'deploy-providers', 'apply-template'],
  outputs: {
    kubeconfig: { of: 'create-cluster', as: 'kubeconfig' },
    context: { of: 'create-cluster', as: 'context' },
    registry: { of: 'create-cluster', as: 'registry' },
    'node-image': { of: 'create-cluster', as: 'node-image' },
    images: { of: 'build-images', as: 'images' },
    reused: { of: 'build-images', as: 'reused' },
    'cert-manager-version': { of: 'deploy-cert-manager', as: 'version' },
    'cert-manager-present': { of: 'deploy-cert-manager', as: 'present' },
    providers: { of: 'deploy-providers', as: 'providers' },
    'clusterctl-config': { of: 'deploy-providers', as: 'clusterctl-config' },
    'workload-name': { of: 'apply-template', as: 'name' },
    'workload-namespace': { of: 'apply-template', as: 'namespace' },
    'workload-kubeconfig': { of: 'apply-template', as: 'kubeconfig' },
    'workload-kubeconfigs': { of: 'apply-template', as: 'kubeconfigs' },
    'workload-conditions': { of: 'apply-template', as: 'conditions' },
  },
  /** Inputs without which a step has nothing to do, or is not to do it. */
  only: {
    'deploy-cert-manager': "inputs.cert-manager != 'false'",
    'apply-template': "inputs.workload-template != '' || inputs.workload-clusters != ''",
  },
} as const satisfies {
  readonly steps: readonly PartName[]
  readonly outputs: Readonly<Record<string, { readonly of: PartName; readonly as: string }>>
  readonly only: Partial<Record<PartName, string>>
}
