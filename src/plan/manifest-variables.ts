/** The variables of manifests of several providers, judged together: one error names what is missing in all of them. */
import { howToGet } from '../credentials/clouds.ts'
import { flawOf } from '../credentials/values.ts'
import { judgeVariables, type NamedTemplate } from '../manifests/variables.ts'
import type { Settings } from '../settings/settings.ts'
import { providerVariables } from '../settings/variables.ts'

export interface Asked {
  readonly template: NamedTemplate
  /** Values that hold for this provider alone. */
  readonly own: Readonly<Record<string, string>>
}

const saidIn = 'among the substitutions, the credentials or in the environment'

/** @throws Failure that names what has no value, or one that can't be right. */
export function judgeTogether(asked: readonly Asked[], settings: Settings, whose: string, unset: 'error' | 'empty' = 'error'): void {
  const words = { subject: 'variable', whose, saidIn, howToGet, flawOf }
  const common = providerVariables(settings)
  const isPlain = ({ own }: Asked) => Object.keys(own).length === 0
  judgeVariables(
    asked.filter(isPlain).map(({ template }) => template),
    common,
    words,
    unset,
  )
  for (const { template, own } of asked.filter(one => !isPlain(one))) judgeVariables([template], { ...common, ...own }, words, unset)
}
