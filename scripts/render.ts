/** What an action takes and hands out, as parts of its action.yml, of its action-types.yml and of its README. Pure. */
import { stringify } from 'yaml'
import { type Field, groups, groupTitles, shownDefault } from '../src/settings/field.ts'
import { text } from '../src/settings/kinds.ts'

export interface NamedField extends Field {
  readonly key: string
  readonly name: string
  readonly required?: true
}

export interface Described {
  readonly inputs: readonly NamedField[]
  readonly outputs: Readonly<Record<string, string>>
  /** Of outputs that are not just text, as action-types.yml has them. */
  readonly outputTypes?: Readonly<Record<string, object>>
}

/** An input that is no setting: one action's alone. */
export interface OwnInput {
  readonly docs: string
  readonly type: string
  /** Stands in action.yml. */
  readonly default?: string
  readonly defaultText?: string | undefined
  readonly required?: true
}

export function ownInputs(inputs: Readonly<Record<string, OwnInput>>): NamedField[] {
  return Object.entries(inputs).map(([name, { docs, type, default: value, defaultText, required }]) => ({
    key: name,
    name,
    group: 'run',
    docs,
    kind: { ...text(), type },
    default: value,
    ...(value === undefined ? {} : { actionDefault: value }),
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(required === undefined ? {} : { required }),
  }))
}

export function yamlOf({ inputs, outputs }: Described): Record<string, string> {
  return { inputs: actionInputs(inputs), outputs: actionOutputs(outputs) }
}

export function tablesOf({ inputs, outputs }: Described): Record<string, string> {
  return { inputs: inputTable(inputs), outputs: outputTable(outputs) }
}

/** For those who write workflows in typed languages: https://github.com/typesafegithub/github-actions-typing */
export function typesOf({ inputs, outputs, outputTypes = {} }: Described): Record<string, string> {
  const typed = {
    inputs: Object.fromEntries(inputs.map(({ name, kind }) => [name, typeOf(kind.type)])),
    outputs: Object.fromEntries(Object.keys(outputs).map(name => [name, outputTypes[name] ?? { type: 'string' }])),
  }
  return { types: stringify(typed, { lineWidth: 0 }) }
}

function typeOf(type: string): Record<string, unknown> {
  if (type === '`true` or `false`') return { type: 'boolean' }
  if (type === 'port number' || type === 'number') return { type: 'integer' }
  return type.startsWith('list of') && !type.startsWith('list of mappings')
    ? { type: 'list', separator: ',', 'list-item': { type: 'string' } }
    : { type: 'string' }
}

/**
 * Where an input says nothing, environment and tilt-settings are asked before its default: a value here would win over them. So the default in action.yml is
 * the empty text, which says nothing, but where only action.yml can say it.
 */
export function actionInputs(inputs: readonly NamedField[]): string {
  const entries = inputs.map(field => {
    const { name, docs, actionDefault, required } = field
    const description = described(docs, actionDefault === undefined ? shownDefault(field) : undefined)
    return [name, { description, ...(required ? { required } : { default: actionDefault ?? '' }) }] as const
  })
  return stringify({ inputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function described(docs: string, shown: string | undefined): string {
  return `${docs}${shown === undefined ? '' : ` (default: ${shown.replaceAll('`', '')})`}`
}

export function actionOutputs(outputs: Described['outputs']): string {
  const entries = Object.entries(outputs).map(([name, description]) => [name, { description }])
  return stringify({ outputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

export interface OfStep {
  readonly docs: string
  readonly of: string
  readonly as: string
}

/** Outputs of a composite action: which of its steps has each, and under which name. */
export function outputsOfSteps(outputs: Readonly<Record<string, OfStep>>): string {
  const entries = Object.entries(outputs).map(([name, { docs, of, as }]) => [
    name,
    { description: docs, value: `\${{ steps.${of}.outputs.${as} }}` },
  ])
  return stringify({ outputs: Object.fromEntries(entries) }, { lineWidth: 0 })
}

function inputTable(inputs: readonly NamedField[]): string {
  const ofGroups = groups.map(group => ({ group, fields: inputs.filter(field => field.group === group) }))
  const said = ofGroups.filter(({ fields }) => fields.length > 0)
  const rows = said.flatMap(({ group, fields }) => [
    ...(said.length > 1 ? [`| **${groupTitles[group]}** | | |`] : []),
    ...fields.map(field => row(`\`${field.name}\``, field.docs, shownDefault(field) ?? '')),
  ])
  return ['| input | what it says | default |', '|---|---|---|', ...rows, ''].join('\n')
}

function outputTable(outputs: Described['outputs']): string {
  const rows = Object.entries(outputs).map(([name, docs]) => row(`\`${name}\``, docs))
  return ['| output | what it holds |', '|---|---|', ...rows, ''].join('\n')
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
