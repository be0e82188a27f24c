/** Tasks in the order and depth of a tree along what needs what. */

interface Node {
  readonly name: string
  readonly needs: readonly string[]
}

export interface Branch<T extends Node> {
  readonly task: T
  readonly depth: number
}

/** Each task below the last of those it needs. A chain without forks stays at one depth, so that the tree is as deep as it has forks. */
export function treeOrder<T extends Node>(tasks: readonly T[]): Branch<T>[] {
  const names = tasks.map(({ name }) => name)
  const children = Map.groupBy(tasks, task => names.findLast(name => task.needs.includes(name)))
  const walk = (parent: string | undefined, depth: number): Branch<T>[] => {
    const below = children.get(parent) ?? []
    const next = parent !== undefined && below.length > 1 ? depth + 1 : depth
    return below.flatMap(task => [{ task, depth: next }, ...walk(task.name, next)])
  }
  return walk(undefined, 0)
}
