/** Templates of workload clusters: built or downloaded where they are not there yet, then filled, before anything is made. */
import { kustomizeBuild } from '../manifests/kustomize.ts'
import type { KubeObject } from '../manifests/object.ts'
import { type TemplateVariable, variablesAcross } from '../manifests/variables.ts'
import { parseManifests } from '../manifests/yaml.ts'
import type { TemplateSource } from '../providers/templates.ts'
import { isSecretName } from '../settings/secret-names.ts'
import type { NamedText } from '../settings/source.ts'
import { workloadVariables } from '../settings/variables.ts'
import type { ClusterName } from '../workload/available.ts'
import { intoNamespace } from '../workload/namespace.ts'
import { CLUSTERCTL_DEFAULTS, fillTemplates } from '../workload/template.ts'
import { clusterOf } from '../workload/workload.ts'
import type { ReleasedTasks } from './released-tasks.ts'
import { releasedTemplateTask } from './released-template.ts'
import { check, type Task, type TaskWork, task } from './task.ts'
import type { ToolTasks } from './tool-tasks.ts'
import type { BuiltTemplate, Wanted, WantedWorkload, WorkloadTexts } from './wanted.ts'

export interface FilledWorkload {
  readonly classes: readonly KubeObject[]
  readonly cluster: readonly KubeObject[]
  readonly namespace: string
  readonly name: ClusterName
}

/** Reads the templates with their variables: needs nothing but the texts, and is done first, for it finds what is missing. */
export function templateTasks(wanted: Wanted, tools: ToolTasks, released: ReleasedTasks): readonly Task<FilledWorkload>[] {
  // What several clusters are made from is had once.
  const had = new Map<string, Task<WorkloadTexts>>()
  const once = (key: string, make: () => Task<WorkloadTexts>) => {
    const one = had.get(key) ?? make()
    had.set(key, one)
    return one
  }
  return wanted.workloads.map(({ workload, from }) => {
    if ('template' in from) return fillTask(wanted, workload, from)
    if ('sources' in from) return fillTask(wanted, workload, buildTask(workload.name, from, tools))
    const key = [from.flavor, ...from.classes].join(' ')
    return fillTask(
      wanted,
      workload,
      once(key, () => releasedTemplateTask(from, released)),
    )
  })
}

function fillTask(
  { settings }: Wanted,
  workload: WantedWorkload['workload'],
  texts: WorkloadTexts | Task<WorkloadTexts>,
): Task<FilledWorkload> {
  const docs = 'Fills the variables of the ClusterClass and the cluster template.'
  const name = `templates ${workload.name}`
  const fill = ({ classes, template }: WorkloadTexts): FilledWorkload => {
    const filled = fillTemplates([...classes, template], workloadVariables(settings, workload))
    const { namespace } = workload
    const objects = filled.map(({ file, text }) => intoNamespace(namespace, parseManifests(text, file)))
    const cluster = objects.at(-1) ?? []
    return { classes: objects.slice(0, -1).flat(), cluster, namespace, name: clusterOf(cluster, namespace, template.file) }
  }
  return 'template' in texts ? check(name, docs, async () => fill(texts)) : task(name, docs, [texts], async work => fill(work.of(texts)))
}

function buildTask(name: string, { sources }: BuiltTemplate, { kustomize }: ToolTasks): Task<WorkloadTexts> {
  return task(`template ${name}`, `Builds the template of ${name} with kustomize.`, [kustomize], async work => {
    const built = (source: TemplateSource) => textOf(source, work.of(kustomize).path, work)
    const template = await built(sources.template)
    return { template, classes: await Promise.all((await sources.classesFor(template)).map(built)) }
  })
}

async function textOf(source: TemplateSource, kustomize: string, work: TaskWork): Promise<NamedText> {
  if ('text' in source) return source
  const { kustomization: directory } = source
  const options = ['--load-restrictor=LoadRestrictionsNone']
  return { file: directory, text: await kustomizeBuild({ kustomize, directory, options }, work) }
}

/** A variable of the templates of a workload cluster, and what it is in this run. */
export interface ShownVariable extends TemplateVariable {
  readonly cluster: string
  /** Nothing for one that has its default. */
  readonly value: string | undefined
}

/** Of all templates whose text is there before the run. */
export const variablesOf = ({ settings, workloads }: Wanted): readonly ShownVariable[] =>
  workloads.flatMap(({ workload, from }) => {
    if (!('template' in from)) return []
    const values: Readonly<Record<string, string>> = { ...CLUSTERCTL_DEFAULTS, ...workloadVariables(settings, workload) }
    const shown = (name: string) => (isSecretName(name) && values[name] !== undefined ? '***' : values[name])
    const all = variablesAcross([...from.classes, from.template])
    return all.map(variable => ({ ...variable, cluster: workload.name, value: shown(variable.name) }))
  })
