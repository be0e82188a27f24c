/** Reads the `[tools]` of a mise.toml: a version, several of which the first counts, or a table with a `version` (mise docs, "Configuration"). */
import { readToml, type TomlEntry, type TomlValue } from './toml.ts'
import { entryOf } from './tool-versions.ts'
import { type ToolName, toolNames, type VersionEntries, type VersionEntry } from './tools.ts'

/** Our tools alone, by the names that mise's registry has for them. */
export function readMiseToml(text: string): VersionEntries {
  const entries = new Map<ToolName, VersionEntry>()
  for (const { path, value, line } of readToml(text).flatMap(withoutTables)) {
    const [table, tool, option] = path
    const name = toolNames.find(one => one === tool)
    if (table !== 'tools' || name === undefined || (option !== undefined && option !== 'version')) continue
    const first = entries.get(name)
    entries.set(name, first === undefined ? versionIn(name, value, line) : { line, refusal: `${name} is named twice` })
  }
  return entries
}

/** `tools = { kind = "1" }` and `kind = { version = "1" }` are other ways to write `tools.kind.version = "1"`. */
const withoutTables = (entry: TomlEntry): TomlEntry[] => {
  const { path, value } = entry
  return isTable(value) ? value.table.flatMap(one => withoutTables({ ...one, path: [...path, ...one.path] })) : [entry]
}

const isTable = (value: TomlValue): value is { readonly table: readonly TomlEntry[] } => typeof value === 'object' && 'table' in value

function versionIn(name: ToolName, value: TomlValue, line: number): VersionEntry {
  if (typeof value === 'string') return entryOf(name, value.trim() || undefined, line)
  if ('bare' in value) return { line, refusal: `${name} is ${value.bare}, but must be text: put it in quotes` }
  if (isTable(value)) return entryOf(name, undefined, line)
  const [first] = value
  if (first === undefined) return entryOf(name, undefined, line)
  const version = isTable(first) ? first.table.find(({ path }) => path.join('.') === 'version')?.value : first
  return version === undefined ? entryOf(name, undefined, line) : versionIn(name, version, line)
}
