/** What `actions/setup-tools` takes and hands out, as data: its action.yml and README are made from it. */
import type { FieldKey } from '../settings/fields.ts'
import type { ToolName } from '../settings/tools.ts'
import type { Tool } from '../tools/install.ts'

export const fields = [
  'tools',
  'versionFile',
  'kindVersion',
  'kustomizeVersion',
  'clusterctlVersion',
  'kubectlVersion',
  'helmVersion',
  'downloadMirrors',
  'cacheDir',
  'cache',
  'githubToken',
] as const satisfies readonly FieldKey[]

type OutputName = `${ToolName}-path` | `${ToolName}-version` | 'cache-hit'

export const outputs: Readonly<Record<OutputName, string>> = {
  'kind-path': 'Path of kind; like all outputs of a tool, empty unless the tool is wanted.',
  'kind-version': 'Exact version of kind, with `v` in front.',
  'kustomize-path': 'Path of kustomize.',
  'kustomize-version': 'Exact version of kustomize.',
  'clusterctl-path': 'Path of clusterctl.',
  'clusterctl-version': 'Exact version of clusterctl.',
  'kubectl-path': 'Path of kubectl.',
  'kubectl-version': 'Exact version of kubectl.',
  'helm-path': 'Path of helm.',
  'helm-version': 'Exact version of helm.',
  'cache-hit': '`true` where nothing was downloaded, for every tool was on PATH or in the cache; else `false`.',
}

/** @param complete Whether these are all that are wanted: a run that failed doesn't know what else it would have downloaded. */
export function outputsOf(tools: readonly Tool[], complete: boolean): Record<string, string> {
  const ofTools = tools.flatMap(({ name, path, version }) => [
    [`${name}-path`, path],
    [`${name}-version`, version],
  ])
  const hit = tools.every(({ source }) => source !== 'download')
  return Object.fromEntries(complete ? [...ofTools, ['cache-hit', String(hit)]] : ofTools)
}
