/**
 * `node scripts/docs.ts`: writes what is made from the fields of settings: inputs and outputs in each action.yml, their types, their tables in each README.md, the
 * reference `docs/settings.md`, the schemas of tilt-settings and tilt-provider for editors. `--check` fails where a file is not what it would write.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import * as diagnostics from '../src/actions/collect-diagnostics-interface.ts'
import { outputs, planOutput } from '../src/actions/outputs.ts'
import { type Part, type PartName, parts, reportOutput, stepByStep } from '../src/actions/parts.ts'
import * as setupTools from '../src/actions/setup-tools-interface.ts'
import { version } from '../src/host/version.ts'
import * as matrix from '../src/matrix/inputs.ts'
import { nightly } from '../src/nightly/interface.ts'
import { fieldsIn, ownFields, type ProviderField, tiltConfigFields, tiltNameOf } from '../src/providers/provider-fields.ts'
import { environmentOf, groups, groupTitles, nameOf, shownDefault } from '../src/settings/field.ts'
import { fieldKeys, fieldOf } from '../src/settings/fields.ts'
import {
  actionInputs,
  type Described,
  type NamedField,
  type OfStep,
  outputsOfSteps,
  ownInputs,
  tablesOf,
  typesOf,
  yamlOf,
} from './render.ts'
import { tiltProviderSchema } from './tilt-provider.ts'
import { tiltSettingsSchema, tiltSettingsTable } from './tilt-settings.ts'

const root = join(import.meta.dirname, '..')

/** The tag by which our own actions refer to one another: those of one release belong together, whatever v1 has become since. */
const release = `v${version}`

const all: readonly NamedField[] = fieldKeys.map(key => ({ ...fieldOf(key), key, name: nameOf(key) }))
const inputs = all.filter(({ input }) => input === undefined)

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
  ['plan-matrix', { inputs: ownInputs(matrix.inputs), outputs: matrix.outputs }],
  ...Object.entries(nightly).map(([name, { inputs, ...handsOut }]): readonly [string, Described] => [
    name,
    { inputs: ownInputs(inputs), ...handsOut },
  ]),
]

const collect: Described = {
  inputs: diagnostics.fields.map(key => ({ ...fieldOf(key), ...diagnostics.texts[key], key, name: nameOf(key) })),
  outputs: diagnostics.outputs,
}

/** With the inputs and outputs of the step that uploads. */
const collectAndUpload: Described = {
  inputs: [...collect.inputs, ...ownInputs(diagnostics.uploadInputs)],
  outputs: { ...collect.outputs, ...diagnostics.uploadOutputs },
}

/** All that its steps take. */
const steps: Described = {
  inputs: all.filter(({ key }) => stepByStep.steps.some(name => (parts[name].fields as readonly string[]).includes(key))),
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
  'docs/provider-repositories.md': {
    'tilt-provider': providerTable(tiltConfigFields, tiltNameOf),
    'provider-config': providerTable(ownFields, nameOf),
  },
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
  '.github/workflows/provider-e2e.yml': {},
  'actions/collect-diagnostics/action-types.yml': typesOf(collectAndUpload),
  'actions/collect-diagnostics/README.md': tablesOf(collectAndUpload),
  'actions/collect-diagnostics/collect/action.yml': yamlOf({ ...collect, outputs: diagnostics.collectOutputs }),
  'actions/collect-diagnostics/collect/action-types.yml': typesOf({ ...collect, outputs: diagnostics.collectOutputs }),
  ...Object.fromEntries(
    ofParts.flatMap(([name, described]) => [
      [`actions/${name}/action.yml`, yamlOf(described)],
      [`actions/${name}/action-types.yml`, typesOf(described)],
      [`actions/${name}/README.md`, tablesOf(described)],
    ]),
  ),
}

/** Files that are made as a whole. */
const whole: Readonly<Record<string, () => string>> = {
  'docs/tilt-settings.schema.json': tiltSettingsSchema,
  'docs/tilt-provider.schema.json': tiltProviderSchema,
}

/** The steps of a composite action, which calls its siblings by the tag of the release that it is part of. */
function compositeSteps(): string {
  const named = new Set(steps.inputs.map(({ key }) => key))
  const only: Partial<Record<PartName, string>> = stepByStep.only
  const calls = stepByStep.steps.map(name => ({
    id: name,
    ...(only[name] === undefined ? {} : { if: only[name] }),
    uses: `capi-actions/capi-actions/actions/${name}@${release}`,
    with: Object.fromEntries(parts[name].fields.filter(key => named.has(key)).map(key => [nameOf(key), `\${{ inputs.${nameOf(key)} }}`])),
  }))
  return stringify({ runs: { using: 'composite', steps: calls } }, { lineWidth: 0 })
}

function ofSteps(): Record<string, OfStep> {
  return Object.fromEntries(Object.entries(stepByStep.outputs).map(([name, { of, as }]) => [name, { docs: outputDocs(of, as), of, as }]))
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

function providerTable(fields: Readonly<Record<string, ProviderField>>, named: (key: string) => string): string {
  const rows = fieldsIn(fields).map(([key, field]) => row(`\`${named(key)}\``, field.docs, field.kind.type, shownDefault(field) ?? ''))
  return ['| field | what it says | type | default |', '|---|---|---|---|', ...rows, ''].join('\n')
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** The text of `file` with its parts, and the release that it uses, as they should be. */
function fill(file: string, text: string): string {
  const ofRelease = file.endsWith('.yml')
    ? text.replaceAll(/(uses: capi-actions\/capi-actions(?:\/[\w./-]+)?)@v\S+/g, `$1@${release}`)
    : text
  return Object.entries(generated[file] ?? {}).reduce((sofar, [name, part]) => {
    const pattern = new RegExp(`(^.*<${name}>.*\\n)[\\s\\S]*?(^.*</${name}>)`, 'm')
    if (!pattern.test(sofar)) throw new Error(`${file} has no lines with <${name}> and </${name}>`)
    return sofar.replace(pattern, (_, before, after) => `${before}${file.endsWith('.md') ? `\n${part}\n` : part}${after}`)
  }, ofRelease)
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
