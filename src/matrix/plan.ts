/** Provider refs × Cluster API × Kubernetes: what is left of the product, as jobs, and what is said of the rest. A pure function of inputs and providers. */
import { Failure } from '../host/failure.ts'
import { type Combination, type Job, withEntries, without } from './entries.ts'
import { MOST_JOBS } from './inputs.ts'
import type { Wanted } from './load.ts'
import type { Provider } from './provider.ts'
import { clusterApi, minorOf, newestCapi, newestKubernetes, seriesServing, span, supportedKubernetes } from './support.ts'

export interface Matrix {
  readonly jobs: readonly Job[]
  /** Sentences on what was asked for and is not there, or was not checked. */
  readonly notices: readonly string[]
}

/**
 * In the order of refs, then Cluster API versions, then Kubernetes versions as they were said; where nobody says any, oldest first.
 * @throws Failure when a provider tells no Cluster API version or its contract doesn't fit, and when there are no jobs or too many.
 */
export function planMatrix(wanted: Wanted, providers: readonly Provider[]): Matrix {
  const product = providers.flatMap(provider =>
    capiVersions(wanted, provider).flatMap(capi =>
      kubernetesVersions(wanted, capi).map(kubernetes => ({ capi, kubernetes, ref: provider.ref })),
    ),
  )
  const asked = without(product, wanted.exclude)
  requireContracts(asked, providers)
  const unsupported = asked.filter(combination => !isSupported(combination))
  const jobs = withEntries(asked.filter(isSupported), wanted.include)
  requireCount(jobs.length, wanted.maxJobs, unsupported)
  return { jobs, notices: [...uncheckedContracts(providers), ...(unsupported.length > 0 ? [`left out: ${leftOut(unsupported)}`] : [])] }
}

/** As an object that `strategy.matrix` takes by `fromJSON`. */
export const matrixJson = (jobs: readonly Job[]): string => JSON.stringify({ include: jobs })

const distinct = <T>(list: readonly T[]): readonly T[] => [...new Set(list)]

function capiVersions({ capi }: Wanted, { ref, required }: Provider): readonly string[] {
  if (capi !== undefined) return distinct(capi.map(newestCapi))
  const remedy = 'set `capi-versions`'
  if ('unknown' in required) throw new Failure({ what: `${nameOf(ref)} tells no Cluster API version`, why: required.unknown, remedy })
  const { version, by } = required
  if (clusterApi[minorOf(version)] !== undefined) return [newestCapi(version)]
  throw new Failure({
    what: `${nameOf(ref)} is for Cluster API ${version}, of which nothing is known here`,
    why: `${by} says so, and what is known is ${span(Object.keys(clusterApi))}`,
    remedy: `${remedy}, or \`include\` its combinations, which are not checked`,
  })
}

const kubernetesVersions = ({ kubernetes }: Wanted, capi: string): readonly string[] =>
  kubernetes === undefined ? supportedKubernetes(capi).map(newestKubernetes) : distinct(kubernetes.map(newestKubernetes))

const isSupported = ({ capi, kubernetes }: Combination): boolean => supportedKubernetes(capi).includes(minorOf(kubernetes))

const nameOf = (ref: string): string => (ref === '' ? 'the provider' : `the provider at ${ref}`)

/** Every ref whose contract is not served by a version of Cluster API that it would be tested with. */
function requireContracts(asked: readonly Combination[], providers: readonly Provider[]): void {
  const misfits = providers.flatMap(({ ref, contract }) => {
    if (contract === undefined) return []
    const fitting = seriesServing(contract.name)
    const versions = distinct(asked.filter(one => one.ref === ref).map(({ capi }) => capi))
    const unfit = versions.filter(capi => !fitting.includes(minorOf(capi)))
    return unfit.length === 0 ? [] : [{ what: misfit(ref, contract.name, unfit), why: served(fitting), where: contract.where }]
  })
  const [first] = misfits
  if (first === undefined) return
  const remedy = 'name versions that fit in `capi-versions`, or `exclude` these combinations'
  if (misfits.length === 1) throw new Failure({ ...first, remedy })
  throw new Failure({
    what: `${misfits.length} refs of the provider do not fit the Cluster API versions that they would be tested with`,
    remedy,
    details: misfits.map(({ what, why, where }) => `${what}: ${why} (${where})`),
  })
}

const misfit = (ref: string, contract: string, versions: readonly string[]): string =>
  `${nameOf(ref)} has the contract ${contract}, which Cluster API ${versions.join(', ')} ${versions.length > 1 ? 'do' : 'does'} not serve`

const served = (fitting: readonly string[]): string =>
  fitting.length === 0 ? `no version from ${span(Object.keys(clusterApi))} serves it` : `Cluster API ${span(fitting)} would fit`

const uncheckedContracts = (providers: readonly Provider[]): readonly string[] =>
  providers
    .filter(({ contract }) => contract === undefined)
    .map(({ ref }) => `${nameOf(ref)} has no metadata.yaml with release series: whether its contract fits Cluster API is not checked`)

/** `Cluster API v1.13.4 on Kubernetes v1.31.14 (it supports v1.32 to v1.36 as management clusters)`, one part for each version of Cluster API. */
function leftOut(unsupported: readonly Combination[]): string {
  const versions = Map.groupBy(unsupported, ({ capi }) => capi)
  const parts = [...versions].map(([capi, combinations]) => {
    const kubernetes = distinct(combinations.map(one => one.kubernetes)).join(', ')
    return `Cluster API ${capi} on Kubernetes ${kubernetes} (it supports ${span(supportedKubernetes(capi))} as management clusters)`
  })
  return parts.join('; ')
}

function requireCount(count: number, most: number, unsupported: readonly Combination[]): void {
  if (count === 0)
    throw new Failure({
      what: 'the matrix has no jobs',
      why: unsupported.length > 0 ? `left out: ${leftOut(unsupported)}` : '`exclude` leaves nothing over',
      remedy: 'name versions that go together, or `include` what is to be tested all the same',
    })
  if (count > most)
    throw new Failure({
      what: `the matrix would have ${count} jobs, and at most ${most} are allowed`,
      why: most === MOST_JOBS ? 'GitHub makes no more of one matrix' : '`max-jobs` says so',
      remedy: 'name fewer versions or refs, or `exclude` combinations',
    })
}
