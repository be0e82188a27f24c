/**
 * Reads a tilt-provider file: one provider or a list of them, each with its `config`, as Tilt has them and without its accidents (it tells a list from one
 * provider by the first byte of the file). A file that works with Tilt is accepted; what Tilt passes over in silence is said. Pure.
 */
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { repositoryOf } from '../manifests/edits.ts'
import { readDocuments, type YamlDocument } from '../manifests/yaml.ts'
import type { Problem } from '../settings/said.ts'
import {
  isMapping,
  judgeField,
  type PositionOf,
  type ProviderConfig,
  parseProviderConfig,
  refuseMistakes,
  tiltDefaults,
} from './provider-config.ts'
import { type TiltConfigValues, tiltConfigFields, tiltKeys, tiltNameOf } from './provider-fields.ts'
import { foreignFormat, meantField, unknownBeside, unknownInConfig } from './tilt-keys.ts'

export interface TiltProvider extends TiltConfigValues {
  readonly name: string
  readonly label: string
  /** What stands under `actions:` beside `config`. */
  readonly actions: ProviderConfig
  /** `file:line:column` of the entry. */
  readonly where: string
}

export interface TiltProviders {
  readonly entries: readonly TiltProvider[]
  /** Sentences with their places: what has no effect, or not the one that it seems to have. */
  readonly notices: readonly string[]
}

/** What was found on the way. */
interface Findings {
  readonly problems: Problem[]
  readonly notices: Problem[]
}

/** Keys of an entry; Tilt reads the first two. */
const ENTRY = ['name', 'config', 'actions']

/** @throws Failure that lists all that is wrong, or that says what the file is instead. */
export function readTiltProviders(text: string, file: string): TiltProviders {
  const { value, positionOf } = readText(text, file)
  if (value === null)
    throw new Failure({
      what: `${file} is empty`,
      remedy: 'describe the provider in it: its `name`, and its `config` with an `image`',
      where: `${file}:1:1`,
    })
  const items = Array.isArray(value) ? value.map((item, index) => ({ item, path: [index] })) : [{ item: value, path: [] }]
  const found: Findings = { problems: [], notices: [] }
  const read = items.flatMap(({ item, path }) => readEntry(item, rest => positionOf([...path, ...rest]), file, found) ?? [])
  refuseMistakes(file, found.problems)
  const entries = lastOfEach(read, found.notices)
  if (items.length === 0) found.notices.push({ text: `${file} is an empty list: it has no provider`, where: positionOf([]) })
  return { entries, notices: found.notices.map(({ text, where }) => `${text} (${where})`) }
}

/** JSON where the file says so or the text is JSON: it may have tabs, which YAML refuses. */
function readText(text: string, file: string): Pick<YamlDocument, 'value' | 'positionOf'> {
  const plain = text.replace(/^\uFEFF/, '')
  const json = parseJson(plain)
  if (json.error === undefined) {
    // Tabs stand only between the values of JSON; a blank for each leaves columns as they are.
    const { positionOf } = oneDocument(plain.replaceAll('\t', ' '), file)
    return { value: json.value, positionOf }
  }
  if (!file.endsWith('.json') || plain.trim() === '') return oneDocument(text, file)
  throw new Failure({
    what: `${file} is not valid JSON`,
    why: json.error,
    remedy: 'correct it: Tilt can’t read it either. Comments, and commas behind the last item, are for a tilt-provider.yaml',
    where: `${file}:${json.line}:${json.column}`,
  })
}

type Json =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: string; readonly line: number; readonly column: number }

function parseJson(text: string): Json {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const [, line = '1', column = '1'] = /\(line (\d+) column (\d+)\)/.exec(said) ?? []
    const reason = said.replace(/ in JSON at position.*$/s, '')
    return { error: reason.slice(0, 1).toLowerCase() + reason.slice(1), line: Number(line), column: Number(column) }
  }
}

function oneDocument(text: string, file: string): Pick<YamlDocument, 'value' | 'positionOf'> {
  const [first, second] = readDocuments(text, file)
  if (second !== undefined)
    throw new Failure({
      what: `${file} holds more than one YAML document`,
      why: 'Tilt reads one',
      remedy: 'make them one list: `- name: …` for each provider',
      where: second.positionOf([]),
    })
  return first ?? { value: null, positionOf: () => `${file}:1:1` }
}

function readEntry(item: unknown, positionOf: PositionOf, file: string, found: Findings): TiltProvider | undefined {
  const where = positionOf([])
  if (!isMapping(item)) {
    found.problems.push({ text: 'a provider must be a mapping with name and config', where })
    return undefined
  }
  const whose = foreignFormat(item)
  if (whose !== undefined)
    throw new Failure({
      what: `${file} is no tilt-provider file of Cluster API`,
      why: `it is ${whose}`,
      remedy: 'leave this repository out of `provider-repos`, or say what it deploys in `provider-config`',
      where,
    })
  const name = readName(item, where, positionOf, found.problems)
  const config = readConfig(item, name, where, positionOf, found)
  const beside = Object.keys(item).filter(key => !ENTRY.includes(key))
  const inConfig = isMapping(item.config) ? Object.keys(item.config) : []
  for (const key of beside)
    found.notices.push({ text: `provider ${name}: ${unknownBeside(key, item[key], inConfig)}`, where: positionOf([key]) })
  const actions = parseProviderConfig(item.actions, path => positionOf(['actions', ...path]), 'actions')
  found.problems.push(...actions.problems)
  return { ...config, name, label: config.label ?? name, actions: actions.config, where }
}

function readName(item: Readonly<Record<string, unknown>>, where: string, positionOf: PositionOf, problems: Problem[]): string {
  const { name } = item
  if (typeof name === 'string' && /^[a-z0-9]([\w.-]*[a-z0-9])?$/i.test(name)) return name
  const unnamed = name === undefined || name === null
  problems.push({
    text: unnamed
      ? `a provider has no name${didYouMeanKey('name', item)}`
      : `name is ${JSON.stringify(name)}, but must be text of letters, digits, ".", "_" and "-", a letter or digit at both ends`,
    where: unnamed ? where : positionOf(['name']),
  })
  return typeof name === 'string' ? name : '(no name)'
}

/** A key of `item` that was meant to be `missing`. */
function didYouMeanKey(missing: string, item: Readonly<Record<string, unknown>>): string {
  const near = Object.keys(item).find(key => didYouMean(key, [missing]) !== '' && !ENTRY.includes(key))
  return near === undefined ? '' : `, is ${near} meant to be it?`
}

function readConfig(
  item: Readonly<Record<string, unknown>>,
  name: string,
  where: string,
  positionOf: PositionOf,
  { problems, notices }: Findings,
): TiltConfigValues {
  const values: Record<string, unknown> = { ...tiltDefaults() }
  const { config } = item
  if (!isMapping(config)) {
    const missing = config === undefined || config === null
    const text = missing ? `provider ${name} has no config${didYouMeanKey('config', item)}` : `config of provider ${name} must be a mapping`
    problems.push({ text, where: missing ? where : positionOf(['config']) })
    return tiltDefaults()
  }
  for (const [field, raw] of Object.entries(config)) {
    const at: PositionOf = path => positionOf(['config', field, ...path])
    const say = (text: string) => notices.push({ text: `provider ${name}: ${text}`, where: at([]) })
    const key = tiltKeys.get(field)
    if (key !== undefined && (raw === null || (raw === '' && tiltConfigFields[key].default !== '')))
      say(`${field} is empty, which is as good as not there: remove it`)
    else if (key !== undefined) values[key] = judgeField(tiltConfigFields[key], field, raw, at, problems)
    else if (field === 'kustomize_config') values.applyProviderYaml = kustomizeConfig(raw, config, say)
    // Without a label Tilt stops, so there is no working file to spare.
    else if (meantField(field) === 'label' && !('label' in config) && 'image' in config)
      problems.push({ text: `${field} is no field of config, did you mean label?`, where: at([]) })
    else say(unknownInConfig(field))
  }
  // Every value was judged by the kind of its field.
  const read = values as unknown as TiltConfigValues
  if (read.image !== undefined && /[A-Z]/.test(repositoryOf(read.image)))
    notices.push({
      text: `provider ${name}: image has capital letters, which no registry takes: it is looked for as it is written, and pushed in small letters`,
      where: positionOf(['config', 'image']),
    })
  return read
}

/** Up to v1.6 `false` kept manifests back. Since v1.7 Tilt passes over it and applies them: those who have it in their file are used to that. */
function kustomizeConfig(raw: unknown, config: Readonly<Record<string, unknown>>, say: (text: string) => void): boolean {
  const successor = tiltNameOf('applyProviderYaml')
  const { [successor]: said } = config
  if (raw === false && said === undefined) {
    say(
      `kustomize_config has no effect since Cluster API v1.7, the manifests are applied: remove it, or write its successor, ${successor}: false, to keep them back`,
    )
    return true
  }
  say(`kustomize_config has no effect since Cluster API v1.7: remove it${said === undefined ? '' : `, ${successor} says it`}`)
  return said !== false
}

/** As in Tilt, the later of two providers of one name takes the place of the earlier as a whole. */
function lastOfEach(entries: readonly TiltProvider[], notices: Problem[]): readonly TiltProvider[] {
  return entries.filter((entry, index) => {
    const later = entries.slice(index + 1).find(({ name }) => name === entry.name)
    if (later !== undefined)
      notices.push({
        text: `provider ${entry.name} is described again at ${later.where}, which takes the place of this`,
        where: entry.where,
      })
    return later === undefined
  })
}

/** Of several wanted providers with one label, which Tilt refuses, as it would be the name of several of its resources. `earlier` are wanted too. */
export function labelNotices({ name, label }: Labelled, earlier: readonly Labelled[]): readonly string[] {
  const others = earlier.filter(other => other.label.toLowerCase() === label.toLowerCase()).map(other => other.name)
  return others.length === 0
    ? []
    : [
        `providers ${[...others, name].join(' and ')} have one label, ${label}: Tilt can’t have them together, and in \`resource_deps\` ${label.toLowerCase()}_controller is all of them`,
      ]
}

type Labelled = Pick<TiltProvider, 'name' | 'label'>
