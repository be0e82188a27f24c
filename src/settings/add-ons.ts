/** What users add to the chain: kustomizations, manifests, helm charts, hooks and plain projects. How each is said, as text or in a settings file, and what is valid. */
import { resolve } from 'node:path'
import * as z from 'zod/mini'
import { Failure } from '../host/failure.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { type Kind, list, type Mapping, mapping, object, objectName, text } from './kinds.ts'

/** When an add-on is applied, seen from the providers; nothing where it goes beside them. */
export type Order = 'before' | 'after' | undefined

export interface Kustomization {
  /** Of a folder, absolute; or what kustomize fetches by itself. */
  readonly path: string
  readonly order: Order
}

export interface ManifestSource {
  /** A file or folder, absolute; or a URL. */
  readonly from: string
  readonly substitute: boolean
  readonly order: Order
}

/** Values of a chart: a file by its absolute path, or inline. */
export type ChartValues = string | Mapping<unknown>

export interface HelmChart {
  readonly name: string
  /** A folder or archive, absolute; `oci://…`; a name in `repo`. */
  readonly chart: string
  readonly repo: string | undefined
  readonly version: string | undefined
  readonly namespace: string
  /** Later ones win. */
  readonly values: readonly ChartValues[]
  readonly set: Mapping<string | number | boolean>
  readonly wait: boolean
  readonly order: Order
}

/** What hooks stand before and after, in the order of the chain. */
export const stages = ['cluster', 'cert-manager', 'providers', 'workload'] as const
export type Stage = (typeof stages)[number]
export type HookName = `${'before' | 'after'}-${Stage}`
export const hookNames: readonly HookName[] = stages.flatMap(stage => [`before-${stage}`, `after-${stage}`] as const)

/** Commands by the hook that they are, in their order. */
export type Hooks = Readonly<Partial<Record<HookName, readonly string[]>>>

export interface ProjectText {
  /** Absolute. */
  readonly folder: string
  /** Absolute; nothing where the project is to be looked at. */
  readonly dockerfile: string | undefined
  readonly args: Mapping<string>
  /** Package of the main function, for a Go project that is built without a Dockerfile. */
  readonly go: string | undefined
  /** Repository of the image as its manifests name it. */
  readonly image: string | undefined
  /** Files and folders, absolute; empty where the project is to be looked at. */
  readonly manifests: readonly string[]
  /** Folder of a kustomization, absolute. */
  readonly kustomize: string | undefined
  /** On this machine. */
  readonly port: number | undefined
  /** Path that its Service must answer over HTTP. */
  readonly answers: string | undefined
}

/** What others fetch: by a scheme, or in the forms of git that kustomize knows. */
export const isRemote = (said: string): boolean =>
  /^([a-z][a-z+]*:\/\/|git(@|::)|(github\.com|gitlab\.com|bitbucket\.org)[/:])|^[\w-]+(\.[\w-]+)+\/.*(\.git\b|\?ref=)/.test(said)

const pathFrom = (base: string, said: string): string => (isRemote(said) ? said : resolve(base, said))

/** YAML in an input; a settings file has it without quotes. `form` ends the sentence "must be …". */
const yamlOf = <T>(type: string, form: string, schema: z.ZodMiniType<T>): Kind<T> => ({
  type,
  schema: z.pipe(
    z.custom<unknown>(said => typeof said !== 'string', { error: ({ input }) => `must be ${form} in YAML${reasonOf(input)}` }),
    schema,
  ),
  fromText: said => parsed(said) ?? said,
})

function parsed(said: string): unknown {
  try {
    return parseYaml(said, 'text').value
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** Nothing for text that is YAML, of another form. */
function reasonOf(said: unknown): string {
  try {
    parseYaml(String(said), 'line')
    return ''
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `, which it is not: ${error.why ?? error.what} (${error.where[0]?.replaceAll(':', ' ') ?? ''})`
  }
}

/** An entry that may be said by one text alone stands for the mapping that has it as `key`. */
const shortFor = <T>(key: string, schema: z.ZodMiniType<T>) =>
  z.pipe(
    z.transform((said: unknown) => (typeof said === 'string' ? { [key]: said } : said)),
    schema,
  )

const word = text().schema
const yes = z.optional(z.boolean('must be true or false'))
interface Ordered {
  readonly before?: unknown
  readonly after?: unknown
}

const providers = z.optional(z.literal('providers', 'must be providers'))
const ordered = { before: providers, after: providers }
const oneOrder = z.refine<Ordered>(
  ({ before, after }) => before === undefined || after === undefined,
  'must be before providers or after them, not both',
)

const orderOf = ({ before, after }: Ordered): Order => (before !== undefined ? 'before' : after !== undefined ? 'after' : undefined)

const NAME = 'must be named by lower-case letters, digits and "-", at most 63'

/** @param name What a key is, and how an error says it. */
const named = <T>(value: z.ZodMiniType<T>, form: string, name = { schema: objectName().schema, is: NAME }) =>
  z.record(name.schema, value, { error: ({ code }) => (code === 'invalid_type' ? `must be ${form}` : name.is) })

/** Tilt makes a resource of each, and takes any name. */
const KUSTOMIZATION = {
  schema: z.string().check(z.regex(/^\w[\w.-]*$/)),
  is: 'must be named by letters, digits, "_", "." and "-", no "." or "-" first',
}

/** `name=path` lines, or a mapping whose values are paths or say an order too. */
export const kustomizations = (): Kind<Mapping<Kustomization>> => {
  const lines = mapping('name=path')
  const entry = shortFor('path', object({ path: word, ...ordered }).check(oneOrder))
  const value = z.pipe(
    entry,
    z.transform(said => ({ path: said.path, order: orderOf(said) })),
  )
  const form = 'a mapping from names to paths'
  const whole = yamlOf(
    'lines `name=path`, or a YAML mapping',
    'lines of the form name=path, or a mapping',
    named(value, form, KUSTOMIZATION),
  )
  return {
    ...whole,
    fromText: said => {
      const pairs = lines.fromText(said)
      return typeof pairs === 'string' ? whole.fromText(said) : pairs
    },
    resolved: (value, base) => mapped(value, one => ({ ...one, path: pathFrom(base, one.path) })),
    merges: true,
  }
}

/** Words, or a list whose items are words or say more. */
export const manifestSources = (): Kind<readonly ManifestSource[]> => {
  const entry = shortFor('from', object({ from: word, substitute: yes, ...ordered }).check(oneOrder))
  const value = z.pipe(
    entry,
    z.transform(said => ({ from: said.from, substitute: said.substitute ?? false, order: orderOf(said) })),
  )
  const whole = yamlOf('list of files, folders and URLs', 'a list', z.array(value, 'must be a list'))
  return {
    ...whole,
    fromText: said => (/^\s*(-\s|\[)/.test(said) ? whole.fromText(said) : list(text()).fromText(said)),
    resolved: (value, base) => value.map(one => ({ ...one, from: pathFrom(base, one.from) })),
  }
}

const scalar = z.union([z.string(), z.number(), z.boolean()], 'must be text, a number, true or false')
const values = z.union([word, z.record(z.string(), z.unknown())], 'must be a file, or a mapping of values')

const chart = object({
  name: objectName().schema,
  chart: word,
  repo: z.optional(word.check(z.regex(/^https?:\/\/\S+$/, 'must be a URL that begins with http:// or https://'))),
  version: z.optional(word),
  namespace: z.optional(objectName().schema),
  values: z.optional(z.union([values, z.array(values)], 'must be a file, a mapping of values, or a list of these')),
  set: z.optional(z.record(z.string(), scalar, 'must be a mapping')),
  wait: yes,
  ...ordered,
}).check(oneOrder)

export const helmCharts = (): Kind<readonly HelmChart[]> => {
  const value = z.pipe(
    chart,
    z.transform((said): HelmChart => {
      const { name, repo, version, namespace = 'default', values = [], set = {}, wait = true } = said
      return { name, chart: said.chart, repo, version, namespace, values: [values].flat(), set, wait, order: orderOf(said) ?? 'after' }
    }),
  )
  const once = z.refine<readonly HelmChart[]>(
    charts => new Set(charts.map(({ name }) => name)).size === charts.length,
    'must not have the same name twice',
  )
  const whole = yamlOf('YAML list of charts', 'a list of charts', z.array(value, 'must be a list of charts').check(once))
  return {
    ...whole,
    resolved: (charts, base) =>
      charts.map(one => ({
        ...one,
        chart: one.repo === undefined ? pathFrom(base, one.chart) : one.chart,
        values: one.values.map(said => (typeof said === 'string' ? resolve(base, said) : said)),
      })),
  }
}

export const hooks = (): Kind<Hooks> => {
  const commands = z.pipe(
    z.transform((said: unknown) => (typeof said === 'string' ? [said] : said)),
    z.array(word, 'must be a command, or a list of commands'),
  )
  const shape = Object.fromEntries(hookNames.map(name => [name, z.optional(commands)]))
  return { ...yamlOf('YAML mapping from hooks to commands', 'a mapping from hooks to commands', object(shape)), merges: true }
}

const project = object({
  folder: z.optional(word),
  dockerfile: z.optional(word),
  args: z.optional(z.record(z.string(), z.string('must be text: put it in quotes'), 'must be a mapping')),
  go: z.optional(word),
  image: z.optional(word),
  manifests: z.optional(shortList()),
  kustomize: z.optional(word),
  port: z.optional(z.int('must be a port number').check(z.minimum(1, 'must be a port number'), z.maximum(65535, 'must be a port number'))),
  answers: z.optional(word.check(z.regex(/^\//, 'must be a path that begins with /'))),
}).check(
  z.refine(said => said.go === undefined || said.dockerfile === undefined, 'must have go or dockerfile, not both'),
  z.refine(said => said.manifests === undefined || said.kustomize === undefined, 'must have manifests or kustomize, not both'),
)

function shortList() {
  return z.pipe(
    z.transform((said: unknown) => (typeof said === 'string' ? [said] : said)),
    z.array(word, 'must be a file or folder, or a list of these'),
  )
}

/** What is not said of a project is found by looking at it (providers/projects.ts). */
export const projects = (): Kind<Mapping<ProjectText>> => {
  const value = z.pipe(
    shortFor('folder', project),
    z.transform(({ folder = '.', args = {}, manifests = [], dockerfile, go, image, kustomize, port, answers }): ProjectText => {
      return { folder, dockerfile, args, go, image, manifests, kustomize, port, answers }
    }),
  )
  return {
    ...yamlOf('YAML mapping from names to projects', 'a mapping from names to projects', named(value, 'a mapping from names to projects')),
    resolved: (value, base) =>
      mapped(value, one => {
        const folder = resolve(base, one.folder)
        const within = (said: string | undefined) => (said === undefined ? undefined : resolve(folder, said))
        return {
          ...one,
          folder,
          dockerfile: within(one.dockerfile),
          kustomize: within(one.kustomize),
          manifests: one.manifests.map(said => resolve(folder, said)),
        }
      }),
    merges: true,
  }
}

const mapped = <T, U>(all: Mapping<T>, change: (one: T) => U): Mapping<U> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]))
