/**
 * The settings room's one list: everything that a user can say, each thing once. Types, defaults, error texts, `--help`, the inputs in action.yml
 * and the reference page all come from here. Fields of Tilt: CAPI book, "Developing Cluster API with Tilt", and the Tiltfile of v1.14.
 */
import * as z from 'zod/mini'
import { cachedThing } from './cache.ts'
import { type Field, field, nameOf, optional } from './field.ts'
import {
  clusterName,
  containerName,
  duration,
  exactVersion,
  flag,
  imageReference,
  list,
  type Mapping,
  mapping,
  mirrors,
  object,
  objectName,
  oneOf,
  path,
  port,
  providerImages,
  text,
  versionRange,
  yaml,
} from './kinds.ts'
import { toolNames } from './tools.ts'

const debugEntry = object({
  continue: z.optional(z.boolean('must be true or false')),
  port: z.optional(z.int('must be a whole number')),
  profiler_port: z.optional(z.int('must be a whole number')),
  metrics_port: z.optional(z.int('must be a whole number')),
  race_detector: z.optional(z.boolean('must be true or false')),
})

const listOfText = z.array(z.string('must be text: put it in quotes'), 'must be a list')
const byProvider = <T>(value: z.ZodMiniType<T>): z.ZodMiniType<Mapping<T>> =>
  z.record(z.string(), value, 'must be a mapping from provider names')

export const fields = {
  repository: field(path(), {
    group: 'source',
    default: '.',
    defaultText: 'the working directory',
    docs: 'Folder of the Cluster API checkout whose providers are built and deployed.',
  }),
  tiltSettings: optional(path(), {
    group: 'source',
    defaultText: '`tilt-settings.yaml` or `tilt-settings.json` in the repository, where there is one',
    docs: 'Settings file as Tilt reads it; what Tilt has no field for may stand in it under `actions:`, by the names of inputs.',
  }),
  providers: field(list(objectName()), {
    group: 'source',
    tilt: 'enable_providers',
    default: ['core', 'kubeadm-bootstrap', 'kubeadm-control-plane', 'docker'],
    docs: 'Providers to build and deploy; `core` is always among them.',
  }),
  capiVersion: optional(exactVersion(), {
    group: 'source',
    defaultText: 'what `git describe` says, else the newest release series of `metadata.yaml`',
    docs: 'Version of Cluster API that the managers report and that the Provider inventory records.',
  }),
  baseImage: field(imageReference(), {
    group: 'source',
    default: 'gcr.io/distroless/static:nonroot',
    docs: 'Image on which the compiled managers are placed.',
  }),
  images: field(providerImages(), {
    group: 'source',
    default: {},
    docs: 'Images that are there already, by provider (`docker=ghcr.io/me/capd-manager:v1`), such as those of `docker/build-push-action`, or what `build-images` of another job handed out: these providers are not built, but deployed with them.',
  }),
  clusterName: field(clusterName(), {
    group: 'cluster',
    tilt: 'kind_cluster_name',
    environment: ['CAPI_KIND_CLUSTER_NAME'],
    default: 'capi-test',
    docs: 'Name of the kind cluster to create, or to use if it exists.',
  }),
  kubernetesVersion: optional(exactVersion(), {
    group: 'cluster',
    defaultText: 'the version of `node-image`, else `v1.36.1`',
    docs: 'Kubernetes version of the management cluster, and of the workload cluster unless `KUBERNETES_VERSION` is among its variables.',
  }),
  nodeImage: optional(imageReference(), {
    group: 'cluster',
    environment: ['CAPI_KIND_CLUSTER_IMAGE'],
    defaultText: '`kindest/node:<kubernetes-version>`',
    docs: 'Image of the kind nodes.',
  }),
  kindConfig: optional(text(), {
    group: 'cluster',
    docs: 'kind configuration (`kind.x-k8s.io/v1alpha4`), a file or YAML text, to which what the run needs is added.',
  }),
  kubeconfig: optional(path(), {
    group: 'cluster',
    input: 'part',
    defaultText: 'none: a kind cluster of `cluster-name`',
    docs: 'Kubeconfig of a cluster that is there already, to be used instead of a kind cluster. Its nodes cannot pull from the local registry: providers are deployed to it with `images` from elsewhere.',
  }),
  context: optional(text(), {
    group: 'cluster',
    input: 'part',
    defaultText: 'its current context',
    docs: 'Context in `kubeconfig`.',
  }),
  registryName: field(containerName(), {
    group: 'cluster',
    default: 'kind-registry',
    docs: 'Name of the container that is the local image registry.',
  }),
  registryPort: field(port(), {
    group: 'cluster',
    default: 5000,
    docs: 'Port of the local image registry on 127.0.0.1.',
  }),
  registryImage: field(imageReference(), {
    group: 'cluster',
    default: 'registry:3',
    docs: 'Image of the local image registry.',
  }),
  imageMirrors: field(mirrors(), {
    group: 'cluster',
    default: {},
    docs: 'Registries that nodes ask instead of the one in an image reference, one per line (`docker.io=https://mirror.example`).',
  }),
  certManager: field(flag(), {
    group: 'components',
    tilt: 'deploy_cert_manager',
    default: true,
    docs: 'Whether to deploy cert-manager, unless one that works is there.',
  }),
  certManagerVersion: field(exactVersion(), {
    group: 'components',
    default: 'v1.21.1',
    docs: 'Version of cert-manager.',
    defaultText: '`v1.21.1`, which clusterctl v1.14 installs',
  }),
  substitutions: field(mapping('NAME=value'), {
    group: 'components',
    tilt: 'kustomize_substitutions',
    default: {},
    docs: 'Values for `${NAME}` in the manifests of providers and workload clusters, before those of the environment.',
  }),
  workloadTemplate: optional(text(), {
    group: 'workload',
    defaultText: 'none: no workload cluster',
    docs: 'Cluster template: a file, or the name between `cluster-template-` and `.yaml` in a template folder, such as `in-memory`.',
  }),
  workloadClusterClass: field(list(text()), {
    group: 'workload',
    default: [],
    defaultText: 'the class that the template names, from the same folder',
    docs: 'ClusterClass files, or names between `clusterclass-` and `.yaml` in a template folder.',
  }),
  workloadName: field(objectName(), {
    group: 'workload',
    default: 'demo',
    docs: 'Name of the workload cluster.',
  }),
  workloadNamespace: field(objectName(), {
    group: 'workload',
    default: 'default',
    docs: 'Namespace of the workload cluster.',
  }),
  workloadVariables: field(mapping('NAME=value'), {
    group: 'workload',
    default: {},
    docs: 'Values for `${NAME}` in the cluster template and its ClusterClass, before those of `substitutions`.',
  }),
  delete: field(flag(), {
    group: 'workload',
    input: 'part',
    default: true,
    docs: 'Whether the workload cluster is deleted in the post step, unless it was there before.',
  }),
  templateDirs: field(yaml('mapping from providers to lists of folders', byProvider(listOfText)), {
    group: 'tilt',
    tilt: 'template_dirs',
    input: false,
    default: { docker: ['test/infrastructure/docker/templates'] },
    docs: 'Folders in which cluster templates and ClusterClasses are looked for by name.',
  }),
  tools: optional(list(oneOf(...toolNames)), {
    group: 'tools',
    input: 'part',
    defaultText: '`kind kustomize clusterctl kubectl`, and `helm` where its version is said',
    docs: 'Tools that the action `setup-tools` installs; nothing else reads this.',
  }),
  versionFile: optional(path(), {
    group: 'tools',
    docs: 'File with the versions of tools whose version is not said otherwise: `.tool-versions` of asdf or mise, or a `go.mod`, whose required Cluster API is the version of clusterctl.',
  }),
  kindVersion: field(versionRange(), {
    group: 'tools',
    default: 'v0.32.0',
    docs: 'Version of kind.',
  }),
  kustomizeVersion: field(versionRange(), {
    group: 'tools',
    default: '^5',
    docs: 'Version of kustomize.',
  }),
  clusterctlVersion: optional(versionRange(), {
    group: 'tools',
    defaultText: 'the Cluster API version of the repository, where there is one and it is a release, else `latest`',
    docs: 'Version of clusterctl.',
  }),
  kubectlVersion: optional(versionRange(), {
    group: 'tools',
    defaultText: 'the minor version of `kubernetes-version`',
    docs: 'Version of kubectl.',
  }),
  helmVersion: optional(versionRange(), {
    group: 'tools',
    defaultText: 'none: helm is left alone, or `latest` where `setup-tools` is to install it',
    docs: 'Version of helm to have on PATH afterwards, beside the tools that the run itself needs.',
  }),
  downloadMirrors: field(mirrors(), {
    group: 'tools',
    default: {},
    docs: 'What to ask instead of a download host, one per line (`github.com=https://mirror.example/github`).',
  }),
  cacheDir: optional(path(), {
    group: 'tools',
    defaultText: '`$RUNNER_TOOL_CACHE`, else `~/.cache/capi-actions`',
    docs: 'Folder in which downloaded tools are kept.',
  }),
  cache: field(list(cachedThing()), {
    group: 'tools',
    default: [],
    defaultText: 'nothing',
    docs: 'What the Actions cache keeps for later jobs: `tools`, `go` (its module and build caches), `managers` (executables), `node-image`, or `all`.',
  }),
  githubToken: optional(text(), {
    group: 'tools',
    environment: ['GITHUB_TOKEN', 'GH_TOKEN'],
    actionDefault: '${{ github.token }}',
    defaultText: '`${{ github.token }}`',
    docs: 'Token for the GitHub API, which allows few requests without one.',
    secret: true,
  }),
  timeout: field(duration(), {
    group: 'run',
    default: 600,
    defaultText: '`10m`',
    docs: 'How long each wait for the cluster may take; pulling images and creating the cluster have limits of their own.',
  }),
  cleanUp: field(flag(), {
    group: 'run',
    default: true,
    docs: 'Whether what was made is removed: in the post step of the action, and after an interrupted `up` of the command.',
  }),
  stateDir: optional(path(), {
    group: 'run',
    defaultText: '`$RUNNER_TEMP/capi-actions/<cluster-name>`, else `~/.local/state/capi-actions/<cluster-name>`',
    docs: 'Folder for kubeconfigs, the report and the record of what was made.',
  }),
  kubeconfigFile: optional(path(), {
    group: 'run',
    defaultText: '`kubeconfig` in `state-dir`',
    docs: 'File that the kubeconfig of the management cluster is written to.',
  }),
  reportDir: optional(path(), {
    group: 'run',
    defaultText: '`report` in `state-dir`',
    docs: 'Folder that the report is written to: summary, timeline and log.',
  }),
  diagnosticsDir: optional(path(), {
    group: 'run',
    input: 'part',
    defaultText: '`diagnostics` in `state-dir` where a run has made that, else in `$RUNNER_TEMP`',
    docs: 'Folder that the action `collect-diagnostics` writes to.',
  }),
  extraArgs: field(yaml('mapping from providers to lists of arguments', byProvider(listOfText)), {
    group: 'tilt',
    tilt: 'extra_args',
    input: false,
    default: {},
    docs: 'Arguments added to those of a provider’s manager.',
  }),
  allowedContexts: field(list(text()), {
    group: 'tilt',
    tilt: 'allowed_contexts',
    input: false,
    default: [],
    docs: 'Kubeconfig contexts that may be used beside kind clusters.',
    notice: 'only kind clusters are used yet',
  }),
  defaultRegistry: optional(text(), {
    group: 'tilt',
    tilt: 'default_registry',
    input: false,
    docs: 'Registry for images where there is no local one.',
    notice: 'images go to the local registry',
  }),
  buildEngine: optional(oneOf('docker', 'podman'), {
    group: 'tilt',
    tilt: 'build_engine',
    input: false,
    docs: 'Engine that builds images.',
    notice: 'images are built without it',
  }),
  providerRepos: field(list(path()), {
    group: 'tilt',
    tilt: 'provider_repos',
    input: false,
    default: [],
    docs: 'Checkouts of other providers, each with a tilt-provider file.',
    notice: 'only the providers of the Cluster API repository are deployed yet',
  }),
  enableCoreProvider: field(flag(), {
    group: 'tilt',
    tilt: 'enable_core_provider',
    input: false,
    default: true,
    docs: 'Whether the core provider is deployed.',
    notice: 'the core provider is always deployed',
  }),
  preloadImages: field(flag(), {
    group: 'tilt',
    tilt: 'preload_images',
    input: false,
    default: true,
    docs: 'Whether the images of cert-manager are loaded into the nodes beforehand.',
    notice: 'nodes pull images, through `image-mirrors` where set',
  }),
  deployObservability: field(
    list(
      oneOf(
        'alloy',
        'grafana',
        'headlamp',
        'kube-state-metrics',
        'loki',
        'metrics-server',
        'parca',
        'prometheus',
        'promtail',
        'tempo',
        'visualizer',
      ),
    ),
    {
      group: 'tilt',
      tilt: 'deploy_observability',
      input: false,
      default: [],
      docs: 'Observability tools to deploy.',
      notice: 'no observability tool is deployed yet',
    },
  ),
  additionalKustomizations: field(
    yaml('mapping from names to folders', z.record(z.string(), z.string('must be text'), 'must be a mapping')),
    {
      group: 'tilt',
      tilt: 'additional_kustomizations',
      input: false,
      default: {},
      docs: 'Kustomizations to apply beside the providers.',
      notice: 'none is applied yet',
    },
  ),
  debug: field(yaml('mapping from providers to debug settings', byProvider(debugEntry)), {
    group: 'tilt',
    tilt: 'debug',
    input: false,
    default: {},
    docs: 'Debugger, profiler and metrics ports of managers.',
    notice: 'managers run without a debugger',
  }),
  triggerMode: optional(oneOf('auto', 'manual'), {
    group: 'tilt',
    tilt: 'trigger_mode',
    input: false,
    docs: 'Whether Tilt rebuilds on every change.',
    notice: 'each run builds once',
  }),
} satisfies Record<string, Field>

export type Fields = typeof fields
export type FieldKey = keyof Fields

type ValueOf<F> = F extends Field<infer T, infer D> ? (D extends undefined ? T | undefined : T) : never
export type FieldValues = { readonly [K in FieldKey]: ValueOf<Fields[K]> }

export const fieldKeys = Object.keys(fields) as FieldKey[]

/** A field as code that goes through all of them sees it. */
export const fieldOf = (key: FieldKey): Field => fields[key]

/** Fields that have an input of the whole chain and a flag, by the name of these. */
export const inputs: ReadonlyMap<string, FieldKey> = new Map(
  fieldKeys.filter(key => fieldOf(key).input === undefined).map(key => [nameOf(key), key]),
)

/** Fields of tilt-settings, by Tilt's names. */
export const tiltFields: ReadonlyMap<string, FieldKey> = new Map(
  fieldKeys.flatMap(key => (fieldOf(key).tilt === undefined ? [] : [[fieldOf(key).tilt ?? '', key]])),
)
