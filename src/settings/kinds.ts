/** Kinds of values that a user can say: how text (an input, a flag, an environment variable) is read, and what is valid, in words. */
import { resolve } from 'node:path'
import semver from 'semver'
import * as z from 'zod/mini'
import { didYouMean } from '../host/nearest.ts'
import { isPath, PROVIDER_LABEL, PROVIDER_REFERENCE, PROVIDER_URL, standsAlone } from './provider-reference.ts'

export interface Kind<T> {
  /** What it is, for the reference: `list of text`. */
  readonly type: string
  /** Judges a raw value (from YAML, or what `fromText` made of text). Its messages go on after "but ": `must be true or false`. */
  readonly schema: z.ZodMiniType<T>
  /** Turns text into the raw value that YAML would have given. Text that has no such form goes through as it is, for `schema` to refuse. */
  fromText(text: string): unknown
  /** The value with its paths made absolute: relative ones start from `base`. */
  resolved?(value: T, base: string): T
  /** True where values of several sources are merged key by key. */
  readonly merges?: boolean
  /** True for a part of a value that may hold a secret: an error doesn't show it. */
  hides?(part: unknown): boolean
}

/** An object type of tilt-settings: fields that it doesn't know are refused by name. */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => `must not have the field ${key}${didYouMean(key, known)}`).join(', and ')
        : 'must be a mapping',
  })
}

/** YAML takes `a:` for null, and `a: true` for no text. */
const isText = (whereNull: string, whereObject = 'must be text: put it in quotes') =>
  z.string({
    error: ({ input }) =>
      input === null ? `must be text: ${whereNull}` : typeof input === 'object' ? whereObject : 'must be text: put it in quotes',
  })

/** Any text, the empty one too. */
export const textOrNothing = isText('write "" for an empty one')

const words = isText('give it a value', 'must be text, not a list or mapping').check(z.trim(), z.minLength(1, 'must not be empty'))
const asIs = (text: string): string => text

/** Text of one form. `form` ends the sentence "must be …". */
const formed = (type: string, form: string, pattern: RegExp): Kind<string> => ({
  type,
  schema: words.check(z.regex(pattern, `must be ${form}`)),
  fromText: asIs,
})

export const text = (): Kind<string> => ({ type: 'text', schema: words, fromText: asIs })

export const path = (): Kind<string> => ({ type: 'path', schema: words, fromText: asIs, resolved: (said, base) => resolve(base, said) })

/** kind's rule for cluster names (cluster names become host names), and room for `-control-plane10` within the 63 characters of a host name. */
export const clusterName = () =>
  formed('name', 'lower-case letters, digits and "-", at most 47, a letter or digit at both ends', /^[a-z0-9]([a-z0-9-]{0,45}[a-z0-9])?$/)

export const objectName = () =>
  formed('name', 'lower-case letters, digits and "-", at most 63, a letter or digit at both ends', /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)

const providerReference = (): Kind<string> => ({
  type: 'provider',
  schema: words.check(
    z.refine(
      said => isPath(said) || PROVIDER_REFERENCE.test(said),
      'must be a name such as docker, one with the version of a release (aws:v2.13.0, aws:v2.13, aws:latest), or the folder of a provider (./)',
    ),
  ),
  fromText: asIs,
  resolved: (said, base) => (isPath(said) ? resolve(base, said) : said),
})

/** Docker's rule for container names. */
export const containerName = () =>
  formed('name', 'letters, digits, "_", "." and "-", a letter or digit first', /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)

export const imageReference = () =>
  formed(
    'image',
    'an image reference such as registry.example/name:tag',
    /^[a-z0-9][\w.-]*(:\d+)?(\/[\w.-]+)*(:[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?$/,
  )

/** Where Cluster API publishes its own images (`protected_registries` of its Tiltfile). */
const PROTECTED_REGISTRIES = ['gcr.io/k8s-staging-cluster-api']

/** Also by the port that https has anyway. */
const isProtected = (said: string): boolean => {
  const plain = said.replace(/^([^/]+):443(?=\/|$)/, '$1')
  return PROTECTED_REGISTRIES.some(one => plain === one || plain.startsWith(`${one}/`))
}

/** A registry, and a project in it that images go to: by Docker's rule a host has a dot, a port or is localhost, and names have no capital letters. */
export const registryProject = (): Kind<string> => ({
  type: 'registry',
  schema: words.check(
    z.overwrite(said => said.toLowerCase().replace(/\/+$/, '')),
    z.regex(
      /^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9.-]+(?=:))(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
      'must be a registry host, and the project in it, such as ghcr.io/org or harbor.example.org/project',
    ),
    z.refine(said => said !== 'docker.io', 'must name a user or organization too, such as docker.io/user'),
    z.refine(said => !isProtected(said), 'must be another: Cluster API publishes its own images there'),
  ),
  fromText: asIs,
})

export const exactVersion = (): Kind<string> => ({
  type: 'version',
  schema: words.check(
    z.refine(said => semver.valid(said) !== null, 'must be a whole version such as v1.34.4'),
    z.overwrite(said => (said.startsWith('v') ? said : `v${said}`)),
  ),
  fromText: asIs,
})

export const versionRange = (): Kind<string> => ({
  type: 'version, range or `latest`',
  schema: words.check(
    z.refine(said => said === 'latest' || semver.validRange(said) !== null, 'must be a version (v1.34.4), a range (1.34.x, ^5) or latest'),
  ),
  fromText: asIs,
})

/** What YAML has as text, for the quotes around it. */
const unquoted = (form: string, looks: RegExp) => ({
  error: ({ input }: { readonly input?: unknown }) => (typeof input === 'string' && looks.test(input) ? `${form}, without quotes` : form),
})

export const flag = (): Kind<boolean> => ({
  type: '`true` or `false`',
  schema: z.boolean(unquoted('must be true or false', /^(true|false)$/)),
  fromText: said => (/^(true|false)$/i.test(said) ? said.toLowerCase() === 'true' : said),
})

/** A number as YAML has it. */
export const wholeNumber = (from: number, to: number): Kind<number> => {
  const message = `must be a whole number from ${from} to ${to}`
  return {
    type: 'whole number',
    schema: z.int(unquoted(message, /^\d+$/)).check(z.minimum(from, message), z.maximum(to, message)),
    fromText: said => (/^\d+$/.test(said) ? Number(said) : said),
  }
}

/** Whether nothing is done, and whether the API server is asked what would come of it. */
export const dryRun = (): Kind<boolean | 'server'> => ({
  type: '`true`, `false` or `server`',
  schema: z.union([z.boolean(), z.literal('server')], 'must be true, false or server'),
  fromText: said => (/^(true|false)$/i.test(said) ? said.toLowerCase() === 'true' : said.toLowerCase()),
})

/** Ports above 1023 that `fetch` refuses to talk to, as browsers do: other protocols live there (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED_PORTS = [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080]

export const port = (): Kind<number> => ({
  type: 'port number',
  schema: z
    .int(unquoted('must be a port number from 1 to 65535', /^\d+$/))
    .check(z.minimum(1, 'must be a port number from 1 to 65535'), z.maximum(65535, 'must be a port number from 1 to 65535'))
    .check(z.refine(said => !BLOCKED_PORTS.includes(said), 'must be another port: HTTP clients refuse this one')),
  fromText: said => (/^\d+$/.test(said) ? Number(said) : said),
})

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 }

/** A duration as Go and Kubernetes write it (`90s`, `5m`, `1h30m`); the value is seconds. */
export const duration = (): Kind<number> => ({
  type: 'duration',
  schema: z.pipe(
    words.check(z.regex(/^(\d+[hms])+$/, 'must be a duration such as 90s, 5m or 1h30m')),
    z.transform(said =>
      [...said.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0),
    ),
  ),
  fromText: asIs,
})

export const oneOf = <const T extends string>(...values: T[]): Kind<T> => ({
  type: values.map(value => `\`${value}\``).join(' or '),
  schema: z.enum(values, {
    error: ({ input }) =>
      `must be ${values.length > 2 ? 'one of ' : ''}${values.join(values.length > 2 ? ', ' : ' or ')}${didYouMean(String(input), values)}`,
  }),
  fromText: asIs,
})

/** Up to the end of its line, from `#` at the beginning of a word. */
const withoutComments = (said: string): string => said.replaceAll(/(^|\s)#.*$/gm, '$1')

/** For one text where a list is wanted, how that is written. */
export const mustBeList = {
  error: ({ input }: { readonly input?: unknown }) =>
    typeof input === 'string' ? `must be a list: write ${JSON.stringify(input.split(/[\s,]+/)).replaceAll(',', ', ')}` : 'must be a list',
}

/** As text: words separated by commas, spaces or new lines; comments after `#`. */
export const list = <T>(item: Kind<T>): Kind<readonly T[]> => ({
  type: `list of ${item.type}`,
  schema: z.array(item.schema, mustBeList),
  fromText: said =>
    withoutComments(said)
      .split(/[\s,]+/)
      .filter(word => word !== '')
      .map(word => item.fromText(word)),
  resolved: (values, base) => values.map(value => item.resolved?.(value, base) ?? value),
})

/** Words for providers, or `none` alone. */
export const providerReferences = (): Kind<readonly string[]> => {
  const words = list(providerReference())
  return { ...words, schema: words.schema.check(z.refine(standsAlone, 'must not have others beside none')) }
}

export type Mapping<T> = Readonly<Record<string, T>>

/** As text: one `key=value` per line; empty lines and lines that begin with `#` are skipped. `lines` shows such a line. */
export const mapping = (lines: string, value: z.ZodMiniType<string> = textOrNothing): Kind<Mapping<string>> => ({
  type: `lines \`${lines}\``,
  schema: z.record(z.string(), value, {
    error: ({ input }) =>
      typeof input === 'string' ? `must be lines of the form ${lines}, which line ${firstOtherLine(input)} is not` : 'must be a mapping',
  }),
  fromText: said => {
    const pairs = linesOf(said).map(({ pair }) => pair)
    return pairs.some(pair => pair === null) ? said : Object.fromEntries(pairs.map(pair => [pair?.[1] ?? '', pair?.[2] ?? '']))
  },
  merges: true,
})

/** Lines that say something, numbered from 1, as key and value where they have this form. */
const linesOf = (said: string) =>
  said
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.trim(), number: index + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
    .map(({ text, number }) => ({ number, pair: /^([^=\s]+)\s*=\s*(.*)$/s.exec(text) }))

const firstOtherLine = (said: string): number | undefined => linesOf(said).find(({ pair }) => pair === null)?.number

/** Feature gates and whether they are on. */
export const featureGates = (): Kind<Mapping<boolean>> => {
  const { fromText } = mapping('Gate=true')
  const onOrOff = z.pipe(
    z.union([z.boolean(), z.enum(['true', 'false'])], 'must be true or false'),
    z.transform(said => said === true || said === 'true'),
  )
  const form = 'must be lines such as ClusterTopology=true, with names as in Go'
  return {
    type: 'lines `Gate=true`',
    merges: true,
    schema: z.record(z.string().check(z.regex(/^[A-Z]\w*$/)), onOrOff, form),
    // `A=true,B=false` is how managers write them.
    fromText: said => fromText(said.replaceAll(',', '\n')),
  }
}

/** Hosts and what to ask instead of them. */
export const mirrors = (): Kind<Mapping<string>> => {
  const hosts = mapping('host=url')
  const isUrl = (said: string): boolean => /^https?:\/\/\S+$/.test(said) && URL.canParse(said)
  const url = z.string('must be text').check(z.refine(isUrl, 'must be a URL that begins with http:// or https://'))
  return { ...hosts, schema: z.pipe(hosts.schema, z.record(z.string(), url)), hides: part => String(part).includes('@') }
}

/** A file, or the text itself, which is nobody's business. */
export const fileOrSecret = (): Kind<string> => ({ ...text(), type: 'file, or its text', hides: part => /[\n{]/.test(String(part)) })

/** Where releases of providers are, by the label that clusterctl gives their objects. */
export const providerUrls = (): Kind<Mapping<string>> => {
  const urls = mapping('infrastructure-foo=https://github.com/…')
  const label =
    'must be named as its objects are labelled: infrastructure-foo, bootstrap-foo, control-plane-foo, ipam-foo, addon-foo or runtime-extension-foo'
  const form =
    'must be https://github.com/<owner>/<repository>/releases/<latest or version>/<file> or file:///<folder>/<label>/<latest or version>/<file>'
  const url = z.string('must be text').check(z.refine(said => PROVIDER_URL.test(said), form))
  return { ...urls, schema: z.pipe(urls.schema, z.record(z.string().check(z.regex(PROVIDER_LABEL, label)), url, label)) }
}

/** Images by provider: as lines, or as the JSON object that `build-images` hands out. */
export const providerImages = (): Kind<Mapping<string>> => {
  const lines = mapping('provider=image', imageReference().schema)
  return {
    ...lines,
    type: `${lines.type}, or a JSON object`,
    fromText: said => (said.trimStart().startsWith('{') ? parsedOrText(said) : lines.fromText(said)),
  }
}

function parsedOrText(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return said
  }
}

/** A value that only YAML can say: text goes through as it is, and is refused. */
export const yaml = <T>(type: string, schema: z.ZodMiniType<T>): Kind<T> => ({ type, schema, fromText: asIs })

/** YAML text, a file with it, or a mapping where the source is YAML itself; read while loading. */
export const yamlMapping = (): Kind<string | Mapping<unknown>> => ({
  type: 'YAML mapping, or a file with it',
  schema: z.union([words, z.record(z.string(), z.unknown())], 'must be a YAML mapping, or a file with it'),
  fromText: asIs,
})
