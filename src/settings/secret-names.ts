/** Which values are secrets, by the names that they go by. Pure. */
const SECRET_NAME = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY|API_KEY/i

/** True for names such as `AWS_B64ENCODED_CREDENTIALS`. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

/** Shorter values hide nothing and would star out half a log (`true`, `1`). */
const SHORTEST_SECRET = 6

export const secretValues = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables).flatMap(([name, value]) => (isSecretName(name) && value.length >= SHORTEST_SECRET ? [value] : []))

/** The same at any depth of a value that users write as they like, such as values of a chart. */
export function secretsWithin(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return [...secretValues(Object.fromEntries(texts)), ...entries.flatMap(([, one]) => secretsWithin(one))]
}
