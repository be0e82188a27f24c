/** "Did you mean …?": the known name that is nearest to what was written. */

/** The name of `known` that takes the fewest edits from `written`, if it takes few enough to be what was meant. */
export function nearest(written: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  // Of a short word two letters must stay: `k3s` is no `aws`.
  let fewest = Math.min(Math.max(2, Math.floor(written.length / 3)), Math.max(0, written.length - 2)) + 1
  for (const name of known) {
    const edits = editsBetween(plain(written), plain(name))
    if (edits < fewest) [best, fewest] = [name, edits]
  }
  return best
}

/** The half sentence that follows an unknown name, or nothing. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const name = nearest(written, known)
  return name === undefined ? '' : `, did you mean ${name}?`
}

/** Case and word separators are what people mix up most; they count as no edit. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '')

/** Levenshtein's distance, one row at a time. */
function editsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const here = [row]
    for (let column = 1; column <= other.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1)
      here.push(Math.min(replaced, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1))
    }
    above = here
  }
  return above[other.length] ?? 0
}
