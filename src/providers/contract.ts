/** Whether providers fit together: the contract of each, by its metadata.yaml, against core's, as `clusterctl init` checks it. Pure. */
import semver from 'semver'
import { Failure } from '../host/failure.ts'
import type { ReleaseSeries } from '../manifests/release-series.ts'

/** A provider as its own metadata.yaml describes it. */
export interface Described {
  readonly name: string
  readonly version: string
  readonly series: readonly ReleaseSeries[]
  /** The metadata.yaml, for errors. */
  readonly file: string
}

/** What providers of a contract may be beside a core of `contract` (internal/contract/version.go of Cluster API). */
export const compatibleWith = (contract: string): readonly string[] => (contract === 'v1beta2' ? ['v1beta2', 'v1beta1'] : [contract])

/**
 * The contract that the provider's version has.
 * @throws Failure when its metadata.yaml has no such release series, or no contract there.
 */
export function contractOf({ name, version, series, file }: Described): string {
  const found = series.find(({ major, minor }) => major === semver.major(version) && minor === semver.minor(version))
  if (found?.contract !== undefined) return found.contract
  throw new Failure({
    what: `the contract of provider ${name} ${version} is unknown`,
    why:
      found === undefined ? `its metadata.yaml has ${sayList(series.map(sayOne)) || 'no release series'}` : 'its release series names none',
    remedy: 'use a version that its metadata.yaml has',
    where: found?.where ?? file,
  })
}

/** Somebody who knows of later release series than the provider's own metadata.yaml. */
export type Newest = (name: string) => Promise<readonly ReleaseSeries[]>

/**
 * @param newest Asked only for the remedy of an error.
 * @throws Failure that names every provider whose contract does not fit core's, and the versions that would.
 */
export async function checkContracts(core: Described, others: readonly Described[], newest: Newest): Promise<void> {
  const contract = contractOf(core)
  const accepted = compatibleWith(contract)
  const misfits = others.map(other => ({ other, has: contractOf(other) })).filter(({ has }) => !accepted.includes(has))
  const [first] = misfits
  if (first === undefined) return
  const remedies = await Promise.all(misfits.map(({ other, has }) => remedyFor(core, other, has, accepted, newest)))
  throw new Failure({
    what: `${sayList(misfits.map(({ other }) => `${other.name} ${other.version}`))} ${misfits.length === 1 ? 'does' : 'do'} not fit core ${core.version}`,
    why: `${sayList(misfits.map(({ other, has }) => `${other.name} has the contract ${has}`))}; core has ${contract} and takes ${accepted.join(' and ')}`,
    remedy: remedies.join('; '),
    where: misfits.map(({ other }) => other.file),
  })
}

async function remedyFor(core: Described, other: Described, has: string, accepted: readonly string[], newest: Newest): Promise<string> {
  const [theirs, cores] = await Promise.all([allSeries(other, newest), allSeries(core, newest)])
  const fitting = theirs.filter(({ contract }) => contract !== undefined && accepted.includes(contract))
  const cored = cores.filter(({ contract }) => contract !== undefined && compatibleWith(contract).includes(has))
  const ways = [
    ...(fitting.length === 0 ? [] : [`${other.name} of ${rangeOf(fitting)}`]),
    ...(cored.length === 0 ? [] : [`core of ${rangeOf(cored)}`]),
  ]
  return ways.length === 0 ? `no version of ${other.name} is known to fit` : `use ${ways.join(', or ')}`
}

async function allSeries({ name, series }: Described, newest: Newest): Promise<readonly ReleaseSeries[]> {
  const bySeries = new Map([...series, ...(await newest(name))].map(one => [sayOne(one), one]))
  return [...bySeries.values()].toSorted((one, other) => one.major - other.major || one.minor - other.minor)
}

const sayOne = ({ major, minor }: Pick<ReleaseSeries, 'major' | 'minor'>): string => `v${major}.${minor}`

/** `v1.11`, or `v1.11 to v1.13`. */
function rangeOf(series: readonly ReleaseSeries[]): string {
  const [first, last] = [series[0], series.at(-1)]
  if (first === undefined || last === undefined) return ''
  return first === last ? sayOne(first) : `${sayOne(first)} to ${sayOne(last)}`
}

/** `A`, `A and B`, `A, B and C`. */
const sayList = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(part => part !== '').join(' and ')
