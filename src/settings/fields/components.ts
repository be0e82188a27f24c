/** What is deployed to the management cluster. */
import { type Field, field, optional } from '../field.ts'
import { exactVersion, featureGates, flag, list, mapping, objectName, oneOf } from '../kinds.ts'

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
    docs: 'Observability tools to deploy: folders in `hack/observability` of the repository, such as `grafana`, `loki`, `prometheus`, `visualizer`. Their charts are fetched by helm, into `.charts` beside each.',
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
  unsetVariables: field(oneOf('error', 'empty'), {
    group: 'components',
    default: 'error',
    docs: 'What a variable without value and default in the manifests of a provider is: an `error` that lists all of them, or `empty` as in Tilt.',
  }),
} satisfies Record<string, Field>
