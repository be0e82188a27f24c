/** The ports that a run has asked for, or made a reason for, kept beside its record: `port-forward` opens them, in a process of its own. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../host/failure.ts'
import { didYouMean } from '../host/nearest.ts'
import type { Recorder } from '../host/work.ts'
import type { PortHint } from '../manifests/debugging.ts'
import type { Way } from '../manifests/way.ts'
import type { DeployedProvider } from '../plan/deploy-tasks.ts'
import type { DeployedTool } from '../plan/observability-tasks.ts'
import type { DeployedProject } from '../plan/project-tasks.ts'

export interface Forward {
  /** Of the provider, tool or project. */
  readonly name: string
  /** Where a provider has several. */
  readonly what?: PortHint['what'] | undefined
  readonly way: Way
  /** What to open, or attach to. */
  readonly address: string
}

export interface Forwards {
  readonly kubeconfig: string
  readonly context: string
  readonly forwards: readonly Forward[]
}

interface Reachable {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly providers?: readonly DeployedProvider[] | undefined
  readonly observability?: readonly DeployedTool[] | undefined
  readonly projects?: readonly DeployedProject[] | undefined
}

/** Bumped when its shape changes. */
const FORMAT = 1

const fileIn = (stateDirectory: string): string => join(stateDirectory, 'port-forwards.json')

export function forwardsOf({ providers = [], observability = [], projects = [] }: Reachable): Forward[] {
  return [
    ...providers.flatMap(({ name, ports = [] }) => ports.map(({ what, way, address }) => ({ name, what, way, address }))),
    ...[...observability, ...projects].flatMap(({ name, reach }) =>
      reach === undefined ? [] : [{ name, way: reach.way, address: reach.page ?? `localhost:${reach.way.local}` }],
    ),
  ]
}

/**
 * Writes down what of `made` can be reached.
 * @param all Whether it is all that there is: else what an earlier run has made stays beside it.
 */
export async function keepForwards(stateDirectory: string, made: Reachable, all: boolean, record: Recorder): Promise<void> {
  const { kubeconfig, context } = made
  if (kubeconfig === undefined || context === undefined) return
  const file = fileIn(stateDirectory)
  const fresh = forwardsOf(made)
  const earlier = all ? [] : ((await readForwards(stateDirectory))?.forwards ?? [])
  const forwards = [...earlier.filter(({ name }) => !fresh.some(one => one.name === name)), ...fresh]
  if (forwards.length === 0) return rm(file, { force: true })
  await record({ kind: 'path', path: file })
  await writeFile(file, JSON.stringify({ format: FORMAT, kubeconfig, context, forwards }), { mode: 0o600 })
}

/** Nothing where no run has left any. @throws Failure for those of another version. */
export async function readForwards(stateDirectory: string): Promise<Forwards | undefined> {
  const file = fileIn(stateDirectory)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { format, ...kept } = JSON.parse(text) as Forwards & { readonly format: number }
  if (format === FORMAT) return kept
  throw new Failure({
    what: 'the ports of the last run were written by another version of capi-actions',
    why: `they have format ${format}, this version reads format ${FORMAT}`,
    remedy: 'run `up` again',
    where: file,
  })
}

/** As it is named on a command line: `grafana`, `core/debugger`. */
const namesOf = ({ name, what }: Forward): readonly string[] => (what === undefined ? [name] : [name, `${name}/${what}`])

/**
 * Those that are asked for, all where nobody asks: by name, `core` for all ports of a provider or `core/debugger` for one, and with another port of this machine as
 * `grafana=3001`.
 * @throws Failure for a name that there isn't, and for ports that two of them want.
 */
export function chooseForwards(all: readonly Forward[], asked: readonly string[]): readonly Forward[] {
  const chosen = asked.length === 0 ? all : asked.flatMap(word => named(all, word))
  const unique = [...new Map(chosen.map(one => [namesOf(one).at(-1), one])).values()]
  for (const one of unique) {
    const other = unique.find(({ way }) => way.local === one.way.local)
    if (other === undefined || other === one) continue
    const [first, second] = [sayName(other), sayName(one)]
    throw new Failure({
      what: `${first} and ${second} both want port ${one.way.local} of this machine`,
      remedy: `name the one to open, or give one another port: ${namesOf(one).at(-1)}=${one.way.local + 1}`,
    })
  }
  return unique
}

function named(all: readonly Forward[], word: string): readonly Forward[] {
  const [name = '', text] = word.split('=')
  const found = all.filter(one => namesOf(one).includes(name))
  if (found.length === 0) {
    const names = [...new Set(all.flatMap(namesOf))]
    throw new Failure({
      what: `there is no port to forward by the name ${name}${didYouMean(name, names)}`,
      why: `there are ${names.join(', ')}`,
    })
  }
  if (text === undefined) return found
  const local = Number(text)
  if (!Number.isInteger(local) || local < 1 || local > 65535)
    throw new Failure({ what: `${word} names no port`, why: `${text || 'nothing'} is no number from 1 to 65535` })
  if (found.length > 1)
    throw new Failure({
      what: `${word} gives one port to ${found.length}`,
      remedy: `say which: ${found.map(one => `${namesOf(one).at(-1)}`).join(', ')}`,
    })
  return found.map(one => ({
    ...one,
    way: { ...one.way, local },
    address: one.address.replace(`localhost:${one.way.local}`, `localhost:${local}`),
  }))
}

/** As it is said: `core debugger`. */
export const sayName = ({ name, what }: Forward): string => (what === undefined ? name : `${name} ${what}`)
