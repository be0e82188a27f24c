/** `capi-actions templates`: which cluster templates and ClusterClasses there are, by the names that `--workload-template` takes. */
import { relative } from 'node:path'
import { namedTemplates } from '../providers/template-choice.ts'
import { listTemplates } from '../providers/templates.ts'
import { providerNames } from '../settings/provider-reference.ts'
import type { Settings } from '../settings/settings.ts'

export async function templateLines(settings: Settings): Promise<string[]> {
  const files = await listTemplates(settings)
  const sections = (['template', 'class'] as const).flatMap(is => {
    const named = namedTemplates(files, is, providerNames(settings.providers))
    if (named.length === 0) return []
    const width = Math.max(...named.map(({ name }) => name.length))
    const lines = named.map(({ name, file }) => `  ${name.padEnd(width)}  ${placeOf(file, settings)}`)
    return [is === 'template' ? 'cluster templates' : 'ClusterClasses', ...lines]
  })
  return sections.length > 0 ? sections : ['there are none']
}

const placeOf = (file: { readonly file: string; readonly kustomization: boolean }, { workingDirectory }: Settings): string =>
  `${relative(workingDirectory, file.file)}${file.kustomization ? ', built with kustomize' : ''}`
