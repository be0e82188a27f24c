/**
 * Workload clusters: from templates to a cluster that is Available, its kubeconfig, and its deletion. This file makes the templates' text
 * manifests: all files (ClusterClasses, then the cluster) share one set of variables, and one error names all that are missing.
 */
import { howToGet } from '../credentials/clouds.ts'
import { flawOf } from '../credentials/values.ts'
import { substitute } from '../manifests/substitute.ts'
import { judgeVariables, type NamedTemplate } from '../manifests/variables.ts'

/** What clusterctl takes where nothing else is said (cmd/clusterctl/client/config.go). */
export const CLUSTERCTL_DEFAULTS: Readonly<Record<string, string>> = { CONTROL_PLANE_MACHINE_COUNT: '1', WORKER_MACHINE_COUNT: '0' }

const words = {
  subject: 'template variable',
  whose: 'the templates of the workload cluster',
  saidIn: 'among the workload variables, in kustomize_substitutions or in the environment',
  howToGet,
  flawOf,
}

/**
 * Puts values into all templates; the counts have clusterctl's defaults.
 * @throws Failure that names every variable that has neither value nor default, over all files, and those that have a default.
 */
export function fillTemplates(files: readonly NamedTemplate[], values: Readonly<Record<string, string>>): readonly NamedTemplate[] {
  const all = { ...CLUSTERCTL_DEFAULTS, ...values }
  judgeVariables(files, all, words)
  return files.map(({ file, text }) => ({ file, text: substitute(text, all, { file, trimNames: true, unset: 'error' }) }))
}
