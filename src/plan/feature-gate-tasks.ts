/** `feature gates`: which managers know the gates that are wanted, asked of executables that were compiled here, read from the manifests of all others. */
import { exec } from '../host/exec.ts'
import type { Work } from '../host/work.ts'
import type { CompiledManager } from '../images/compile.ts'
import { type Gates, gatesIn, gatesInHelp, setGates } from '../manifests/feature-gates.ts'
import { assignGates } from '../manifests/gate-check.ts'
import type { Road } from './deploy-tasks.ts'
import { type Task, task } from './task.ts'
import type { Wanted } from './wanted.ts'

/** A provider whose manager may get gates. */
export interface Gated extends Pick<Road, 'name' | 'rendered' | 'objectsIn'> {
  /** Nothing where this machine has no executable of it. */
  readonly compiled: Task<CompiledManager> | undefined
}

export interface GateTasks {
  /** Nothing where nobody speaks of gates. */
  readonly check: Task | undefined
  /** The same with objects whose manager has its gates; they take the value of `check` too. */
  readonly gated: <T extends Pick<Road, 'name' | 'objects'>>(one: T) => T
}

export function gatesFor(providers: readonly Gated[], { settings }: Wanted): GateTasks {
  const { featureGates, extraArgs, sources } = settings
  const isSpokenOf = Object.keys(featureGates).length > 0 || Object.values(extraArgs).some(args => gatesIn(args) !== undefined)
  if (!isSpokenOf) return { check: undefined, gated: one => one }
  const docs = 'Checks that managers know the feature gates that they are to have.'
  const needs = providers.flatMap(({ rendered, compiled }) => [rendered, ...(compiled ? [compiled] : [])])
  const checked = task<ReadonlyMap<string, Gates>>('feature gates', docs, needs, async work => {
    const asked = providers.map(async ({ name, objectsIn, compiled }) => {
      const told = compiled && (await gatesOfExecutable(work.of(compiled).path, work))
      return { name, objects: objectsIn(work), extraArgs: extraArgs[name] ?? [], told }
    })
    const assigned = assignGates(featureGates, await Promise.all(asked), sources.featureGates.where)
    for (const [name, gates] of assigned) if (Object.keys(gates).length > 0) work.log(`${name}: ${sayGates(gates)}`)
    return assigned
  })
  return {
    check: checked,
    gated: one => ({ ...one, objects: work => setGates(one.objects(work), work.of(checked).get(one.name) ?? {}) }),
  }
}

const sayGates = (gates: Gates): string =>
  Object.entries(gates)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

/** Managers are compiled for Linux: elsewhere they can't be asked. What the executable does with `--help` is its own affair: no answer is none. */
async function gatesOfExecutable(path: string, work: Work): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux') return undefined
  // pflag ends with 0 or 2 after its help.
  const said = await exec(path, ['--help'], work, { timeout: 20, allow: [1, 2] }).catch(() => {
    work.signal.throwIfAborted()
    return undefined
  })
  return said && gatesInHelp(`${said.stdout}\n${said.stderr}`)
}
