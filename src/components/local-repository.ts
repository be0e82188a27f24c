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

/** Makes `folder` anew. @returns the path of clusterctl.yaml in it. */
export async function writeLocalRepository(folder: string, releases: readonly LocalRelease[]): Promise<string> {
  const file = join(folder, 'clusterctl.yaml')
  await writing(folder, async () => {
    await rm(folder, { recursive: true, force: true })
    for (const { label, version, files } of releases) {
      const home = join(folder, label, version)
      await mkdir(home, { recursive: true })
      for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), text)
    }
    await writeFile(file, configText(folder, releases))
  })
  return file
}

/** JSON is YAML too. */
function configText(folder: string, releases: readonly LocalRelease[]): string {
  const providers = releases.map(({ label, components }) => {
    const { providerName, type } = identityOf(label)
    // Not by version: what somebody lays beside it is found too.
    return { name: providerName, type, url: pathToFileURL(join(folder, label, 'latest', components)).href }
  })
  return `${JSON.stringify({ providers }, null, 2)}\n`
}
