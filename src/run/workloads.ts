/** The workload clusters that are wanted, with their templates read: those of folders, of kustomizations, or of a release. */
import { Failure } from '../host/failure.ts'
import type { Made } from '../host/work.ts'
import type { WantedWorkload } from '../plan/wanted.ts'
import type { ReleasedProvider } from '../providers/choose.ts'
import type { TemplateFile } from '../providers/template-files.ts'
import { findTemplate, listTemplates } from '../providers/templates.ts'
import type { Settings } from '../settings/settings.ts'
import { workloadVariables } from '../settings/variables.ts'
import type { Workload } from '../settings/workloads.ts'

/** @throws Failure for a template that nothing has, with what there is. */
export async function findWorkloads(
  settings: Settings,
  released: readonly ReleasedProvider[],
  made: readonly Made[],
): Promise<readonly WantedWorkload[]> {
  if (settings.workloads.length === 0) return []
  const files = await listTemplates(settings)
  const ours = (name: string) => made.some(one => one.kind === 'workload cluster' && one.name === name)
  return Promise.all(
    settings.workloads.map(async workload => ({
      workload,
      ours: ours(workload.name),
      from: await sourceOf(workload, settings, files).catch((error: unknown) => inRelease(workload, released, error)),
    })),
  )
}

async function sourceOf(workload: Workload, settings: Settings, files: readonly TemplateFile[]): Promise<WantedWorkload['from']> {
  const { sources } = settings
  const several = sources.workloadClusters.where
  const where = (own: string) => (own === 'default' ? several : own)
  const found = await findTemplate(settings, files, {
    template: workload.template,
    classes: workload.classes,
    variables: workloadVariables(settings, workload),
    where: { template: where(sources.workloadTemplate.where), class: where(sources.workloadClusterClass.where) },
  })
  const { template } = found
  if (!('text' in template)) return { sources: found }
  const classes = await found.classesFor(template)
  const texts = classes.filter(one => 'text' in one)
  return texts.length === classes.length ? { template, classes: texts } : { sources: found }
}

/** What is no path may be the flavor of a release. */
function inRelease({ template, classes }: Workload, released: readonly ReleasedProvider[], error: unknown): WantedWorkload['from'] {
  if (!(error instanceof Failure) || /[/.]/.test(template) || released.length === 0) throw error
  return { flavor: template, classes, otherwise: error }
}
