/** Where something stands in a text, as editors and annotations count: lines and columns from 1, columns in UTF-16 units. */

export interface Position {
  readonly line: number
  readonly column: number
}

/** Prepares `text` for many questions "which line and column is this offset?". */
export function positionsIn(text: string): (offset: number) => Position {
  const lineStarts = [0]
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lineStarts.push(end + 1)
  return offset => {
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
  }
}

/** `file:line:column`, the form that editors and GitHub annotations open. */
export const placeIn = (file: string, position: Position): string => `${file}:${position.line}:${position.column}`
