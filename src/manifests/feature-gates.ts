/** Feature gates of managers, in the argument `--feature-gates`: which there are, and giving them values. Pure. */
import { type Container, containersOf, editContainers } from './edits.ts'
import { managerOf, ownDeployments } from './manager-image.ts'
import type { KubeObject } from './object.ts'

/** By name. */
export type Gates = Readonly<Record<string, boolean>>

const FLAG = /^--?feature-gates(?:=(.*))?$/s

/** What every manager knows that has gates at all (k8s.io/component-base/featuregate). */
export const ALWAYS_KNOWN = ['AllAlpha', 'AllBeta'] as const

/** Names of the gates that the managers of `objects` are given, as often as they are; undefined where they are given none at all. */
export function gatesOf(objects: readonly KubeObject[]): readonly string[] | undefined {
  const values = managersIn(objects).map(({ args = [] }) => gatesIn(args))
  return values.every(one => one === undefined) ? undefined : values.flatMap(one => one ?? [])
}

/** Names of the gates among arguments; undefined where they have none. */
export function gatesIn(args: readonly string[]): readonly string[] | undefined {
  const values = valuesIn(args)
  return values.length === 0 ? undefined : values.flatMap(pairsIn).map(({ name }) => name)
}

/** Gives the managers of `objects` these values for gates. */
export function setGates(objects: readonly KubeObject[], gates: Gates): KubeObject[] {
  if (Object.keys(gates).length === 0) return [...objects]
  const own = ownDeployments(objects)
  return objects.map(object => {
    const manager = own.includes(object) ? managerIn(object) : undefined
    if (manager === undefined) return object
    return editContainers(
      object,
      ({ name }) => name === manager.name,
      container => ({ ...container, args: withGates(container.args ?? [], gates) }),
    )
  })
}

/** The first such argument has them, in the place where they stood; further ones don't say otherwise. */
function withGates(args: readonly string[], gates: Gates): string[] {
  const joined = joinValues(args)
  const first = joined.findIndex(isGates)
  const before = joined.filter(isGates).flatMap(arg => pairsIn(FLAG.exec(arg)?.[1] ?? ''))
  const values = new Map([...before.map(({ name, value }) => [name, value] as const), ...Object.entries(gates).map(say)])
  const flag = `--feature-gates=${[...values].map(([name, value]) => `${name}=${value}`).join(',')}`
  return first === -1 ? [...joined, flag] : joined.flatMap((arg, index) => (index === first ? [flag] : isGates(arg) ? [] : [arg]))
}

const say = ([name, value]: [string, boolean]): readonly [string, string] => [name, String(value)]
const isGates = (arg: string): boolean => FLAG.test(arg)

/** `--feature-gates A=true` as `--feature-gates=A=true`. */
function joinValues(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    if (FLAG.exec(arg)?.[1] === undefined && isGates(arg)) return [`${arg}=${args[index + 1] ?? ''}`]
    const before = args[index - 1]
    return before !== undefined && isGates(before) && FLAG.exec(before)?.[1] === undefined ? [] : [arg]
  })
}

const valuesIn = (args: readonly string[]): string[] => joinValues(args).flatMap(arg => FLAG.exec(arg)?.[1] ?? [])

const pairsIn = (value: string): { readonly name: string; readonly value: string }[] =>
  value
    .split(',')
    .map(pair => pair.trim())
    .filter(pair => pair !== '')
    .map(pair => ({ name: pair.split('=', 1)[0]?.trim() ?? '', value: pair.slice(pair.indexOf('=') + 1).trim() }))

const managersIn = (objects: readonly KubeObject[]): readonly Container[] =>
  ownDeployments(objects).flatMap(deployment => {
    const manager = managerIn(deployment)
    return manager === undefined ? [] : [manager]
  })

/** By Cluster API's convention, else the first that is given gates. */
const managerIn = (deployment: KubeObject): Container | undefined =>
  managerOf(deployment, undefined) ?? containersOf(deployment).find(({ args = [] }) => args.some(isGates))

/** The gates that a manager lists in its `--help`; undefined where it has no such flag. */
export function gatesInHelp(help: string): readonly string[] | undefined {
  const [, described] = /--feature-gates\b[^\n]*\n?((?:(?!\s*-{1,2}[a-z])[^\n]*(?:\n|$))*)/.exec(help) ?? []
  if (described === undefined) return undefined
  const [own = ''] = /--feature-gates\b[^\n]*/.exec(help) ?? []
  return [...`${own}\n${described}`.matchAll(/([A-Za-z]\w*)=true\|false/g)].map(([, name = '']) => name)
}
