/** Templates and ClusterClasses under the names by which clusterctl looks for them in a release: `cluster-template-<flavor>.yaml`, `clusterclass-<name>.yaml`. Pure. */
import { sayName } from './template-choice.ts'
import type { TemplateFile } from './template-files.ts'
import { classesIn } from './template-names.ts'

/** Text by file name. Where two would have the same, that which lies higher has it. What must be built is none: its text is known only then. */
export function asFlavors(files: readonly TemplateFile[]): Readonly<Record<string, string>> {
  const plain = files.filter(({ kustomization }) => !kustomization).toSorted((one, other) => one.steps.length - other.steps.length)
  const named = plain.flatMap(file => namesFor(file, files).map(name => [name, file.text] as const))
  return Object.fromEntries(named.toReversed())
}

function namesFor(file: TemplateFile, files: readonly TemplateFile[]): string[] {
  if (file.is === 'class') {
    const own = classesIn(file.text)
    return (own.length > 0 ? own : [file.steps.at(-1) ?? '']).map(name => `clusterclass-${name}.yaml`)
  }
  const name = sayName(file, files, [])
  // Its path is all that tells it from others: no flavor.
  if (name.startsWith('/')) return []
  return [name === 'default' ? 'cluster-template.yaml' : `cluster-template-${name.replaceAll('/', '-')}.yaml`]
}
