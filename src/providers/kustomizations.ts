/** Looks at the kustomizations that users add: is each there, and has one of them helm render a chart. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import { isFolder } from '../host/there.ts'
import { isRemote } from '../settings/add-ons.ts'
import type { Settings } from '../settings/settings.ts'

/**
 * What is fetched from elsewhere is not looked at: where that has charts, `helm-version` brings helm.
 * @throws Failure for one that is not here.
 */
export async function rendersCharts({
  additionalKustomizations,
  sources,
}: Pick<Settings, 'additionalKustomizations' | 'sources'>): Promise<boolean> {
  const here = Object.entries(additionalKustomizations).filter(([, { path }]) => !isRemote(path))
  const { where } = sources.additionalKustomizations
  const found = await Promise.all(
    here.map(async ([name, { path }]) => {
      const what = `kustomization ${name} is not there`
      if (!(await isFolder(path)))
        throw new Failure({
          what,
          why: existsSync(path) ? `${path} is a file: its folder is meant` : `there is no folder ${path}`,
          remedy: 'correct its path',
          where,
        })
      const files = (await readdir(path, { recursive: true })).filter(isKustomization)
      if (!files.some(file => !file.includes('/')))
        throw new Failure({ what, why: `${path} has no kustomization.yaml`, remedy: 'name the folder that has it', where })
      const texts = await Promise.all(files.map(file => readFile(join(path, file), 'utf8')))
      return texts.some(text => /^\s*(- )?(helmCharts|helmChartInflationGenerator):/m.test(text))
    }),
  )
  return found.includes(true)
}

const isKustomization = (file: string): boolean => /(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(file)
