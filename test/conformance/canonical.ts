/** JSON texts in one form, so that equal values are equal texts: keys sorted, integers digit by digit as they were written. */

export const canonical = (json: string): string => JSON.stringify(sorted(JSON.parse(json, exact)))

/** Integers that a JavaScript number cannot hold stay as text, else all of them near each other would be equal. */
const exact = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? `integer ${context?.source}` : value

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, field]): [string, unknown] => [key, sorted(field)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
