/**
 * `node scripts/docs.ts`: writes what is made from the fields of settings: inputs and outputs in each action.yml, their types, their tables in each README.md, the
 * reference `docs/settings.md`, the schema of tilt-settings for editors. `--check` fails where a file is not what it would write.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import * as diagnostics from '../src/actions/collect-diagnostics-interface.ts'
import { outputs, planOutput } from '../src/actions/outputs.ts'
import { type Part, type PartName, parts, reportOutput, stepByStep } from '../src/actions/parts.ts'
import * as setupTools from '../src/actions/setup-tools-interface.ts'
import * as matrix from '../src/matrix/inputs.ts'
import { environmentOf, type Field, groups, groupTitles, nameOf, shownDefault } from '../src/settings/field.ts'
import { fieldKeys, fieldOf } from '../src/settings/fields.ts'
import { text } from '../src/settings/kinds.ts'
import { tiltSettingsSchema, tiltSettingsTable } from './tilt-settings.ts'

const root = join(import.meta.dirname, '..')

interface NamedField extends Field {
  readonly key: string
  readonly name: string
}

const all: readonly NamedField[] = fieldKeys.map(key => ({ ...fieldOf(key), key, name: nameOf(key) }))
const inputs = all.filter(({ input }) => input === undefined)

/** What an action takes and hands out. */
interface Described {
  readonly inputs: readonly NamedField[]
  readonly outputs: Readonly<Record<string, string>>
}

const chain: Described = { inputs, outputs: { ...outputs, ...planOutput } }
const ofEveryPart = Object.entries(parts).map(([name, { fields, outputs: own }]): readonly [string, Described] => [
  name,
  {
    inputs: all.filter(({ key }) => (fields as readonly string[]).includes(key)),
    outputs: { ...Object.fromEntries(Object.entries(own).map(([output, { docs }]) => [output, docs])), ...reportOutput, ...planOutput },
  },
])

const ofParts: readonly (readonly [string, Described])[] = [
  ...ofEveryPart,
  [
    'setup-tools',
    {
      inputs: all.filter(({ key }) => (setupTools.fields as readonly string[]).includes(key)),
      outputs: { ...setupTools.outputs, ...planOutput },
    },
  ],
]

const collect: Described = {
  inputs: diagnostics.fields.map(key => ({ ...fieldOf(key), ...diagnostics.texts[key], key, name: nameOf(key) })),
  outputs: diagnostics.outputs,
}

/** With the inputs and outputs of the step that uploads. */
const collectAndUpload: Described = {
  inputs: [
    ...collect.inputs,
    ...Object.entries(diagnostics.uploadInputs).map(([name, { docs, type, default: value, defaultText }]): NamedField => {
      const said = {
        default: value,
        ...(value === undefined ? {} : { actionDefault: value }),
        ...(defaultText === undefined ? {} : { defaultText }),
      }
      return { key: name, name, group: 'run', docs, kind: { ...text(), type }, ...said }
    }),
  ],
  outputs: { ...collect.outputs, ...diagnostics.uploadOutputs },
}

/** A cluster of somebody else's can't take what is built here, so its inputs are none of the whole chain by steps. */
const steps: Described = {
  inputs: all.filter(
    ({ key }) =>
      !['kubeconfig', 'context'].includes(key) && stepByStep.steps.some(name => (parts[name].fields as readonly string[]).includes(key)),
  ),
  outputs: Object.fromEntries(Object.entries(stepByStep.outputs).map(([name, { of, as }]) => [name, outputDocs(of, as)])),
}

function outputDocs(part: PartName, output: string): string {
  return (parts[part].outputs as Part['outputs'])[output]?.docs ?? ''
}

/** Files with generated parts, and what each part holds. A part stands between lines with its name in `<…>` and `</…>`. */
const generated: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'action.yml': yamlOf(chain),
  'action-types.yml': typesOf(chain),
  'README.md': tablesOf(chain),
  'docs/settings.md': { settings: reference() },
  'actions/step-by-step/action.yml': { inputs: actionInputs(steps.inputs), outputs: outputsOfSteps(ofSteps()), steps: compositeSteps() },
  'actions/step-by-step/action-types.yml': typesOf(steps),
  'actions/step-by-step/README.md': tablesOf(steps),
  'actions/collect-diagnostics/action.yml': {
    inputs: actionInputs(collectAndUpload.inputs),
    outputs: outputsOfSteps({
      ...Object.fromEntries(Object.entries(diagnostics.outputs).map(([name, docs]) => [name, { docs, of: 'collect', as: name }])),
      ...Object.fromEntries(Object.entries(diagnostics.uploadOutputs).map(([name, docs]) => [name, { docs, of: 'upload', as: name }])),
    }),
  },
  'actions/collect-diagnostics/action-types.yml': typesOf(collectAndUpload),
  'actions/collect-diagnostics/README.md': tablesOf(collectAndUpload),
  'actions/collect-diagnostics/collect/action.yml': yamlOf({ ...collect, outputs: diagnostics.collectOutputs }),
  'actions/collect-diagnostics/collect/action-types.yml': typesOf({ ...collect, outputs: diagnostics.collectOutputs }),
  'actions/plan-matrix/action.yml': {
    inputs: stringify(
      {
        inputs: Object.fromEntries(
          Object.entries(matrix.inputs).map(([name, { docs, defaultText }]) => [name, { description: described(docs, defaultText) }]),
        ),
      },
      { lineWidth: 0 },
    ),
    outputs: actionOutputs(matrix.outputs),
  },
  'actions/plan-matrix/action-types.yml': typesOf({
    inputs: Object.entries(matrix.inputs).map(([name, { kind }]) => ({ name, kind })),
    outputs: matrix.outputs,
  }),
  'actions/plan-matrix/README.md': {
    inputs: tableOf(Object.entries(matrix.inputs).map(([name, { docs, defaultText }]) => row(`\`${name}\``, docs, defaultText ?? ''))),
    outputs: outputTable(matrix.outputs),
  },
  ...Object.fromEntries(
    ofParts.flatMap(([name, described]) => [
      [`actions/${name}/action.yml`, yamlOf(described)],
      [`actions/${name}/action-types.yml`, typesOf(described)],
      [`actions/${name}/README.md`, tablesOf(described)],
    ]),
  ),
}

/** Files that are made as a whole. */
const whole: Readonly<Record<string, () => string>> = { 'docs/tilt-settings.schema.json': tiltSettingsSchema }

/** The steps of a composite action, which calls its siblings by the tag of the release that it is part of. */
function compositeSteps(): string {
  const named = new Set(steps.inputs.map(({ key }) => key))
  const only: Partial<Record<PartName, string>> = stepByStep.only
  const calls = stepByStep.steps.map(name => ({
    id: name,
    ...(only[name] === undefined ? {} : { if: only[name] }),
    uses: `capi-actions/capi-actions/actions/${name}@v1`,
    with: Object.fromEntries(parts[name].fields.filter(key => named.has(key)).map(key => [nameOf(key), `\${{ inputs.${nameOf(key)} }}`])),
  }))
  return stringify({ runs: { using: 'composite', steps: calls } }, { lineWidth: 0 })
}

interface OfStep {
  readonly docs: string
  readonly of: string
  readonly as: string
}

function ofSteps(): Record<string, OfStep> {
  return Object.fromEntries(Object.entries(stepByStep.outputs).map(([name, { of, as }]) => [name, { docs: outputDocs(of, as), of, as }]))
}

/** Outputs of a composite action: which of its steps has each, and under which name. */
function outputsOfSteps(outputs: Readonly<Record<string, OfStep>>): string {
  const entries = Object.entries(outputs).map(([name, { docs, of, as }]) => [
    name,
    { description: docs, value: `\${{ steps.${of}.outputs.${as} }}` },
  ])
  return stringify({ outputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function yamlOf({ inputs, outputs }: Described): Record<string, string> {
  return { inputs: actionInputs(inputs), outputs: actionOutputs(outputs) }
}

function tablesOf({ inputs, outputs }: Described): Record<string, string> {
  return { inputs: inputTable(inputs), outputs: outputTable(outputs) }
}

/** For those who write workflows in typed languages: https://github.com/typesafegithub/github-actions-typing */
function typesOf({ inputs, outputs }: Typed): Record<string, string> {
  const typed = {
    inputs: Object.fromEntries(inputs.map(({ name, kind }) => [name, typeOf(kind.type)])),
    outputs: Object.fromEntries(Object.keys(outputs).map(name => [name, { type: 'string' }])),
  }
  return { types: stringify(typed, { lineWidth: 0 }) }
}

interface Typed {
  readonly inputs: readonly Pick<NamedField, 'name' | 'kind'>[]
  readonly outputs: Described['outputs']
}

function typeOf(type: string): Record<string, unknown> {
  if (type === '`true` or `false`') return { type: 'boolean' }
  if (type === 'port number') return { type: 'integer' }
  return type.startsWith('list of') ? { type: 'list', separator: ',', 'list-item': { type: 'string' } } : { type: 'string' }
}

function described(docs: string, shown: string | undefined): string {
  return `${docs}${shown === undefined ? '' : ` (default: ${shown.replaceAll('`', '')})`}`
}

function actionInputs(inputs: readonly NamedField[]): string {
  const entries = inputs.map(field => {
    const shown = shownDefault(field)
    const description = described(field.docs, field.actionDefault ? undefined : shown)
    // No defaults here: an input with one would always win over the environment and tilt-settings. The exception can't be said elsewhere.
    return [field.name, { description, ...(field.actionDefault === undefined ? {} : { default: field.actionDefault }) }] as const
  })
  return stringify({ inputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function actionOutputs(outputs: Described['outputs']): string {
  const entries = Object.entries(outputs).map(([name, description]) => [name, { description }])
  return stringify({ outputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function inputTable(inputs: readonly NamedField[]): string {
  const rows = groups.flatMap(group => {
    const fields = inputs.filter(field => field.group === group)
    return fields.length === 0
      ? []
      : [`| **${groupTitles[group]}** | | |`, ...fields.map(field => row(`\`${field.name}\``, field.docs, shownDefault(field) ?? ''))]
  })
  return tableOf(rows)
}

function tableOf(rows: readonly string[]): string {
  return ['| input | what it says | default |', '|---|---|---|', ...rows, ''].join('\n')
}

function outputTable(outputs: Described['outputs']): string {
  return ['| output | what it holds |', '|---|---|', ...Object.entries(outputs).map(([name, docs]) => row(`\`${name}\``, docs)), ''].join(
    '\n',
  )
}

function reference(): string {
  const sections = groups.map(group => {
    const fields = all.filter(field => field.group === group)
    return [`## ${groupTitles[group]}`, '', ...fields.flatMap(entry)].join('\n')
  })
  return [...sections, ['## Fields of tilt-settings', '', ...tiltSettingsTable(), ''].join('\n')].join('\n')
}

function entry(field: NamedField): string[] {
  const { name, kind, docs, tilt, input, notice } = field
  const said = [
    ...(input === false
      ? []
      : [input === 'part' ? `input \`${name}\` of actions that do a part` : `input \`${name}\`, flag \`--${name}\``]),
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
  return Object.entries(generated[file] ?? {}).reduce((sofar, [name, part]) => {
    const pattern = new RegExp(`(^.*<${name}>.*\\n)[\\s\\S]*?(^.*</${name}>)`, 'm')
    if (!pattern.test(sofar)) throw new Error(`${file} has no lines with <${name}> and </${name}>`)
    return sofar.replace(pattern, (_, before, after) => `${before}${file.endsWith('.md') ? `\n${part}\n` : part}${after}`)
  }, text)
}

/** The text that `file` should have, where it is not the text that it has. */
export async function staleText(file: string): Promise<string | undefined> {
  const make = whole[file]
  const text = await readFile(join(root, file), 'utf8').catch((error: unknown) => {
    if (make === undefined) throw error
  })
  const fresh = make?.() ?? fill(file, text ?? '')
  return fresh === text ? undefined : fresh
}

export const generatedFiles: readonly string[] = [...Object.keys(generated), ...Object.keys(whole)]

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
