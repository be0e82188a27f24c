/** Loads the settings: input or flag before environment before tilt-settings before version file before default, every value judged, all that is wrong said at once. */
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import querystring from 'node:querystring'
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import { isFolder } from '../host/there.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { accessProblems } from './access.ts'
import { cacheSettings } from './cache.ts'
import { readCloud } from './cloud.ts'
import { readClusterctlFile } from './clusterctl-file.ts'
import { resolveDefaults } from './defaults.ts'
import { environmentOf, nameOf } from './field.ts'
import { type FieldKey, type FieldValues, fieldKeys, fieldOf, inputs } from './fields.ts'
import { isNone } from './provider-reference.ts'
import { localInstead, readRegistryCa, registryProblems, registrySecrets } from './registry.ts'
import { judge, type Path, type Problem, type Said } from './said.ts'
import { secretsWithin, secretValues } from './secret-names.ts'
import type { Settings } from './settings.ts'
import type { NamedText, Source, WrittenValue } from './source.ts'
import { tiltFolderNotices } from './tilt-folder.ts'
import { readTiltSettings } from './tilt-settings.ts'
import { usableEnvironment, type Variables } from './variables.ts'
import { readVersionFile } from './version-file.ts'
import { decidedBy, readWorkloads } from './workloads.ts'

export interface SettingsSources {
  /** Inputs or flags by their name without dashes in front; empty text is as good as nothing (an action's input that nobody set). */
  readonly given: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** What `given` holds, for error texts. Default: inputs. */
  readonly givenAs?: 'input' | 'flag'
  /** Fields that can be given, where that is not all of them: inputs of an action that does a part. */
  readonly of?: readonly FieldKey[]
}

/**
 * Reads every source and returns the settings.
 * @throws Failure that lists everything that is wrong, each with where it was said.
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const problems: Problem[] = unknownNames(sources)
  const shownAs = (path: string) => shortest(sources.cwd, path)
  const spoken = sayings(sources)
  const first = (key: FieldKey) => spoken.get(key)?.[0]
  const pathOf = (key: FieldKey) => first(key) && resolve(sources.cwd, String(first(key)?.raw))
  const repository = pathOf('repository') ?? sources.cwd
  if (!(await isFolder(repository)))
    problems.push({
      text: `repository is ${shownAs(repository)}, but there is no such folder`,
      where: first('repository')?.source.where ?? 'default',
    })
  const tilt = await readTiltSettings(pathOf('tiltSettings'), repository, shownAs)
  problems.push(...(tilt?.problems ?? []))
  const spokenOf = (key: FieldKey) => first(key) ?? tilt?.said.get(key)

  const values: Partial<Record<FieldKey, unknown>> = {}
  const from: Partial<Record<FieldKey, Source>> = {}
  for (const key of fieldKeys) {
    const said = [...(spoken.get(key) ?? []), tilt?.said.get(key)].filter(one => one !== undefined)
    from[key] = said[0]?.source ?? { kind: 'default', where: 'default' }
    values[key] = settle(key, said, problems)
  }
  await addFileVersions(values, from, shownAs, problems)
  for (const key of ['substitutions', 'workloadVariables'] as const) {
    const said = [...(spoken.get(key) ?? []), tilt?.said.get(key)].filter(one => one !== undefined)
    // Manifests of providers may have variables of these names too: where no workload cluster is wanted, they have no other meaning.
    if (key === 'substitutions' && wantsWorkload(values)) takeNamespace(said, values, from, problems)
    if (key === 'workloadVariables' || wantsWorkload(values)) problems.push(...said.flatMap(one => namesInVain(one, values)))
  }
  problems.push(...registryProblems(values as Partial<FieldValues>, from), ...accessProblems(values as Partial<FieldValues>, from))
  // Steps that do a part must all mean one registry.
  const pushing = { values: values as Partial<FieldValues>, from, said: tilt?.said.get('registry'), env: sources.env }
  const local = sources.of === undefined ? await localInstead(pushing) : undefined
  if (local !== undefined) values.registry = undefined
  const registryCa = await readRegistryCa(spokenOf('registryCa'), problems)
  const kindConfig = await readKindConfig(spokenOf('kindConfig'), shownAs, problems)
  const providerConfig = await readWritten(spokenOf('providerConfig'), shownAs, problems)
  const { clusterctlFile } = values as Partial<FieldValues>
  const ofFile = await readClusterctlFile(clusterctlFile, shownAs(clusterctlFile ?? ''), from.clusterctlFile?.where ?? 'default', problems)
  values.providerUrls = { ...ofFile.providerUrls, ...(values as Partial<FieldValues>).providerUrls }
  const environment = { ...ofFile.variables, ...usableEnvironment(sources.env) }
  const cloud = await readCloud({ known: values as Partial<FieldValues>, env: sources.env, environment, said: spokenOf, problems })
  const baseOf = (key: FieldKey) => spokenOf(key)?.base ?? sources.cwd
  const workloads = await readWorkloads({ values: values as Partial<FieldValues>, from, baseOf }, problems)
  if (problems.length > 0) throw notValid(problems)

  // Every field has been judged by its own kind: the record is complete and of the right types.
  const known = values as FieldValues
  const caching = cacheSettings(sources.of?.includes('cache') === false ? [] : known.cache, sources.env, from.cache?.where ?? 'default')
  return {
    ...known,
    ...resolveDefaults(known, sources),
    repository,
    kindConfig,
    providerConfig,
    registryCa,
    certManager: known.certManager && !isIdle(known, from, sources),
    sources: from as Record<FieldKey, Source>,
    workloads,
    workingDirectory: sources.cwd,
    environment,
    cloudVariables: cloud.variables,
    cache: caching.things,
    notices: [
      ...(tilt?.notices ?? []),
      ...noticesOf(from),
      ...caching.notices,
      ...(local === undefined ? [] : [local]),
      ...(await tiltFolderNotices(repository)),
    ],
    secrets: secretsOf(known, environment, [...cloud.secrets, ...caching.secrets]),
  }
}

function unknownNames({ given, givenAs, of }: SettingsSources): Problem[] {
  const known = of?.map(nameOf) ?? [...inputs.keys()]
  return Object.keys(given)
    .filter(name => !known.includes(name))
    .map(name => ({
      text: `${name} is no ${givenAs ?? 'input'}${of === undefined ? '' : ' of this action'}${didYouMean(name, known)}`,
      where: `${givenAs ?? 'input'} ${name}`,
    }))
}

/** What inputs or flags and the environment say of each field, in this order. */
function sayings({ given, env, cwd, givenAs = 'input' }: SettingsSources): ReadonlyMap<FieldKey, readonly Said[]> {
  const read = (key: FieldKey, name: string, text: string, source: Source): Said => ({
    name,
    // Lines of a mapping are counted as the user wrote them.
    raw: fieldOf(key).kind.fromText(fieldOf(key).kind.merges ? text : text.trim()),
    source,
    whereOf: () => source.where,
    base: cwd,
  })
  return new Map(
    fieldKeys.map(key => {
      const name = givenAs === 'flag' ? `--${nameOf(key)}` : nameOf(key)
      const where = givenAs === 'flag' ? name : `input ${name}`
      const text = fieldOf(key).input === false ? undefined : given[nameOf(key)]
      const variable = environmentOf(key, fieldOf(key)).find(one => env[one]?.trim())
      return [
        key,
        [
          ...(text?.trim() ? [read(key, name, text, { kind: givenAs, where })] : []),
          ...(variable === undefined
            ? []
            : [read(key, variable, env[variable] ?? '', { kind: 'environment', where: `${variable} in the environment` })]),
        ],
      ]
    }),
  )
}

/** The value of a field: of the first that says something, or all merged where the kind says so, or the default. */
function settle(key: FieldKey, said: readonly Said[], problems: Problem[]): unknown {
  const { kind, default: fallback } = fieldOf(key)
  const [first] = said
  if (first === undefined) return fallback
  return kind.merges ? Object.assign({}, ...said.toReversed().map(one => judged(key, one, problems))) : judged(key, first, problems)
}

function judged(key: FieldKey, said: Said, problems: Problem[]): unknown {
  const result = judge(fieldOf(key), said)
  if ('value' in result) return fieldOf(key).kind.resolved?.(result.value, said.base) ?? result.value
  problems.push(...result.problems)
  return undefined
}

/** Versions of tools that nobody says by name, from the version file where there is one. */
async function addFileVersions(
  values: Partial<Record<FieldKey, unknown>>,
  from: Partial<Record<FieldKey, Source>>,
  shownAs: (path: string) => string,
  problems: Problem[],
): Promise<void> {
  // Both have been judged by their kinds.
  const { versionFile, tools } = values as Partial<FieldValues>
  if (versionFile === undefined) return
  const read = await readVersionFile(versionFile, tools, from.versionFile?.where ?? 'default', shownAs)
  problems.push(...read.problems)
  for (const [key, said] of read.said) {
    if (from[key]?.kind !== 'default') continue
    from[key] = said.source
    values[key] = judged(key, said, problems)
  }
}

const wantsWorkload = ({ workloadTemplate, workloadClusters }: Partial<Record<FieldKey, unknown>>): boolean =>
  workloadTemplate !== undefined || (Array.isArray(workloadClusters) && workloadClusters.length > 0)

/** Tilt takes the namespace of workload clusters from `kustomize_substitutions`, as the book of Cluster API shows it: so it is taken where nothing else says it. */
function takeNamespace(
  said: readonly Said[],
  values: Partial<Record<FieldKey, unknown>>,
  from: Partial<Record<FieldKey, Source>>,
  problems: Problem[],
): void {
  const first = said.find(({ raw }) => typeof variableIn(raw, 'NAMESPACE') === 'string')
  if (first === undefined || from.workloadNamespace?.kind !== 'default') return
  const where = (path: Path) => first.whereOf(['NAMESPACE', ...path])
  const namespace = { ...first, name: `${first.name}.NAMESPACE`, raw: variableIn(first.raw, 'NAMESPACE'), whereOf: where }
  values.workloadNamespace = judged('workloadNamespace', namespace, problems)
  from.workloadNamespace = { ...first.source, where: where([]) }
}

/** Variables that another setting decides, and that would be overridden in silence. */
const namesInVain = ({ name, raw, whereOf }: Said, values: Partial<Record<FieldKey, unknown>>): Problem[] =>
  Object.entries(decidedBy).flatMap(([variable, input]) => {
    const value = variableIn(raw, variable)
    return value === undefined || (variable === 'NAMESPACE' && value === values.workloadNamespace)
      ? []
      : [{ text: `${name}.${variable} has no effect: set ${input}`, where: whereOf([variable]) }]
  })

const variableIn = (raw: unknown, name: string): unknown => (typeof raw === 'object' && raw !== null ? Reflect.get(raw, name) : undefined)

async function readKindConfig(
  said: Said | undefined,
  shownAs: (path: string) => string,
  problems: Problem[],
): Promise<NamedText | undefined> {
  return said === undefined || typeof said.raw !== 'string'
    ? undefined
    : readText(said, said.raw, /[\n{]|^(kind|apiVersion):/, shownAs, problems)
}

/** A mapping of the settings file, YAML text, or a file with it. */
async function readWritten(
  said: Said | undefined,
  shownAs: (path: string) => string,
  problems: Problem[],
): Promise<WrittenValue | undefined> {
  if (said === undefined) return undefined
  if (typeof said.raw !== 'string') return { value: said.raw, positionOf: said.whereOf }
  const { text, file } = await readText(said, said.raw, /[\n{[]|:( |$)/, shownAs, problems)
  return parseYaml(text, file)
}

/** Text that looks like what is wanted goes through; anything else on one line is a file. */
async function readText(
  said: Said,
  raw: string,
  looksLikeIt: RegExp,
  shownAs: (path: string) => string,
  problems: Problem[],
): Promise<NamedText> {
  if (looksLikeIt.test(raw)) return { text: raw, file: said.name }
  const file = resolve(said.base, raw)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const is = (await isFolder(file)) ? 'that is a folder: a file is meant' : 'there is no such file'
    problems.push({ text: `${said.name} is ${JSON.stringify(said.raw)}, but ${is}`, where: said.whereOf([]) })
  }
  return { text: text ?? '', file: shownAs(file) }
}

/** cert-manager is there for providers: where there are none and nobody says a word of it, it is left out. A step that deploys it alone is such a word. */
const isIdle = ({ providers }: FieldValues, from: Partial<Record<FieldKey, Source>>, { of }: SettingsSources): boolean =>
  isNone(providers) && from.certManager?.kind === 'default' && of?.includes('certManager') !== false

function secretsOf(known: FieldValues, environment: Variables, others: readonly string[]): string[] {
  const { githubToken = '', substitutions, workloadVariables, buildArgs, imageMirrors, downloadMirrors, helmCharts, projects } = known
  const ofMirrors = [imageMirrors, downloadMirrors].flatMap(mirrors => Object.values(mirrors).flatMap(secretsIn))
  const proxies = [environment.GOPROXY ?? '', ...Object.values(buildArgs)].flatMap(value => value.split(/[,|]/)).flatMap(secretsIn)
  const ofWorkloads = known.workloadClusters.map(({ variables = {} }) => variables)
  const ofVariables = [environment, substitutions, workloadVariables, buildArgs, ...ofWorkloads].flatMap(secretValues)
  const all = [
    githubToken,
    ...registrySecrets(known),
    ...ofMirrors,
    ...proxies,
    ...ofVariables,
    ...secretsWithin([helmCharts, projects]),
    ...others,
  ]
  return [...new Set(all)].filter(secret => secret !== '')
}

/** The password of a URL, or the token that stands alone before its @: as it is written there, and as it is sent. */
function secretsIn(url: string): string[] {
  const { username = '', password = '' } = URL.parse(url) ?? {}
  const secret = password || username
  return [secret, querystring.unescape(secret)]
}

const noticesOf = (sources: Partial<Record<FieldKey, Source>>): string[] =>
  fieldKeys.flatMap(key => {
    const { notice, tilt } = fieldOf(key)
    const source = sources[key]
    return notice === undefined || source?.kind !== 'file' ? [] : [`${tilt} is not acted on: ${notice} (${source.where})`]
  })

/** One Failure for all that is wrong. */
export function notValid(problems: readonly Problem[]): Failure {
  const [first] = problems
  if (problems.length === 1 && first) return new Failure({ what: first.text, where: first.where })
  return new Failure({
    what: `${problems.length} settings are not valid`,
    details: problems.map(({ text, where }) => `${text} (${where})`),
  })
}

/** A path as errors show it: from the working directory where it lies below, else absolute. */
function shortest(cwd: string, path: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') ? path : short
}
