/** Reads `.tool-versions` of asdf and mise: a tool and its versions per line, of which the first counts; `#` begins a comment (asdf docs, "Configuration"). */
import { type ToolName, toolNames, type VersionEntries, type VersionEntry } from './tools.ts'

/** Our tools alone: lines of others say nothing. */
export function readToolVersions(text: string): VersionEntries {
  const entries = new Map<ToolName, VersionEntry>()
  const firstLines = new Map<ToolName, number>()
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const [word, version] = content.replace(/#.*/, '').trim().split(/\s+/)
    const name = toolNames.find(one => one === word)
    if (name === undefined) continue
    const line = index + 1
    const first = firstLines.get(name)
    if (first === undefined) firstLines.set(name, line)
    entries.set(
      name,
      first === undefined ? entryOf(name, version, line) : { line, refusal: `${name} is named twice, first in line ${first}` },
    )
  }
  return entries
}

/** What asdf and mise take from the machine, build from source, or look for by a rule of their own. */
const NO_RELEASE = /^(system$|path:|ref:|prefix:|sub-)/

/** What a version of a tool says, as asdf and mise write it. */
export function entryOf(name: ToolName, version: string | undefined, line: number): VersionEntry {
  if (version === undefined) return { line, refusal: `${name} has no version` }
  if (!NO_RELEASE.test(version)) return { line, version }
  const remedy = `set ${name}-version, or leave ${name} out of tools`
  return { line, refusal: `${name} is ${JSON.stringify(version)}, which is no version that can be installed: ${remedy}` }
}
