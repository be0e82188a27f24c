/**
 * Charts that kustomize would take for those that are wanted: it asks only whether the folder is there. One of another version (kustomize before 5.1 names
 * the folder by the chart alone), or one whose download was cut short, goes, and is fetched anew. Tilt looks in `charts`, wherever `chartHome` leads.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseYaml } from './yaml.ts'

interface WantedChart {
  readonly name: string
  readonly version: string
  /** Folder of charts, absolute. */
  readonly home: string
}

/** @returns the folders that are gone, of all kustomizations in `folder` and below. */
export async function removeStaleCharts(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder, { recursive: true })).filter(file => /(^|\/)kustomization\.ya?ml$/.test(file))
  const wanted = (await Promise.all(files.map(file => chartsOf(join(folder, file))))).flat()
  const stale: string[] = []
  for (const { name, version, home } of wanted) {
    for (const chart of [join(home, name), join(home, `${name}-${version}`, name)]) {
      if (!existsSync(chart) || (await versionOf(chart)) === version) continue
      await rm(chart, { recursive: true })
      const archives = (await readdir(dirname(chart))).filter(file => file.startsWith(`${name}-`) && file.endsWith('.tgz'))
      for (const archive of archives) await rm(join(dirname(chart), archive))
      stale.push(chart)
    }
  }
  return stale
}

/** Those that can be fetched again: a chart without `repo` is the user's own. */
async function chartsOf(file: string): Promise<WantedChart[]> {
  const { helmCharts, helmGlobals } = mappingOf(parseYaml(await readFile(file, 'utf8'), file).value)
  const { chartHome = 'charts' } = mappingOf(helmGlobals)
  if (!Array.isArray(helmCharts)) return []
  return helmCharts.map(mappingOf).flatMap(({ name, version, repo }) => {
    if (typeof name !== 'string' || typeof version !== 'string' || typeof repo !== 'string') return []
    return [{ name, version, home: resolve(dirname(file), String(chartHome)) }]
  })
}

async function versionOf(chart: string): Promise<unknown> {
  const file = join(chart, 'Chart.yaml')
  const text = await readFile(file, 'utf8').catch(() => '')
  return mappingOf(parseYaml(text, file).value).version
}

const mappingOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
