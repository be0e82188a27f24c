/** metadata.yaml of a provider (clusterctl's kind Metadata): which release series it has, and which contract each of them fulfils. Pure. */
import { parseYaml } from './yaml.ts'

export interface ReleaseSeries {
  readonly major: number
  readonly minor: number
  /** Nothing where the series names none. */
  readonly contract: string | undefined
  /** Where it says so: `metadata.yaml:7:15`. */
  readonly where: string
}

/**
 * The series, the newest first; entries without numbers are left out.
 * @throws Failure when the text is no YAML.
 */
export function releaseSeriesIn(text: string, file: string): readonly ReleaseSeries[] {
  const { value, positionOf } = parseYaml(text, file)
  const listed = isMapping(value) && Array.isArray(value.releaseSeries) ? value.releaseSeries : []
  const series = listed.flatMap((one: unknown, index) => {
    if (!isMapping(one) || !isWhole(one.major) || !isWhole(one.minor)) return []
    const contract = typeof one.contract === 'string' ? one.contract : undefined
    return [{ major: one.major, minor: one.minor, contract, where: positionOf(['releaseSeries', index, 'contract']) }]
  })
  return series.toSorted((one, other) => other.major - one.major || other.minor - one.minor)
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const isWhole = (value: unknown): value is number => Number.isInteger(value)
