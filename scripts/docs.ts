/**
 * `node scripts/docs.ts`: writes what is made from the fields of settings: inputs and outputs in action.yml, their tables in README.md, the reference
 * `docs/settings.md`. `--check` fails where a file is not what it would write.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { outputs } from '../src/actions/outputs.ts'
import { environmentOf, type Field, groups, groupTitles, nameOf, shownDefault } from '../src/settings/field.ts'
import { fieldKeys, fieldOf } from '../src/settings/fields.ts'

const root = join(import.meta.dirname, '..')

interface NamedField extends Field {
  readonly key: string
  readonly name: string
}

const all: readonly NamedField[] = fieldKeys.map(key => ({ ...fieldOf(key), key, name: nameOf(key) }))
const inputs = all.filter(({ input }) => input !== false)

/** Files with generated parts, and what each part holds. A part stands between lines with its name in `<…>` and `</…>`. */
const parts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'action.yml': { inputs: actionInputs(), outputs: actionOutputs() },
  'README.md': { inputs: inputTable(), outputs: outputTable() },
  'docs/settings.md': { settings: reference() },
}

function actionInputs(): string {
  const entries = inputs.map(field => {
    const shown = shownDefault(field)
    const description = `${field.docs}${shown === undefined || field.actionDefault ? '' : ` (default: ${shown.replaceAll('`', '')})`}`
    // No defaults here: an input with one would always win over the environment and tilt-settings. The exception can't be said elsewhere.
    return [field.name, { description, ...(field.actionDefault === undefined ? {} : { default: field.actionDefault }) }] as const
  })
  return stringify({ inputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function actionOutputs(): string {
  const entries = Object.entries(outputs).map(([name, description]) => [name, { description }])
  return stringify({ outputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function inputTable(): string {
  const rows = groups.flatMap(group => {
    const fields = inputs.filter(field => field.group === group)
    return fields.length === 0
      ? []
      : [`| **${groupTitles[group]}** | | |`, ...fields.map(field => row(`\`${field.name}\``, field.docs, shownDefault(field) ?? ''))]
  })
  return ['| input | what it says | default |', '|---|---|---|', ...rows, ''].join('\n')
}

function outputTable(): string {
  return ['| output | what it holds |', '|---|---|', ...Object.entries(outputs).map(([name, docs]) => row(`\`${name}\``, docs)), ''].join(
    '\n',
  )
}

function reference(): string {
  const sections = groups.map(group => {
    const fields = all.filter(field => field.group === group)
    return [`## ${groupTitles[group]}`, '', ...fields.flatMap(entry)].join('\n')
  })
  return sections.join('\n')
}

function entry(field: NamedField): string[] {
  const { name, kind, docs, tilt, input, notice } = field
  const said = [
    ...(input === false ? [] : [`input \`${name}\`, flag \`--${name}\``]),
    ...(tilt === undefined ? [] : [`tilt-settings \`${tilt}\``]),
    ...environmentOf(field.key, field).map(variable => `environment \`${variable}\``),
  ]
  const shown = shownDefault(field)
  return [
    `### ${input === false ? tilt : name}`,
    '',
    docs,
    '',
    `- ${kind.type}${shown === undefined ? '' : `; default: ${shown}`}`,
    `- ${said.join(' · ')}`,
    ...(notice === undefined ? [] : [`- accepted, and not acted on: ${notice}`]),
    '',
  ]
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** The text of `file` with its parts as they should be. */
function fill(file: string, text: string): string {
  return Object.entries(parts[file] ?? {}).reduce((sofar, [name, part]) => {
    const pattern = new RegExp(`(^.*<${name}>.*\\n)[\\s\\S]*?(^.*</${name}>)`, 'm')
    if (!pattern.test(sofar)) throw new Error(`${file} has no lines with <${name}> and </${name}>`)
    return sofar.replace(pattern, (_, before, after) => `${before}${file.endsWith('.md') ? `\n${part}\n` : part}${after}`)
  }, text)
}

/** The text that `file` should have, where it is not the text that it has. */
export async function staleText(file: string): Promise<string | undefined> {
  const text = await readFile(join(root, file), 'utf8')
  const fresh = fill(file, text)
  return fresh === text ? undefined : fresh
}

export const generatedFiles: readonly string[] = Object.keys(parts)

if (import.meta.main) {
  const check = process.argv.includes('--check')
  for (const file of generatedFiles) {
    const text = await staleText(file).catch((error: Error) => error)
    if (text instanceof Error) console.error(text.message)
    else if (text !== undefined && !check) await writeFile(join(root, file), text)
    console.log(`${file} ${text === undefined ? 'is fresh' : check || text instanceof Error ? 'is stale' : 'written'}`)
    if (text instanceof Error || (check && text !== undefined)) process.exitCode = 1
  }
}
