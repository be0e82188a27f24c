/** What is deployed to the management cluster. */
import { helmCharts, hookNames, hooks, kustomizations, manifestSources, projects } from '../add-ons.ts'
import { type Field, field, optional } from '../field.ts'
import { exactVersion, featureGates, flag, list, mapping, objectName, oneOf, path, providerReferences } from '../kinds.ts'

export const componentsFields = {
  pullSecret: optional(flag(), {
    group: 'components',
    defaultText: '`true` where `registry-username` is set',
    docs: 'Whether the pods of providers get a pull secret with the login of `registry`, in each of their namespaces.',
  }),
  certManager: field(flag(), {
    group: 'components',
    tilt: 'deploy_cert_manager',
    default: true,
    defaultText: '`true`, and `false` where `providers` is `none`',
    docs: 'Whether to deploy cert-manager, unless one that works is there.',
  }),
  certManagerVersion: field(exactVersion(), {
    group: 'components',
    default: 'v1.21.1',
    docs: 'Version of cert-manager.',
    defaultText: '`v1.21.1`, which clusterctl v1.14 installs',
  }),
  observability: field(list(objectName()), {
    group: 'components',
    tilt: 'deploy_observability',
    default: [],
    docs: 'Observability tools to deploy: folders in `hack/observability` of Cluster API’s checkout, be it `repository` or among `provider-repos`, such as `grafana`, `loki`, `prometheus`, `visualizer`. Their charts are fetched by helm, into `.charts` beside each.',
  }),
  additionalKustomizations: field(kustomizations(), {
    group: 'components',
    tilt: 'additional_kustomizations',
    default: {},
    docs: 'Kustomizations to apply beside the providers, one per line by a name (`orc=https://github.com/org/repo//config?ref=v1`, `mine=hack/mine`), and waited for; in YAML with `before: providers` or `after: providers` (`orc: {path: …, before: providers}`).',
  }),
  manifests: field(manifestSources(), {
    group: 'components',
    default: [],
    docs: 'Manifests to apply beside the providers, and to wait for: files, folders, URLs; in YAML also `{from: …, before: providers, substitute: true}`.',
  }),
  helmCharts: field(helmCharts(), {
    group: 'components',
    default: [],
    docs: 'Charts that helm installs, with hooks, after the providers or `before: providers`: a YAML list of `name`, `chart` (folder, archive, `oci://…`, or a name in `repo`), `version`, `namespace`, `values` (files or mappings), `set`, `wait`.',
  }),
  hooks: field(hooks(), {
    group: 'components',
    default: {},
    docs: `Commands of your own before and after stages, a YAML mapping from ${hookNames.map(name => `\`${name}\``).join(', ')} to a command or a list of commands: bash runs them in the repository, with KUBECONFIG and the tools on PATH.`,
  }),
  projects: field(projects(), {
    group: 'components',
    default: {},
    docs: 'Projects that are no providers, a YAML mapping from names to `folder`, `dockerfile` or `go`, `image`, `manifests` or `kustomize`, `port`, `answers`: built, pushed, deployed, waited for.',
  }),
  substitutions: field(mapping('NAME=value'), {
    group: 'components',
    tilt: 'kustomize_substitutions',
    default: {},
    docs: 'Values for `${NAME}` in the manifests of providers and workload clusters, before those of the environment.',
  }),
  featureGates: field(featureGates(), {
    group: 'components',
    default: {},
    docs: 'Feature gates, for every provider whose manager knows them (`ClusterTopology=true`).',
  }),
  clusterctlFile: optional(path(), {
    group: 'components',
    docs: 'A clusterctl.yaml of yours: its variables are taken where neither substitutions, credentials nor the environment have them, its `providers` as `provider-urls` are.',
  }),
  clusterctlReleases: field(providerReferences(), {
    group: 'components',
    default: [],
    docs: 'Further releases that the clusterctl.yaml of `clusterctl-config` leads to, as words of `providers` (`core:v1.14.2 docker:v1.14`): where `clusterctl upgrade apply` is to go.',
  }),
  unsetVariables: field(oneOf('error', 'empty'), {
    group: 'components',
    default: 'error',
    docs: 'What a variable without value and default in the manifests of a provider is: an `error` that lists all of them, or `empty` as in Tilt.',
  }),
} satisfies Record<string, Field>
