/** The first lines of an error as the command prints them: what, why, what to do, where. */
export const headOf = (stderr: string): string[] => {
  const lines = stderr.split('\n')
  const first = lines.findIndex(line => line.startsWith('✖'))
  const rest = lines.slice(first + 1)
  const end = rest.findIndex(line => !line.startsWith('  '))
  return first === -1 ? [] : [lines[first] ?? '', ...rest.slice(0, end === -1 ? rest.length : end)].map(line => line.trim())
}
