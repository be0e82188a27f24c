/** The workload cluster, or several. */
import { type Field, field, optional } from '../field.ts'
import { flag, list, mapping, objectName, text } from '../kinds.ts'
import { workloadList } from '../workload-kind.ts'

export const workloadFields = {
  workloadTemplate: optional(text(), {
    group: 'workload',
    defaultText: 'none: no workload cluster',
    docs: 'Cluster template: a file, a folder with a kustomization, or the name of one that the repository has, such as `in-memory` for `cluster-template-in-memory.yaml`.',
  }),
  workloadClusterClass: field(list(text()), {
    group: 'workload',
    default: [],
    defaultText: 'the class that the template names, where the repository has it',
    docs: 'ClusterClasses, each by its name, or as a file or folder with a kustomization.',
  }),
  workloadName: field(objectName(), {
    group: 'workload',
    default: 'demo',
    docs: 'Name of the workload cluster.',
  }),
  workloadNamespace: field(objectName(), {
    group: 'workload',
    default: 'default',
    defaultText: '`NAMESPACE` among `substitutions`, else `default`',
    docs: 'Namespace of the workload cluster.',
  }),
  workloadVariables: field(mapping('NAME=value'), {
    group: 'workload',
    default: {},
    docs: 'Values for `${NAME}` in the cluster template and its ClusterClass, before those of `substitutions`.',
  }),
  workloadCni: optional(text(), {
    group: 'workload',
    defaultText: 'none: what the templates bring',
    docs: 'Manifests of a network plugin that are applied to the workload cluster as soon as its API server answers, as files or YAML text. Its nodes must then be Ready.',
  }),
  workloadClusters: field(workloadList(), {
    group: 'workload',
    default: [],
    docs: 'Several workload clusters at the same time, as lines `name` or `name=template`, or as a YAML list of mappings with `name`, `template`, `class`, `namespace`, `variables`, `kubernetes-version` and `cni`; what one does not say, the other inputs for workload clusters do.',
  }),
  delete: field(flag(), {
    group: 'workload',
    input: 'part',
    default: true,
    docs: 'Whether the workload clusters are deleted in the post step, those that were not there before.',
  }),
} satisfies Record<string, Field>
