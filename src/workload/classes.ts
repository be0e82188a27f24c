/** The ClusterClasses of several workload clusters together: each once, for clusters of the same class are the rule. Pure. */
import { Failure } from '../host/failure.ts'
import { type KubeObject, nameOf } from '../manifests/object.ts'
import type { Workload } from './workload.ts'

type Part = Pick<Workload, 'classes' | 'namespace'>

/**
 * By namespace, without what is said twice.
 * @throws Failure for two of the same name that differ: the second would change the clusters of the first.
 */
export function classesOfAll(workloads: readonly Part[]): readonly Workload[] {
  return [...Map.groupBy(workloads, ({ namespace }) => namespace)].map(([namespace, parts]) => ({
    namespace,
    classes: withoutTwins(parts.flatMap(({ classes }) => classes)),
    cluster: [],
  }))
}

function withoutTwins(objects: readonly KubeObject[]): readonly KubeObject[] {
  const seen = new Map<string, string>()
  return objects.filter(object => {
    const key = `${object.apiVersion} ${nameOf(object)}`
    const text = JSON.stringify(object)
    const before = seen.get(key)
    if (before === undefined) seen.set(key, text)
    else if (before !== text)
      throw new Failure({
        what: `two workload clusters want different versions of ${nameOf(object)}`,
        why: 'the templates that it is made from have the same name, and other variables or another text',
        remedy: 'give these workload clusters namespaces of their own',
      })
    return before === undefined
  })
}
