/** The workload clusters that are wanted: that of the single inputs, or those of the list, which start from the single inputs. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { FieldKey, FieldValues } from './fields.ts'
import type { Problem } from './said.ts'
import type { NamedText, Source } from './source.ts'
import type { WorkloadEntry } from './workload-kind.ts'

export interface Workload {
  /** Unique among them. */
  readonly name: string
  readonly namespace: string
  /** A name, a file or a folder. */
  readonly template: string
  /** Names, files or folders; empty for what the template names. */
  readonly classes: readonly string[]
  /** Its own, which win over all others. */
  readonly variables: Readonly<Record<string, string>>
  readonly kubernetesVersion: string | undefined
  /** Manifests of its network plugin. */
  readonly cni: readonly NamedText[]
}

/** Variables of workload cluster templates that are inputs of their own, with these. */
export const decidedBy = { CLUSTER_NAME: 'workload-name', NAMESPACE: 'workload-namespace' } as const

export interface Asked {
  readonly values: Partial<FieldValues>
  readonly from: Partial<Readonly<Record<FieldKey, Source>>>
  /** Folder that relative paths start from, by field. */
  readonly baseOf: (key: FieldKey) => string
}

/** All that are wanted, none twice. What is wrong goes to `problems`. */
export async function readWorkloads({ values, from, baseOf }: Asked, problems: Problem[]): Promise<readonly Workload[]> {
  const { workloadTemplate, workloadClusters = [] } = values
  const where = (key: FieldKey) => from[key]?.where ?? 'default'
  const shared = await readCni(values.workloadCni, 'workload-cni', baseOf('workloadCni'), where('workloadCni'), problems)
  const common = { namespace: values.workloadNamespace ?? 'default', classes: values.workloadClusterClass ?? [] }
  if (workloadClusters.length === 0)
    return workloadTemplate === undefined
      ? []
      : [
          {
            ...common,
            name: values.workloadName ?? '',
            template: workloadTemplate,
            variables: {},
            kubernetesVersion: undefined,
            cni: shared,
          },
        ]
  const place = where('workloadClusters')
  if (from.workloadName !== undefined && from.workloadName.kind !== 'default')
    problems.push({ text: 'workload-name has no effect beside workload-clusters, which names each', where: from.workloadName.where })
  problems.push(...problemsOf(workloadClusters, workloadTemplate).map(text => ({ text, where: place })))
  return Promise.all(
    workloadClusters.map(async ({ name, namespace, template, class: classes, variables = {}, cni, ...entry }) => ({
      name,
      namespace: namespace ?? common.namespace,
      template: template ?? workloadTemplate ?? '',
      classes: classes === undefined ? common.classes : [classes].flat(),
      variables,
      kubernetesVersion: entry['kubernetes-version'],
      cni: cni === undefined ? shared : await readCni(cni, `workload-clusters.${name}.cni`, baseOf('workloadClusters'), place, problems),
    })),
  )
}

function problemsOf(entries: readonly WorkloadEntry[], template: string | undefined): string[] {
  const twice = [...Map.groupBy(entries, ({ name }) => name)].filter(([, { length }]) => length > 1).map(([name]) => name)
  return [
    ...twice.map(name => `workload-clusters has ${name} twice: names must differ, in other namespaces too`),
    ...entries.flatMap(({ name, variables = {}, ...entry }) => [
      ...((entry.template ?? template) === undefined
        ? [`workload-clusters.${name} has no template, and workload-template is not set`]
        : []),
      ...Object.entries(decidedBy)
        .filter(([variable]) => variable in variables)
        .map(([variable, input]) => `workload-clusters.${name}.variables.${variable} has no effect: set its ${nameInEntry(input)}`),
    ]),
  ]
}

const nameInEntry = (input: string): string => input.replace(/^workload-/, '')

/** YAML text goes through, anything else is files. */
async function readCni(
  said: string | undefined,
  name: string,
  base: string,
  where: string,
  problems: Problem[],
): Promise<readonly NamedText[]> {
  if (said === undefined || said.trim() === 'none') return []
  if (/^\s*(kind|apiVersion)\s*:|^\s*\{/m.test(said)) return [{ text: said, file: name }]
  return Promise.all(
    said
      .split(/[\s,]+/)
      .filter(word => word !== '')
      .map(async word => {
        const file = resolve(base, word)
        const text = await readFile(file, 'utf8').catch(() => undefined)
        if (text === undefined) problems.push({ text: `${name} is ${JSON.stringify(word)}, but there is no such file`, where })
        return { text: text ?? '', file }
      }),
  )
}
