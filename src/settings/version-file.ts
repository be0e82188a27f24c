/** The file of `version-file` as a source of settings: versions of the tools that nobody says by name. Its name tells its format. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { messageOf } from '../host/failure.ts'
import type { FieldKey } from './fields.ts'
import { readGoMod } from './go-mod.ts'
import { readMiseToml } from './mise-toml.ts'
import type { Problem, Said } from './said.ts'
import { NoToml } from './toml.ts'
import { readToolVersions } from './tool-versions.ts'
import { type ToolName, toolNames, type VersionEntries, type VersionEntry } from './tools.ts'

export interface FileVersions {
  readonly said: ReadonlyMap<FieldKey, Said>
  readonly problems: readonly Problem[]
}

interface Format {
  readonly ending: string
  readonly read: (text: string) => VersionEntries
  /** What is wrong with a file that says nothing of `tools`. */
  readonly silent: (tools: readonly ToolName[]) => string
}

const formats: readonly Format[] = [
  { ending: 'tool-versions', read: readToolVersions, silent: tools => `names none of ${tools.join(', ')}` },
  { ending: '.toml', read: readMiseToml, silent: tools => `names none of ${tools.join(', ')} in [tools]` },
  {
    ending: '.mod',
    read: readGoMod,
    silent: tools =>
      tools.includes('clusterctl')
        ? 'does not require sigs.k8s.io/cluster-api, whose version is that of clusterctl'
        : `says the version of clusterctl alone, and ${tools.join(', ')} is wanted`,
  },
]

/**
 * Reads what `file` says of `tools` (nothing said: of all).
 * @param where Where the user named the file.
 */
export async function readVersionFile(
  file: string,
  tools: readonly ToolName[] | undefined,
  where: string,
  shownAs: (file: string) => string,
): Promise<FileVersions> {
  const refused = (why: string): FileVersions => ({
    said: new Map(),
    problems: [{ text: `version-file is ${shownAs(file)}, but ${why}`, where }],
  })
  const format = formats.find(({ ending }) => basename(file).endsWith(ending))
  if (format === undefined) return refused('must be a .tool-versions file, a mise.toml or a go.mod')
  try {
    return versionsIn(await readFile(file, 'utf8'), shownAs(file), format, tools ?? toolNames, where)
  } catch (error) {
    if (error instanceof NoToml) {
      const place = `${shownAs(file)}:${error.line}`
      return { said: new Map(), problems: [{ text: `version-file can't be read: ${error.message}`, where: place }] }
    }
    if (!(error instanceof Error && 'code' in error)) throw error
    return refused(error.code === 'ENOENT' ? 'there is no such file' : `it can't be read: ${messageOf(error)}`)
  }
}

function versionsIn(text: string, file: string, { read, silent }: Format, tools: readonly ToolName[], where: string): FileVersions {
  const entries = read(text)
  const said = new Map(
    tools.flatMap(name => {
      const entry = entries.get(name)
      return entry === undefined ? [] : [[keyOf(name), sayingOf(name, entry, `${file}:${entry.line}`)] as const]
    }),
  )
  return { said, problems: said.size > 0 ? [] : [{ text: `${file} ${silent(tools)}`, where }] }
}

const keyOf = (name: ToolName): FieldKey => `${name}Version`

const sayingOf = (name: ToolName, entry: VersionEntry, where: string): Said => ({
  name,
  raw: 'version' in entry ? entry.version : undefined,
  refusal: 'refusal' in entry ? entry.refusal : undefined,
  source: { kind: 'file', where },
  whereOf: () => where,
  base: '',
})
