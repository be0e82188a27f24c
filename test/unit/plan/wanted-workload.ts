/** A workload cluster as plans are told of it. */
import type { WantedWorkload } from '../../../src/plan/wanted.ts'
import type { Workload } from '../../../src/settings/workloads.ts'

export const wantedWorkload = (
  name: string,
  from: WantedWorkload['from'],
  { ours = false, cni = [] }: { readonly ours?: boolean; readonly cni?: Workload['cni'] } = {},
): WantedWorkload => ({
  workload: { name, namespace: 'default', template: 'plain', classes: [], variables: {}, kubernetesVersion: undefined, cni },
  from,
  ours,
})
