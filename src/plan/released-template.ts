/** The cluster template of a released provider, by its flavor, and the ClusterClasses that it names: as `clusterctl generate cluster` finds them. */

import { Failure } from '../host/failure.ts'
import { classesNamed } from '../providers/template-names.ts'
import type { ReleasedTasks } from './released-tasks.ts'
import { type Task, task } from './task.ts'
import type { ReleasedTemplate, WorkloadTexts } from './wanted.ts'

/** Of infrastructure providers, in the order in which they are wanted: the first that has it. */
export function releasedTemplateTask(
  { flavor, classes, otherwise }: ReleasedTemplate,
  { components, releases }: ReleasedTasks,
): Task<WorkloadTexts> {
  const providers = components.filter(({ provider }) => provider.type === 'infrastructure')
  const needs = providers.map(({ task }) => task)
  const asset = flavor === 'default' ? 'cluster-template.yaml' : `cluster-template-${flavor}.yaml`
  return task(`template ${flavor}`, `Downloads ${asset} from the release that has it.`, needs, async work => {
    for (const { provider, task } of providers) {
      const { version } = work.of(task)
      const file = (name: string) => releases.file(provider, version, name, work)
      const template = await file(asset)
      if (template === undefined) continue
      const named = classes.length > 0 ? classes : classesNamed(template.text)
      const found = await Promise.all(named.map(async name => ({ name, file: await file(`clusterclass-${name}.yaml`) })))
      const gone = found.filter(({ file }) => file === undefined).map(({ name }) => name)
      // A class that only the template names may be in the cluster already; the API server tells if it is not.
      if (classes.length > 0 && gone.length > 0)
        throw new Failure({
          what: `the release ${version} of ${provider.name} has no ClusterClass ${gone.join(', ')}`,
          where: template.file,
        })
      return { template, classes: found.flatMap(({ file }) => file ?? []) }
    }
    throw otherwise
  })
}
