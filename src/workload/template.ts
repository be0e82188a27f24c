/**
 * Workload clusters: from templates to a cluster that is Available, its kubeconfig, and its deletion. This file makes the templates' text
 * manifests: all files (ClusterClasses, then the cluster) share one set of variables, and one error names all that are missing.
 */
import { Failure } from '../host/failure.ts'
import { placeIn } from '../manifests/position.ts'
import { substitute, type Variable, variablesOf } from '../manifests/substitute.ts'

export interface TemplateFile {
  /** Its path, for errors. */
  readonly file: string
  readonly text: string
}

/** What clusterctl takes where nothing else is said (cmd/clusterctl/client/config.go). */
export const CLUSTERCTL_DEFAULTS: Readonly<Record<string, string>> = { CONTROL_PLANE_MACHINE_COUNT: '1', WORKER_MACHINE_COUNT: '0' }

/**
 * Puts values into all templates; the counts have clusterctl's defaults.
 * @throws Failure that names every variable that has neither value nor default, over all files, and those that have a default.
 */
export function fillTemplates(files: readonly TemplateFile[], values: Readonly<Record<string, string>>): readonly TemplateFile[] {
  const all = { ...CLUSTERCTL_DEFAULTS, ...values }
  refuseMissing(variablesAcross(files), all)
  return files.map(({ file, text }) => ({ file, text: substitute(text, all, { file, trimNames: true, unset: 'error' }) }))
}

/** A variable of one or several templates. */
export interface TemplateVariable {
  readonly name: string
  /** Of the first file that gives one. */
  readonly default?: string | undefined
  /** In one file at least its first use has no default. */
  readonly required: boolean
  /** `file:line:column` of every use. */
  readonly places: readonly string[]
}

/** The variables of all templates together, by name. */
export function variablesAcross(files: readonly TemplateFile[]): readonly TemplateVariable[] {
  const uses = files.flatMap(({ file, text }) =>
    variablesOf(text, { file, trimNames: true }).map(variable => ({ variable, places: placesOf(variable, file) })),
  )
  return [...Map.groupBy(uses, ({ variable }) => variable.name)]
    .map(([name, members]) => ({
      name,
      default: members.map(({ variable }) => variable.default).find(text => text !== undefined),
      required: members.some(({ variable }) => variable.required),
      places: members.flatMap(({ places }) => places),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

const placesOf = (variable: Variable, file: string) => variable.at.map(position => placeIn(file, position))

function refuseMissing(variables: readonly TemplateVariable[], values: Readonly<Record<string, string>>): void {
  const unset = variables.filter(({ name }) => !Object.hasOwn(values, name))
  const missing = unset.filter(({ required }) => required)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new Failure({
    what: missing.length === 1 ? `template variable ${names} is not set` : `${missing.length} template variables are not set: ${names}`,
    why: 'the templates of the workload cluster give no default',
    remedy: `set ${missing.length === 1 ? 'it' : 'them'} among the workload variables, in kustomize_substitutions or in the environment`,
    where: missing.flatMap(({ places }) => places.slice(0, 1)),
    details: unset.map(({ name, required, default: fallback, places }) => {
      const state = required ? 'required' : `default ${fallback}`
      return `${name}: ${state}, used at ${places.join(', ')}`
    }),
  })
}
