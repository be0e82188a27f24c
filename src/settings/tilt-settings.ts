/** Reads a tilt-settings file: Tilt's own fields, and under `actions:` everything else by the names of inputs. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, messageOf } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { type FieldKey, fieldOf, inputs, tiltFields } from './fields.ts'
import type { Path, Problem, Said } from './said.ts'

export interface TiltSettings {
  readonly said: ReadonlyMap<FieldKey, Said>
  readonly problems: readonly Problem[]
}

/** Tilt looks for these two, in this order, in the root of the repository; `.yml` is not considered. */
const FILES = ['tilt-settings.yaml', 'tilt-settings.json']

/** What may stand beside Tilt's fields: ours, and names that editors and other readers of the file use. */
const OURS = 'actions'

/** By these the file is found: it can't say them. */
const BEFORE_IT: readonly FieldKey[] = ['repository', 'tiltSettings']

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
      throw new Failure({ what: `the settings file ${shownAs(candidate)} can't be read`, why: messageOf(error), cause: error })
    })
    if (text !== undefined) return parseTiltSettings(text, shownAs(candidate), dirname(candidate))
  }
  return undefined
}

/** Reads the text of a tilt-settings file. `base` is the folder that relative paths in it start from. */
export function parseTiltSettings(text: string, file: string, base: string): TiltSettings {
  const { value, positionOf } = parseYaml(text, file)
  if (value === null || value === undefined) return { said: new Map(), problems: [] }
  if (!isMapping(value)) throw new Failure({ what: `${file} is no mapping of settings`, where: positionOf([]) })
  const said = new Map<FieldKey, Said>()
  const problems: Problem[] = []
  const take = (key: FieldKey, name: string, raw: unknown, path: Path) => {
    const whereOf = (part: Path) => positionOf([...path, ...part])
    said.set(key, { name, raw, source: { kind: 'file', where: whereOf([]) }, whereOf, base })
  }
  for (const [name, raw] of Object.entries(value)) {
    const key = tiltFields.get(name)
    // Tilt takes an empty default_registry for none.
    if (name === OURS || raw === null || (key === 'registry' && raw === '')) continue
    if (key !== undefined) take(key, name, raw, [name])
    else problems.push({ text: `${name} is no field of tilt-settings${hint(name)}`, where: positionOf([name]) })
  }
  const ours = value[OURS] ?? {}
  if (!isMapping(ours)) return { said, problems: [...problems, { text: `${OURS} must be a mapping of inputs`, where: positionOf([OURS]) }] }
  for (const [name, raw] of Object.entries(ours)) {
    const key = inputs.get(name)
    if (raw === null) continue
    if (key === undefined)
      problems.push({ text: `${OURS}.${name} is no input${didYouMean(name, inputs.keys())}`, where: positionOf([OURS, name]) })
    else if (BEFORE_IT.includes(key))
      problems.push({ text: `${OURS}.${name} can't be said in tilt-settings, a file that is found by it`, where: positionOf([OURS, name]) })
    else take(key, `${OURS}.${name}`, typeof raw === 'string' ? fieldOf(key).kind.fromText(raw) : raw, [OURS, name])
  }
  return { said, problems }
}

function hint(name: string): string {
  const known = inputs.has(name) ? `, an input stands under ${OURS}:` : ''
  return known || didYouMean(name, [...tiltFields.keys(), OURS])
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
