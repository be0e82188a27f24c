/** The list of several workload clusters: as lines, or as YAML. */
import * as z from 'zod/mini'
import { Failure } from '../host/failure.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { exactVersion, type Kind, object, objectName, text } from './kinds.ts'

/** A workload cluster as an entry of the list says it. */
export interface WorkloadEntry {
  readonly name: string
  readonly template?: string | undefined
  /** One ClusterClass, or several. */
  readonly class?: string | readonly string[] | undefined
  readonly namespace?: string | undefined
  readonly variables?: Readonly<Record<string, string>> | undefined
  readonly 'kubernetes-version'?: string | undefined
  /** Files, YAML text, or `none`. */
  readonly cni?: string | undefined
}

const FORM = 'must be lines of the form name or name=template, or a YAML list'

const said = text().schema
const name = objectName().schema

/** Numbers and booleans mean their text here, where a quoted value can mean nothing else. */
const value = z.pipe(
  z.union([z.string(), z.int(), z.boolean()], 'must be text: put it in quotes'),
  z.transform(found => String(found)),
)

const entry = object({
  name,
  template: z.optional(said),
  class: z.optional(z.union([said, z.array(said)], 'must be a name, a file, or a list of them')),
  namespace: z.optional(name),
  variables: z.optional(z.record(z.string(), value, 'must be a mapping')),
  'kubernetes-version': z.optional(exactVersion().schema),
  cni: z.optional(said),
})

export const workloadList = (): Kind<readonly WorkloadEntry[]> => ({
  type: 'lines `name=template`, or a YAML list',
  schema: z.array(entry, FORM),
  fromText,
})

function fromText(said: string): unknown {
  const lines = said
    .split(/\r?\n/)
    .map(line => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(line => line !== '')
  const pairs = lines.map(line => /^([a-z0-9-]+)(?:\s*=\s*(\S+))?$/.exec(line))
  if (pairs.every(pair => pair !== null)) return pairs.map(([, name, template]) => ({ name, ...(template ? { template } : {}) }))
  try {
    const { value } = parseYaml(said, 'workload-clusters')
    // A name alone is a cluster too.
    return Array.isArray(value) ? value.map((one: unknown) => (typeof one === 'string' ? { name: one } : one)) : said
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return said
  }
}
