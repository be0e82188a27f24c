/** cert-manager: its manifest while the cluster boots, then CRDs and the rest, then proof that its webhook answers. Skipped where one that works is there. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pullOnNodes } from '../cluster/readiness.ts'
import {
  applyCertManager,
  applyCertManagerCrds,
  awaitCertManager,
  certManagerManifestUrl,
  editCertManager,
  installedCertManager,
} from '../components/cert-manager.ts'
import { download } from '../host/download.ts'
import { containersOf } from '../manifests/edits.ts'
import type { KubeObject } from '../manifests/object.ts'
import { parseManifests } from '../manifests/yaml.ts'
import { publishedChecksum } from '../tools/checksum.ts'
import type { Downloads } from './cache-tasks.ts'
import type { ClusterTasks } from './cluster-tasks.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

export interface CertManagerTasks {
  /** From here on its manifest, as it was published, is in the file. */
  readonly manifest: Downloads
  readonly file: string
  /** All that is applied, where none that works is there. */
  readonly objects: Task<readonly KubeObject[]>
  /** Its pods start from here on: on the longest chain, so what can wait lets it go first. */
  readonly deployed: Task
  /** It works from here on. */
  readonly ready: Task<DeployedCertManager>
}

export interface DeployedCertManager {
  readonly version: string
  /** Whether it was there before. */
  readonly present: boolean
}

/**
 * @param first What must hold before anything is applied.
 * @param restored What downloads of earlier jobs come with.
 * @returns nothing where the user doesn't want it.
 */
export function certManagerTasks(
  { settings }: Wanted,
  { cluster, connected, services }: ClusterTasks,
  first: readonly Task[],
  restored?: Task,
): CertManagerTasks | undefined {
  if (!settings.certManager) return undefined
  const { certManagerVersion: version, timeout } = settings
  const subject = `cert-manager ${version}`
  const url = certManagerManifestUrl(version)
  const file = join(settings.cacheDir, 'cert-manager', `${version}.yaml`)

  const manifest = task(
    'cert-manager manifest',
    `Downloads the manifest of ${subject} and verifies its digest.`,
    restored ? [restored] : [],
    async work => {
      const http = { mirrors: settings.downloadMirrors, token: settings.githubToken, subject }
      const kept = await readFile(file, 'utf8').catch(() => undefined)
      if (kept !== undefined) {
        work.unchanged('it is in the cache')
        return editCertManager(parseManifests(kept, file), version)
      }
      const sha256 = await publishedChecksum(
        { subject, version, url },
        { in: 'release', repository: 'cert-manager/cert-manager' },
        work,
        http,
      )
      await download(url, file, work, { ...http, sha256 })
      return editCertManager(parseManifests(await readFile(file, 'utf8'), url), version)
    },
  )
  const installed = task('cert-manager installed', 'Asks whether a cert-manager that works is there.', [cluster], async work => {
    const { kube, made } = work.of(cluster)
    return made ? undefined : installedCertManager(kube, work)
  })
  const present = (work: { of: <T>(task: Task<T>) => T; unchanged(reason: string): void }): boolean => {
    const found = work.of(installed)
    if (found !== undefined) work.unchanged(`a cert-manager that works is there, ${found}`)
    return found !== undefined
  }
  const crds = task(
    'cert-manager crds',
    'Applies the CRDs of cert-manager until they are Established.',
    [manifest, installed, cluster, ...first],
    async work => {
      if (!present(work)) await applyCertManagerCrds(work.of(manifest), timeout, work.of(cluster).kube, work)
    },
  )
  const pulled = task(
    'pull cert-manager',
    'Pulls its images on every node, while the cluster settles.',
    [manifest, connected, installed, cluster],
    async work => {
      const images = new Set(
        work
          .of(manifest)
          .flatMap(containersOf)
          .flatMap(({ image }) => image ?? []),
      )
      if (!present(work)) await Promise.all([...images].map(image => pullOnNodes(work.of(cluster), image, work)))
    },
  )
  const deployed = task(
    'deploy cert-manager',
    'Applies the rest of cert-manager.',
    [crds, pulled, services, installed, manifest, cluster],
    async work => {
      if (!present(work)) await applyCertManager(work.of(manifest), work.of(cluster).kube, work)
    },
  )
  const ready = task(
    'ready cert-manager',
    'Waits until its Deployments, CA bundles and webhook work.',
    [deployed, installed, manifest, cluster],
    async work => {
      if (!present(work)) await awaitCertManager(work.of(manifest), timeout, work.of(cluster).kube, work)
      const found = work.of(installed)
      return { version: found ?? version, present: found !== undefined }
    },
  )
  return { manifest: { task: manifest, files: () => [file] }, file, objects: manifest, deployed, ready }
}
