/** The workload cluster. */
import { type Field, field, optional } from '../field.ts'
import { flag, list, mapping, objectName, text } from '../kinds.ts'

export const workloadFields = {
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
} satisfies Record<string, Field>
