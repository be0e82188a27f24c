/** A plan as a person reads it: a tree of what would be done, for the terminal and the job's page, and as JSON for programs. */
import type { Plan } from '../plan/task.ts'
import { fenced } from './markdown.ts'
import { treeOrder } from './tree-order.ts'

/** One line per task, below what it waits for. `aside` styles what a task is for. */
export function planLines(plan: Plan, aside: (text: string) => string = text => text): string[] {
  const tasks = plan.tasks.map(({ name, docs, needs }) => ({ name, docs, needs: needs.map(need => need.name) }))
  const branches = treeOrder(tasks)
  const width = Math.max(0, ...branches.map(({ task, depth }) => task.name.length + depth * 2))
  return branches.map(({ task, depth }) => `${`${'  '.repeat(depth)}${task.name}`.padEnd(width)}  ${aside(task.docs)}`)
}

/** Markdown. */
export function planSummary(plan: Plan, title: string): string {
  const count = plan.tasks.length
  return `### ${title}: dry run, ${count} ${count === 1 ? 'task' : 'tasks'} planned, nothing made\n\n${fenced(planLines(plan))}\n`
}

/** @param objects What a server said that was asked. */
export const planJson = (plan: Plan, indent = 0, objects?: readonly object[]): string =>
  JSON.stringify(
    {
      tasks: plan.tasks.map(({ name, docs, needs, uses }) => ({ name, docs, uses, needs: needs.map(need => need.name) })),
      ...(objects === undefined ? {} : { objects }),
    },
    null,
    indent,
  )
