/** The few inputs of the nightly actions: known names only, and `true` or `false` where that is asked. Pure. */
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'

type Inputs = Readonly<Record<string, string>>

/** @throws Failure for an input that is not among `names`, with the nearest that is. */
export function requireKnown(inputs: Inputs, names: readonly string[]): void {
  const unknown = Object.keys(inputs).find(name => !names.includes(name))
  if (unknown === undefined) return
  throw new Failure({
    what: `${unknown} is no input${didYouMean(unknown, names)}`,
    why: `there are ${names.join(', ')}`,
    where: `input ${unknown}`,
  })
}

/** @throws Failure for any other word. */
export function flagOf(inputs: Inputs, name: string, fallback: boolean): boolean {
  const said = inputs[name]?.trim().toLowerCase()
  if (said === undefined) return fallback
  if (said === 'true' || said === 'false') return said === 'true'
  throw new Failure({ what: `${name} is ${JSON.stringify(inputs[name])}, but must be true or false`, where: `input ${name}` })
}
