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

/** Outputs of the first step, which the composite action hands on. */
export const outputs = { folder: 'Folder of the diagnostics; begin with its `index.md`.' } as const

/** Outputs of the first step. */
export const collectOutputs = {
  ...outputs,
  'artifact-name': 'Name that the artifact has by default.',
} as const

/** Variable in which the composite action hands `job-identity` to its first step. */
export const JOB_VARIABLE = 'JOB_IDENTITY'

/** Variable in which it hands `upload`, which no step else judges. */
export const UPLOAD_VARIABLE = 'UPLOAD'

interface UploadInput {
  readonly docs: string
  readonly type: string
  /** Stands in action.yml. */
  readonly default?: string
  readonly defaultText?: string
}

/** Inputs of the second step. They are the composite action's alone, so a plain default stands in action.yml. */
export const uploadInputs: Readonly<Record<string, UploadInput>> = {
  upload: { docs: 'Whether the folder is uploaded as an artifact.', type: '`true` or `false`', default: 'true' },
  'artifact-name': {
    docs: 'Name of the artifact. Of several such steps in one job each needs its own.',
    type: 'text',
    defaultText: '`capi-diagnostics`, the job, and a hash that tells the jobs of a matrix apart',
  },
  'job-identity': {
    docs: 'What tells this job from others of the same id, those of a matrix: a hash of it is in the default of `artifact-name`.',
    type: 'text',
    // A job of a workflow that is called from a matrix knows of no matrix, only its own id.
    default: '${{ toJSON(matrix) }} ${{ strategy.job-index }} ${{ job.check_run_id }}',
  },
  'retention-days': { docs: 'Days after which the artifact is deleted, where it is not those of the repository.', type: 'text' },
}

/** Outputs of the second step. */
export const uploadOutputs = {
  'artifact-id': 'Id of the artifact, for the GitHub API; empty without an upload.',
  'artifact-url': 'Where the artifact can be downloaded; empty without an upload.',
} as const
