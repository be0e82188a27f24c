/** `clusterctl config`: all that is deployed as a local repository of clusterctl, for what users do with clusterctl afterwards. */
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type LocalRelease, writeLocalRepository } from '../components/local-repository.ts'
import type { PushedImage } from '../images/push.ts'
import { repositoryOf } from '../manifests/edits.ts'
import type { Provider } from '../providers/provider.ts'
import type { CertManagerTasks } from './cert-manager-tasks.ts'
import { describeBuilt } from './described.ts'
import type { ReleasedTasks } from './released-tasks.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** A provider of the repository: its manifests before substitution, and the image that they are deployed with. */
export interface Rendered {
  readonly provider: Provider
  readonly kustomized: Task<string>
  readonly image: Task<Pick<PushedImage, 'reference'>>
}

/** Its value is the path of clusterctl.yaml. */
export function clusterctlTask(
  { settings, repository, record }: Wanted,
  certManager: CertManagerTasks | undefined,
  built: readonly Rendered[],
  { components, releases }: ReleasedTasks,
): Task<string> {
  const folder = join(settings.stateDir, 'clusterctl')
  const needs = [
    ...built.flatMap(({ kustomized, image }) => [kustomized, image]),
    ...components.map(({ task }) => task),
    ...(certManager ? [certManager.manifest.task] : []),
  ]
  return task('clusterctl config', `Writes a local repository of clusterctl to ${folder}.`, needs, async work => {
    const fromSource = built.map(async ({ provider, kustomized, image }): Promise<LocalRelease> => {
      const name = `${provider.type}-components.yaml`
      const manifests = withImage(work.of(kustomized), provider.build.image, work.of(image).reference)
      const metadata = repository === undefined ? '' : metadataOf(await describeBuilt(provider.name, repository))
      const folders = (settings.templateDirs[provider.name] ?? []).map(one => resolve(settings.repository, one))
      const templates = Object.assign({}, ...(await Promise.all(folders.map(templatesIn))))
      const { label, version } = provider
      return { label, version, components: name, files: { ...templates, [name]: manifests, 'metadata.yaml': metadata } }
    })
    const downloaded = components.map(async ({ provider, task }): Promise<LocalRelease> => {
      const { version, manifests, metadata } = work.of(task)
      const names = provider.type === 'infrastructure' ? (await releases.names(provider, version, work)).filter(isTemplate) : []
      const templates = await Promise.all(
        names.map(async name => [name, (await releases.file(provider, version, name, work))?.text ?? ''] as const),
      )
      const files = { ...Object.fromEntries(templates), [provider.components]: manifests.text, 'metadata.yaml': metadata }
      return { label: provider.label, version, components: provider.components, files }
    })
    const all = await Promise.all([...fromSource, ...downloaded])
    const beside = certManager && { version: settings.certManagerVersion, manifest: await readFile(certManager.file, 'utf8') }
    await record({ kind: 'path', path: folder })
    return writeLocalRepository(folder, all, beside)
  })
}

/** What `clusterctl generate cluster` looks for. */
const isTemplate = (name: string): boolean => /^(cluster-template(-.+)?|clusterclass-.+)\.yaml$/.test(name)

async function templatesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder).catch(() => [])).filter(isTemplate)
  return Object.fromEntries(await Promise.all(names.map(async name => [name, await readFile(join(folder, name), 'utf8')] as const)))
}

/** The text is no YAML yet (`${…}` may stand anywhere): images are found by lines. */
export const withImage = (text: string, built: string, image: string): string =>
  text.replaceAll(/^(\s*(?:- )?image:\s+)(["']?)([^\s"']+)\2\s*$/gm, (line, key: string, quote: string, named: string) =>
    repositoryOf(named) === repositoryOf(built) ? `${key}${quote}${image}${quote}` : line,
  )

/** JSON is YAML too. */
const metadataOf = ({ series }: Awaited<ReturnType<typeof describeBuilt>>): string =>
  `${JSON.stringify({
    apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3',
    kind: 'Metadata',
    releaseSeries: series.map(({ major, minor, contract }) => ({ major, minor, contract })),
  })}\n`
