/** A local repository of clusterctl, and the clusterctl.yaml that leads to it: `generate cluster`, `upgrade` and `move` then know what is deployed, what was built too. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { writing } from '../host/writing.ts'
import { identityOf } from '../manifests/provider-object.ts'

/** A provider in one version. */
export interface LocalRelease {
  readonly label: string
  readonly version: string
  /** Name of the file with its manifests, among `files`. */
  readonly components: string
  /** Texts by name: manifests, metadata.yaml, templates. */
  readonly files: Readonly<Record<string, string>>
}

/** The cert-manager that goes with them: without it clusterctl asks GitHub for the one of its own release. */
export interface LocalCertManager {
  readonly version: string
  readonly manifest: string
}

/** Makes `folder` anew. A provider may be there in several versions. @returns the path of clusterctl.yaml in it. */
export async function writeLocalRepository(
  folder: string,
  all: readonly LocalRelease[],
  certManager: LocalCertManager | undefined,
): Promise<string> {
  const releases = sameNames(all)
  const file = join(folder, 'clusterctl.yaml')
  await writing(folder, async () => {
    await rm(folder, { recursive: true, force: true })
    for (const { label, version, files } of [...releases, ...(certManager === undefined ? [] : [asRelease(certManager)])]) {
      const home = join(folder, label, version)
      await mkdir(home, { recursive: true })
      for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), text)
    }
    await writeFile(file, configText(folder, releases, certManager))
  })
  return file
}

/** clusterctl looks for one name of file in all versions of a provider: that of the first. */
function sameNames(all: readonly LocalRelease[]): readonly LocalRelease[] {
  const names = new Map(all.toReversed().map(({ label, components }) => [label, components]))
  return all.map(release => {
    const { label, components, files } = release
    const name = names.get(label) ?? components
    const { [components]: text = '', ...others } = files
    return name === components ? release : { ...release, components: name, files: { ...others, [name]: text } }
  })
}

const CERT_MANAGER = 'cert-manager'
const MANIFEST = 'cert-manager.yaml'

const asRelease = ({ version, manifest }: LocalCertManager) => ({ label: CERT_MANAGER, version, files: { [MANIFEST]: manifest } })

/** JSON is YAML too. */
function configText(folder: string, releases: readonly LocalRelease[], certManager: LocalCertManager | undefined): string {
  const urlOf = (...path: string[]) => pathToFileURL(join(folder, ...path)).href
  const byLabel = new Map(releases.map(one => [one.label, one]))
  const providers = [...byLabel.values()].map(({ label, components }) => {
    const { providerName, type } = identityOf(label)
    // Not by version: what somebody lays beside it is found too.
    return { name: providerName, type, url: urlOf(label, 'latest', components) }
  })
  const beside = certManager && { version: certManager.version, url: urlOf(CERT_MANAGER, certManager.version, MANIFEST) }
  return `${JSON.stringify({ providers, ...(beside === undefined ? {} : { [CERT_MANAGER]: beside }) }, null, 2)}\n`
}
