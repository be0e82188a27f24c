/** The name that was probably meant, for errors about unknown ones. */

/** The one of `names` that is nearest to `word` in single-letter edits, or nothing when all are far off. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map(name => ({ name, edits: editsBetween(word.toLowerCase(), name.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits)
  const best = ranked[0]
  return best && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined
}

/** Levenshtein's distance, row by row. */
function editsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (const [index, letter] of [...left].entries()) {
    let diagonal = index
    let before = index + 1
    row = row.map((above, column) => {
      if (column === 0) return before
      const edits = Math.min(above + 1, before + 1, diagonal + (letter === right[column - 1] ? 0 : 1))
      diagonal = above
      before = edits
      return edits
    })
  }
  return row.at(-1) ?? 0
}
