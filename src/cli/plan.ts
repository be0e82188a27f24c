/** `capi-actions plan`: what `up` would do, as a tree or as JSON; makes nothing. */
import { styleText } from 'node:util'
import type { Plan } from '../plan/task.ts'
import { treeOrder } from '../report/tree-order.ts'

/** One line per task, below what it waits for. */
export function planLines(plan: Plan): string[] {
  const tasks = plan.tasks.map(({ name, docs, needs }) => ({ name, docs, needs: needs.map(need => need.name) }))
  const branches = treeOrder(tasks)
  const width = Math.max(0, ...branches.map(({ task, depth }) => task.name.length + depth * 2))
  return branches.map(
    ({ task, depth }) => `${`${'  '.repeat(depth)}${task.name}`.padEnd(width)}  ${styleText('dim', task.docs, { stream: process.stdout })}`,
  )
}

export const planJson = (plan: Plan): string =>
  JSON.stringify(
    { tasks: plan.tasks.map(({ name, docs, needs, uses }) => ({ name, docs, uses, needs: needs.map(need => need.name) })) },
    null,
    2,
  )
