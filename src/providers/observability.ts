/** Finds the observability tools of a Cluster API checkout: folders in hack/observability, each a kustomization of a chart, as Tilt knows them. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import type { Settings } from '../settings/settings.ts'

export interface ObservabilityTool {
  readonly name: string
  /** Of its kustomization.yaml. */
  readonly folder: string
}

const FOLDER = 'hack/observability'

/** Since Cluster API v1.12 logs are collected by another tool. Each is named where the checkout has the other. */
const COUNTERPARTS: Readonly<Record<string, string>> = { promtail: 'alloy', alloy: 'promtail' }

/**
 * The wanted tools, each once.
 * @param roots Checkouts, of which the first that has such tools counts: that of the repository, or Cluster API's beside that of a provider.
 * @throws Failure for one that the checkout doesn't have, with those that it has.
 */
export async function findObservability(
  { observability, sources }: Pick<Settings, 'observability' | 'sources'>,
  roots: readonly string[],
): Promise<readonly ObservabilityTool[]> {
  if (observability.length === 0) return []
  const root = roots.find(one => existsSync(join(one, FOLDER))) ?? roots[0] ?? '.'
  const folder = join(root, FOLDER)
  const entries = await readdir(folder).catch(() => [])
  const names = entries.filter(name => existsSync(join(folder, name, 'kustomization.yaml'))).toSorted()
  const unknown = observability.find(name => !names.includes(name))
  if (unknown !== undefined)
    throw new Failure({
      what: `observability tool ${unknown} is not found${didYouMean(unknown, names)}`,
      why: names.length === 0 ? `there is none in ${folder}` : `there are ${names.join(', ')}`,
      remedy: remedyFor(unknown, names),
      where: sources.observability.where,
    })
  return [...new Set(observability)].map(name => ({ name, folder: join(folder, name) }))
}

function remedyFor(unknown: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return 'they are in the checkout of Cluster API: have it among `provider-repos`, or as `repository`'
  const counterpart = COUNTERPARTS[unknown]
  if (counterpart === undefined || !names.includes(counterpart)) return undefined
  return `name ${counterpart}: Cluster API v1.12 put alloy in the place of promtail`
}
