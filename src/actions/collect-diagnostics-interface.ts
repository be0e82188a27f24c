/**
 * What `actions/collect-diagnostics` takes and hands out, as data: its files are made from it. It is a composite action of two steps: `collect`, a door of ours,
 * and upload-artifact.
 */
import type { FieldKey } from '../settings/fields.ts'

/** Inputs of the first step. */
export const fields = ['clusterName', 'kubeconfig', 'context', 'stateDir', 'diagnosticsDir'] as const satisfies readonly FieldKey[]

/** Where a field means something else here than in actions that make a cluster. */
export const texts: Partial<Record<FieldKey, { readonly docs: string; readonly defaultText: string }>> = {
  clusterName: { docs: 'Name of the kind cluster, from which the default of `state-dir` follows.', defaultText: '`capi-test`' },
  kubeconfig: {
    docs: 'Kubeconfig of the cluster.',
    defaultText: '`$KUBECONFIG`, the first file of it, else the kubeconfig that an earlier step has left in `state-dir`',
  },
}

/** Outputs of the first step. */
export const outputs = { folder: 'Folder of the diagnostics; begin with its `index.md`.' } as const

/** Inputs of the second step. They are the composite action's alone, so their defaults stand in action.yml. */
export const uploadInputs: Readonly<Record<string, { readonly docs: string; readonly type: string; readonly default?: string }>> = {
  upload: { docs: 'Whether the folder is uploaded as an artifact.', type: '`true` or `false`', default: 'true' },
  'artifact-name': {
    docs: 'Name of the artifact. In a matrix, or with several such steps in a job, give each its own.',
    type: 'text',
    default: 'capi-diagnostics-${{ github.job }}',
  },
  'retention-days': { docs: 'Days after which the artifact is deleted, where it is not those of the repository.', type: 'text' },
}

/** Outputs of the second step. */
export const uploadOutputs = {
  'artifact-id': 'Id of the artifact, for the GitHub API; empty without an upload.',
  'artifact-url': 'Where the artifact can be downloaded; empty without an upload.',
} as const
