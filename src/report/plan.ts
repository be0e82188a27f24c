/** A plan as a person reads it: a tree of what would be done, for the terminal and the job's page, and as JSON for programs. */
import type { Plan } from '../plan/task.ts'
import type { ShownVariable } from '../plan/template-tasks.ts'
import { fenced } from './markdown.ts'
import { treeOrder } from './tree-order.ts'

/** A plan, and where templates are wanted the variables in them. */
export interface ShownPlan extends Plan {
  readonly variables?: readonly ShownVariable[]
  /** Sentences on what was said in vain, and what was found where nothing was said. */
  readonly notices?: readonly string[]
}

/** The tasks, below what is to be known of them, and above the variables of templates. */
export const planLines = (plan: ShownPlan, aside?: (text: string) => string): string[] => [
  ...(plan.notices ?? []).map(notice => `note: ${notice}`),
  ...taskLines(plan, aside),
  ...variableLines(plan.variables ?? [], aside),
]

/** By workload cluster, each variable with what it is in this run and where it is used first. */
function variableLines(variables: readonly ShownVariable[], aside: (text: string) => string = text => text): string[] {
  return [...Map.groupBy(variables, ({ cluster }) => cluster)].flatMap(([cluster, own]) => {
    const said = own.map(one => `${one.name}  ${one.value ?? `${one.default} (default)`}`)
    const width = Math.max(...said.map(text => text.length))
    const lines = own.map(({ places }, index) => `  ${said[index]?.padEnd(width)}  ${aside(places[0] ?? '')}`)
    return ['', `variables of the templates of ${cluster}`, ...lines]
  })
}

/** One line per task, below what it waits for. `aside` styles what a task is for. */
function taskLines(plan: Plan, aside: (text: string) => string = text => text): string[] {
  const tasks = plan.tasks.map(({ name, docs, needs }) => ({ name, docs, needs: needs.map(need => need.name) }))
  const branches = treeOrder(tasks)
  const width = Math.max(0, ...branches.map(({ task, depth }) => task.name.length + depth * 2))
  return branches.map(({ task, depth }) => `${`${'  '.repeat(depth)}${task.name}`.padEnd(width)}  ${aside(task.docs)}`)
}

/** Markdown. */
export function planSummary(plan: ShownPlan, title: string): string {
  const count = plan.tasks.length
  return `### ${title}: dry run, ${count} ${count === 1 ? 'task' : 'tasks'} planned, nothing made\n\n${fenced(planLines(plan))}\n`
}

/** @param objects What a server said that was asked. */
export const planJson = ({ tasks, variables = [], notices = [] }: ShownPlan, indent = 0, objects?: readonly object[]): string =>
  JSON.stringify(
    {
      notices,
      tasks: tasks.map(({ name, docs, needs, uses }) => ({ name, docs, uses, needs: needs.map(need => need.name) })),
      variables: variables.map(({ cluster, name, value, default: fallback, required, places }) => ({
        cluster,
        name,
        value,
        default: fallback,
        required,
        where: places,
      })),
      ...(objects === undefined ? {} : { objects }),
    },
    null,
    indent,
  )
