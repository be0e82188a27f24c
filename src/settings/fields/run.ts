/** The run itself. */
import { type Field, field, optional } from '../field.ts'
import { dryRun, duration, flag, path } from '../kinds.ts'

export const runFields = {
  dryRun: field(dryRun(), {
    group: 'run',
    default: false,
    docs: 'Whether the run is only planned: all that was said is read and checked, templates are filled, the plan is shown, and nothing is made, downloaded or changed. `server` downloads and renders what would be applied, asks the API server of a cluster that is there what would come of each object, and has it store nothing.',
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
} satisfies Record<string, Field>
