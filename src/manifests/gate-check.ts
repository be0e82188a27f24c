/** Whether managers know the feature gates that they are to have: one that a manager does not know ends it as it starts. Pure. */
import { Failure } from '../host/failure.ts'
import { nearest } from '../host/nearest.ts'
import { ALWAYS_KNOWN, type Gates, gatesIn, gatesOf } from './feature-gates.ts'
import type { KubeObject } from './object.ts'

/** A provider, as far as its gates go. */
export interface GatedProvider {
  readonly name: string
  /** As rendered, with the arguments that the user adds. */
  readonly objects: readonly KubeObject[]
  /** What the user adds. */
  readonly extraArgs: readonly string[]
  /** What its manager says that it knows, beside what its manifests give it; nothing where it can't be asked. */
  readonly told: readonly string[] | undefined
}

/**
 * Gates for each provider, by its name: of those that are wanted the ones that it knows.
 * @param where Where they are said.
 * @throws Failure that lists every gate that no manager knows, or that one is given without knowing it.
 */
export function assignGates(wanted: Gates, providers: readonly GatedProvider[], where: string): ReadonlyMap<string, Gates> {
  const known = new Map(providers.map(one => [one.name, knownTo(one)]))
  const all = [...new Set([...known.values()].flatMap(gates => gates ?? []))]
  const nowhere = Object.keys(wanted)
    .filter(gate => !all.includes(gate))
    .map(gate => ({ gate, by: undefined, near: nearest(gate, all), where }))
  const foreign = providers.flatMap(({ name, objects, told }) => {
    const gates = known.get(name)
    if (gates === undefined) return []
    // What manifests give is right: a manager keeps quiet about gates that are on for good (seen: MachineWaitForVolumeDetach… of v1.13).
    const given = [...new Set(gatesOf(objects) ?? [])].filter(gate => !gates.includes(gate))
    const by = told === undefined ? `the manifest of ${name}` : `the manager of ${name}`
    return given.map(gate => ({ gate, by, near: nearest(gate, gates), where: 'extra_args' }))
  })
  refuse([...nowhere, ...foreign], known)
  const chosen = (name: string) => Object.fromEntries(Object.entries(wanted).filter(([gate]) => known.get(name)?.includes(gate)))
  return new Map(providers.map(({ name }) => [name, chosen(name)]))
}

function knownTo({ objects, extraArgs, told }: GatedProvider): readonly string[] | undefined {
  const given = gatesOf(objects) ?? []
  if (told === undefined && given.length === 0) return undefined
  // The arguments that the user adds are among those of the objects: what stands there once more is of the manifest.
  const added = gatesIn(extraArgs) ?? []
  const count = (gates: readonly string[], gate: string) => gates.filter(one => one === gate).length
  const ofManifest = given.filter(gate => count(given, gate) > count(added, gate))
  return [...new Set([...ofManifest, ...(told ?? []), ...ALWAYS_KNOWN])]
}

interface Unknown {
  readonly gate: string
  /** Who does not know it; nobody does, where there is nothing. */
  readonly by: string | undefined
  readonly near: string | undefined
  readonly where: string
}

function refuse(unknown: readonly Unknown[], known: ReadonlyMap<string, readonly string[] | undefined>): void {
  const [first] = unknown
  if (first === undefined) return
  const meant = unknown.flatMap(({ near }) => near ?? [])
  throw new Failure({
    what:
      unknown.length === 1
        ? `${first.by === undefined ? 'no manager knows' : `${first.by} does not know`} the feature gate ${first.gate}`
        : `feature gates ${unknown.map(({ gate }) => gate).join(', ')} are unknown`,
    why: [...known].map(([name, gates]) => `${name} has ${gates === undefined ? 'none' : gates.join(', ')}`).join('; '),
    remedy: meant.length === 0 ? 'see the release notes for gates that have come or gone' : `did you mean ${meant.join(', ')}?`,
    where: [...new Set(unknown.map(one => one.where))],
  })
}
