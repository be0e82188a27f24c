/** `clusterctl config`: all that is deployed as a local repository of clusterctl, for what users do with clusterctl afterwards. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LocalRelease, writeLocalRepository } from '../components/local-repository.ts'
import type { PushedImage } from '../images/push.ts'
import type { EditedProvider } from '../manifests/edit-provider.ts'
import { repositoryOf } from '../manifests/edits.ts'
import { typeOf } from '../providers/catalogue.ts'
import type { ReleasedProvider } from '../providers/choose.ts'
import type { Described } from '../providers/contract.ts'
import type { Provider } from '../providers/provider.ts'
import type { Releases } from '../providers/releases.ts'
import type { TemplateFile } from '../providers/template-files.ts'
import { asFlavors } from '../providers/template-flavors.ts'
import { checkoutName, listTemplates } from '../providers/templates.ts'
import type { CertManagerTasks } from './cert-manager-tasks.ts'
import { describeBuilt } from './described.ts'
import { type Components, componentsOf, type ReleasedTasks } from './released-tasks.ts'
import { type Task, type TaskWork, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** A provider of the repository: its manifests before substitution, and the image that they are deployed with. */
export interface Rendered {
  readonly provider: Provider
  readonly kustomized: Task<string>
  readonly edited: Task<EditedProvider>
  /** Nothing where it has no image of its own. */
  readonly image: Task<Pick<PushedImage, 'reference'>> | undefined
}

/** Its value is the path of clusterctl.yaml. */
export function clusterctlTask(
  { settings, record, further = [] }: Wanted,
  certManager: CertManagerTasks | undefined,
  built: readonly Rendered[],
  { components, releases }: ReleasedTasks,
): Task<string> {
  const folder = join(settings.stateDir, 'clusterctl')
  const needs = [
    ...built.flatMap(({ kustomized, edited, image }) => [kustomized, edited, ...(image ? [image] : [])]),
    ...components.map(({ task }) => task),
    ...(certManager ? [certManager.manifest.task] : []),
  ]
  return task('clusterctl config', `Writes a local repository of clusterctl to ${folder}.`, needs, async work => {
    const templates = await listTemplates(settings)
    const fromSource = built.map(one => releaseOfBuilt(one, templates, work))
    const downloaded = components.map(({ provider, task }) => releaseOf(provider, work.of(task), releases, work))
    const others = further.map(async one => releaseOf(one, await componentsOf(one, releases, work), releases, work))
    const all = (await Promise.all([...fromSource, ...downloaded, ...others])).flatMap(one => one ?? [])
    const beside = certManager && { version: settings.certManagerVersion, manifest: await readFile(certManager.file, 'utf8') }
    await record({ kind: 'path', path: folder })
    return writeLocalRepository(folder, all, beside)
  })
}

/** With its templates, where it is a provider that has some. */
async function releaseOf(
  provider: ReleasedProvider,
  { version, manifests, metadata }: Pick<Components, 'version' | 'manifests' | 'metadata'>,
  releases: Releases,
  work: TaskWork,
): Promise<LocalRelease> {
  const names = provider.type === 'infrastructure' ? (await releases.names(provider, version, work)).filter(isTemplate) : []
  const templates = await Promise.all(
    names.map(async name => [name, (await releases.file(provider, version, name, work))?.text ?? ''] as const),
  )
  const files = { ...Object.fromEntries(templates), [provider.components]: manifests.text, 'metadata.yaml': metadata }
  return { label: provider.label, version, components: provider.components, files }
}

/** Nothing for what is no provider to clusterctl: what has no type, or no metadata.yaml, for which clusterctl would refuse all others too. */
async function releaseOfBuilt(
  { provider, kustomized, edited, image }: Rendered,
  templates: readonly TemplateFile[],
  work: Pick<TaskWork, 'of'>,
): Promise<LocalRelease | undefined> {
  const { identity, replaced } = work.of(edited)
  if (identity.type === undefined) return undefined
  const name = `${typeOf(identity.label)}-components.yaml`
  const text = work.of(kustomized)
  const manifests = image === undefined || replaced === undefined ? text : withImage(text, replaced, work.of(image).reference)
  const described = describeBuilt(provider)
  if (described === undefined) return undefined
  return {
    label: identity.label,
    version: provider.version,
    components: name,
    files: { ...asFlavors(ofProvider(provider, templates)), [name]: manifests, 'metadata.yaml': metadataOf(described) },
  }
}

/** What `clusterctl generate cluster` looks for. */
const isTemplate = (name: string): boolean => /^(cluster-template(-.+)?|clusterclass-.+)\.yaml$/.test(name)

/** Those of its folders in template_dirs, and of its checkout where nobody says which are its own. */
const ofProvider = ({ name, repository }: Provider, templates: readonly TemplateFile[]): readonly TemplateFile[] =>
  templates.filter(
    ({ provider, file }) => provider === name || (provider === checkoutName(repository) && file.startsWith(`${repository}/`)),
  )

/** The text is no YAML yet (`${…}` may stand anywhere): images are found by lines. */
export const withImage = (text: string, built: string, image: string): string =>
  text.replaceAll(/^(\s*(?:- )?image:\s+)(["']?)([^\s"']+)\2\s*$/gm, (line, key: string, quote: string, named: string) =>
    repositoryOf(named) === repositoryOf(built) ? `${key}${quote}${image}${quote}` : line,
  )

/** JSON is YAML too. */
const metadataOf = ({ series }: Described): string =>
  `${JSON.stringify({
    apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3',
    kind: 'Metadata',
    releaseSeries: series.map(({ major, minor, contract }) => ({ major, minor, contract })),
  })}\n`
