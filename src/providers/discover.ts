/** The providers of a repository: those of its tilt-provider file. */
import { basename, join } from 'node:path'
import { filesIn } from './files.ts'
import { type Identity, identify } from './identity.ts'
import type { ProviderSource } from './provider.ts'
import { readTiltProviders, type TiltProvider } from './tilt-provider.ts'

export interface DiscoveredProvider extends TiltProvider {
  readonly source: ProviderSource
  /** What its repository tells of its type, where its manifests have no label that does. */
  readonly identity: Identity
  /** Manifests to apply as they are, from the root: in place of a kustomization, where there is none. */
  readonly manifests: readonly string[]
}

export interface Discovered {
  readonly entries: readonly DiscoveredProvider[]
  readonly notices: readonly string[]
}

/** Tilt looks for these two, in this order. */
const FILES = ['tilt-provider.yaml', 'tilt-provider.json']

export async function discoverProviders(root: string): Promise<Discovered> {
  const files = filesIn(root)
  const file = FILES.find(files.has)
  if (file === undefined) return { entries: [], notices: [] }
  const { entries, notices } = readTiltProviders(files.read(file) ?? '', join(root, file))
  return {
    entries: entries.map(entry => ({
      ...entry,
      source: 'tilt-provider',
      manifests: [],
      identity: identify(files, entry.context, basename(root)),
    })),
    notices,
  }
}
