/** Reads a tilt-settings file: Tilt's own fields, and under `actions:` everything else by the names of inputs. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, messageOf } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { isThere } from '../host/there.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { type OldField, oldTiltFields } from './fields/old.ts'
import { type FieldKey, fieldOf, inputs, tiltFields } from './fields.ts'
import { judge, type Path, type Problem, type Said } from './said.ts'

export interface TiltSettings {
  readonly said: ReadonlyMap<FieldKey, Said>
  readonly problems: readonly Problem[]
  /** What is in the file, or beside it, and has no effect. */
  readonly notices: readonly string[]
}

/** Tilt looks for these two, in this order, in the root of the repository, and reads the first that is there. */
const FILES = ['tilt-settings.yaml', 'tilt-settings.json']

/** What people write, and neither Tilt nor we read. */
const OVERLOOKED = 'tilt-settings.yml'

/** What stands beside Tilt's fields: ours. */
export const OURS = 'actions'

/** Editors find the schema of a JSON file by it. */
const SCHEMA = '$schema'

/** By these the file is found: it can't say them. */
const BEFORE_IT: readonly FieldKey[] = ['repository', 'tiltSettings']

/** A `default_registry` that is the registry of a kind cluster, as the book of Cluster API has it: the one that a run starts. Tilt takes that one whatever is said of it. */
const LOCAL_REGISTRY = /^(?:localhost|127\.0\.0\.1):(?<port>\d+)(?:\/+(?<project>.*))?$/i

/**
 * Reads `file`, or the file that Tilt would read in `repository`; undefined where there is none.
 * @throws Failure when `file` can't be read, or either is no valid YAML mapping.
 */
export async function readTiltSettings(
  file: string | undefined,
  repository: string,
  shownAs: (file: string) => string,
): Promise<TiltSettings | undefined> {
  for (const candidate of file === undefined ? FILES.map(name => join(repository, name)) : [file]) {
    const text = await readFile(candidate, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (file === undefined && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
      throw new Failure({
        what: `the settings file ${shownAs(candidate)} can't be read`,
        why: messageOf(error),
        remedy: file === undefined ? 'have it readable, or rename it' : 'correct the setting `tilt-settings`, which names it',
        cause: error,
      })
    })
    if (text === undefined) continue
    const read = parseTiltSettings(text, shownAs(candidate), dirname(candidate))
    const [first, second = ''] = FILES.map(name => join(repository, name))
    if (file !== undefined || candidate !== first || !(await isThere(second))) return read
    return { ...read, notices: [...read.notices, `${shownAs(second)} is not read: there is ${shownAs(first)}, which goes before it`] }
  }
  const overlooked = join(repository, OVERLOOKED)
  if (!(await isThere(overlooked))) return undefined
  const notice = `${shownAs(overlooked)} is not read, by Tilt neither: rename it to ${FILES[0]}`
  return { said: new Map(), problems: [], notices: [notice] }
}

/** Reads the text of a tilt-settings file. `base` is the folder that relative paths in it start from. */
export function parseTiltSettings(text: string, file: string, base: string): TiltSettings {
  const { value, positionOf } = parseYaml(text, file)
  const reading: Reading = { said: new Map(), problems: [], notices: [], positionOf, base }
  if (value === null || value === undefined) return reading
  if (!isMapping(value))
    throw new Failure({
      what: `${file} is no mapping of settings`,
      why: `it is ${Array.isArray(value) ? 'a list' : 'a text'}`,
      remedy: 'write a line `field: value` for each, such as `enable_providers: [docker]`',
      where: positionOf([]),
    })
  const { [OURS]: ours, [SCHEMA]: _, ...fields } = value
  for (const [name, raw] of Object.entries(fields)) if (!isEmpty(name, raw, [name], reading)) readField(name, raw, reading)
  if (!(OURS in value) || isEmpty(OURS, ours, [OURS], reading)) return reading
  if (!isMapping(ours)) complain(`${OURS} must be a mapping of inputs`, [OURS], reading)
  else for (const [name, raw] of Object.entries(ours)) readInput(name, raw, reading)
  return reading
}

/** What was read of a file so far. */
interface Reading {
  readonly said: Map<FieldKey, Said>
  readonly problems: Problem[]
  readonly notices: string[]
  readonly positionOf: (path: Path) => string
  readonly base: string
}

const complain = (text: string, path: Path, { problems, positionOf }: Reading) => void problems.push({ text, where: positionOf(path) })

function saidAt(name: string, raw: unknown, path: Path, { positionOf, base }: Reading): Said {
  const whereOf = (part: Path) => positionOf([...path, ...part])
  return { name, raw, source: { kind: 'file', where: whereOf([]) }, whereOf, base }
}

/** A key without a value is a mistake: of Tilt's own two readers one breaks on it. */
function isEmpty(name: string, raw: unknown, path: Path, reading: Reading): boolean {
  if (raw === null) complain(`${name} is empty: give it a value, or remove the line`, path, reading)
  return raw === null
}

function readField(name: string, raw: unknown, reading: Reading): void {
  const key = tiltFields.get(name)
  const old = oldTiltFields[name]
  if (old !== undefined) readOld(name, raw, old, reading)
  else if (key === undefined) complain(`${name} is no field of tilt-settings${hint(name)}`, [name], reading)
  else if (key === 'registry' && typeof raw === 'string') readRegistry(name, raw, reading)
  else reading.said.set(key, saidAt(name, withoutMisplaced(name, raw, reading), [name], reading))
}

function readOld(name: string, raw: unknown, old: OldField, reading: Reading): void {
  const judged = judge(old, saidAt(name, raw, [name], reading))
  if ('problems' in judged) reading.problems.push(...judged.problems)
  else reading.notices.push(`${name} has no effect: ${old.instead} (${reading.positionOf([name])})`)
}

function readRegistry(name: string, raw: string, reading: Reading): void {
  // Tilt takes an empty default_registry for none.
  if (raw === '') return
  const { port, project = '' } = LOCAL_REGISTRY.exec(raw)?.groups ?? {}
  if (port === undefined) reading.said.set('registry', saidAt(name, raw, [name], reading))
  else reading.said.set('registryPort', saidAt(name, Number(port), [name], reading))
  if (project !== '')
    reading.notices.push(`${name} is the local registry: ${project} behind it has no effect (${reading.positionOf([name])})`)
}

/** Fields of the file may stand among the entries of another, as if they were providers: Tilt passes over them, and so does a run that nobody wanted to change. */
function withoutMisplaced(name: string, raw: unknown, reading: Reading): unknown {
  if (!isMapping(raw)) return raw
  const misplaced = Object.keys(raw).filter(entry => tiltFields.has(entry))
  for (const entry of misplaced)
    reading.notices.push(
      `${name}.${entry} has no effect: it is a field of its own, move it out of ${name}, to the top level of the file (${reading.positionOf([name, entry])})`,
    )
  return Object.fromEntries(Object.entries(raw).filter(([entry]) => !misplaced.includes(entry)))
}

function readInput(name: string, raw: unknown, reading: Reading): void {
  const key = inputs.get(name)
  const path = [OURS, name]
  const called = `${OURS}.${name}`
  if (isEmpty(called, raw, path, reading)) return
  if (key === undefined) complain(`${called} is no input${didYouMean(name, inputs.keys())}`, path, reading)
  else if (BEFORE_IT.includes(key)) complain(`${called} can't be said in tilt-settings, a file that is found by it`, path, reading)
  else {
    const ours = saidAt(called, typeof raw === 'string' ? fieldOf(key).kind.fromText(raw) : raw, path, reading)
    const tilts = reading.said.get(key)
    reading.said.set(key, tilts === undefined ? ours : together(key, tilts, ours, reading))
  }
}

/** What Tilt does may be another thing than what is done here: ours goes before it. Of mappings, key by key. */
function together(key: FieldKey, tilts: Said, ours: Said, { notices }: Reading): Said {
  const { raw } = ours
  if (fieldOf(key).kind.merges === true && isMapping(raw) && isMapping(tilts.raw)) {
    const whereOf = (part: Path) => (part[0] === undefined || String(part[0]) in raw ? ours : tilts).whereOf(part)
    return { ...ours, raw: { ...tilts.raw, ...raw }, whereOf }
  }
  notices.push(`${ours.name} takes the place of ${tilts.name}, which only Tilt goes by (${tilts.whereOf([])})`)
  return ours
}

/** What `name` may mean, where it is no field of Tilt: an input, in its own spelling or Tilt's, or a field that is nearly called so. */
function hint(name: string): string {
  const input = [name, name.replaceAll('_', '-')].find(one => inputs.has(one))
  if (input === undefined) return didYouMean(name, [...tiltFields.keys(), OURS])
  return input === name ? `, an input stands under ${OURS}:` : `, the input ${input} stands under ${OURS}:`
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
