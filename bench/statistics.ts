/** Numbers of repeated runs, side by side. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export interface Comparison {
  readonly text: string
  readonly kept: boolean
}

/**
 * Both medians, and the median of the ratios pair by pair, which holds when the machine's speed drifts.
 * @param names of what is measured and of what it is measured against.
 */
export function compare(
  what: string,
  ours: readonly number[],
  theirs: readonly number[],
  bound: number,
  names: readonly [string, string] = ['ours', 'theirs'],
): Comparison {
  const ratio = median(ours.map((value, index) => value / (theirs[index] ?? Number.NaN)))
  const seconds = (values: readonly number[]) => `${median(values).toFixed(2)} s`
  const text = `${what}: ${names[0]} ${seconds(ours)}, ${names[1]} ${seconds(theirs)}, ratio ${ratio.toFixed(2)} (wanted ≤ ${bound}) over ${ours.length} pairs`
  return { text, kept: ratio <= bound }
}
