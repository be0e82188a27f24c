/**
 * A clusterctl.yaml of the user's: variables, and where releases of providers are (CAPI book, "clusterctl configuration file"). What else stands in it is about clusterctl
 * itself.
 */
import { readFile } from 'node:fs/promises'
import { messageOf } from '../host/failure.ts'
import { TYPES } from '../manifests/provider-object.ts'
import { parseYaml } from '../manifests/yaml.ts'
import { fieldOf } from './fields.ts'
import type { Mapping } from './kinds.ts'
import { judge, type Problem } from './said.ts'

export interface ClusterctlFile {
  readonly variables: Mapping<string>
  readonly providerUrls: Mapping<string>
}

const none: ClusterctlFile = { variables: {}, providerUrls: {} }

/** @param shown How errors name the file. */
export async function readClusterctlFile(
  file: string | undefined,
  shown: string,
  where: string,
  problems: Problem[],
): Promise<ClusterctlFile> {
  if (file === undefined) return none
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    problems.push({ text: `clusterctl-file can’t be read: ${messageOf(error)}`, where })
    return ''
  })
  const { value, positionOf } = parseYaml(text, shown)
  if (!isMapping(value)) {
    if (text !== '') problems.push({ text: 'clusterctl-file is no mapping of names and values', where: positionOf([]) })
    return none
  }
  const urls = labelled(value.providers)
  const said = {
    name: 'providers',
    raw: Object.fromEntries(urls.map(({ label, url }) => [label, url])),
    source: { kind: 'file' as const, where: shown },
    whereOf: ([label]: readonly (string | number)[]) => positionOf(['providers', urls.findIndex(one => one.label === label)]),
    base: '',
  }
  const judged = judge(fieldOf('providerUrls'), said)
  if ('problems' in judged) problems.push(...judged.problems)
  return { variables: variablesIn(value), providerUrls: 'value' in judged ? (judged.value as Mapping<string>) : {} }
}

/** Scalars at the top are variables, as clusterctl reads them. */
function variablesIn(value: Readonly<Record<string, unknown>>): Mapping<string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      ['string', 'number', 'boolean'].includes(typeof one) && name !== 'overridesFolder' ? [[name, String(one)]] : [],
    ),
  )
}

/** Entries by the label of the provider; what is no such entry clusterctl would refuse itself. */
function labelled(providers: unknown): readonly { readonly label: string; readonly url: unknown }[] {
  const prefixes = new Map(Object.entries(TYPES).map(([prefix, type]) => [type as string, prefix]))
  return (Array.isArray(providers) ? providers.filter(isMapping) : []).map(({ name, type, url }) => ({
    label: `${prefixes.get(String(type)) ?? ''}${name}`,
    url,
  }))
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
