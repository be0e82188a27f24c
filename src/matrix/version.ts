/** Versions and minors as users write them in inputs: what is valid, and which known one is nearest to what is not. */
import semver from 'semver'
import * as z from 'zod/mini'
import { type Kind, text } from '../settings/kinds.ts'
import { isMinor, minorOf, span } from './support.ts'

/** semver alone would take `=1.2.3` too. */
const isVersion = (said: string): boolean => /^v?\d+\.\d+$/.test(said) || (/^v?\d/.test(said) && semver.valid(said) !== null)

const withV = (said: string): string => (said.startsWith('v') ? said : `v${said}`)

/** A version or a minor, whatever it is a version of: in combinations that name their own values. */
export const version = (example: string): Kind<string> => checked(example, said => (isVersion(said) ? undefined : form(example, '')))

/** A version or a minor of `product`, of one of its minors that are known. */
export const knownVersion = (example: string, product: string, minors: readonly string[]): Kind<string> =>
  checked(example, said => {
    const near = nearestMinor(said, minors)
    const hint = near === undefined ? '' : `, did you mean ${near}?`
    if (!isVersion(said)) return form(example, hint)
    return minors.includes(minorOf(withV(said))) ? undefined : `must be of ${product} ${span(minors)}${hint}`
  })

const form = (example: string, hint: string): string => `must be a version (${example}) or a minor (${minorOf(example)})${hint}`

/** `wrong`: what is wrong with a value, in words that go on after "but ". */
const checked = (example: string, wrong: (said: string) => string | undefined): Kind<string> => ({
  type: `version (\`${example}\`) or minor (\`${minorOf(example)}\`)`,
  schema: text().schema.check(
    z.refine(said => wrong(said) === undefined, { error: ({ input }) => wrong(String(input)) }),
    z.overwrite(withV),
  ),
  fromText: said => said,
})

/** By number and not by spelling: nearest to v1.31 is v1.14, not v1.13. */
function nearestMinor(said: string, minors: readonly string[]): string | undefined {
  const version = semver.coerce(said)
  if (version === null) return undefined
  const distance = (minor: string): number => Math.abs(number(minor) - number(`v${version.version}`))
  return minors.toSorted((one, other) => distance(one) - distance(other))[0]
}

const number = (version: string): number => {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
  return major * 1000 + minor
}

/** Whether a value that is said of a combination means this version: a minor means all of its patches. */
export const means = (said: unknown, version: string): boolean =>
  said === version || (typeof said === 'string' && isMinor(said) && said === minorOf(version))
