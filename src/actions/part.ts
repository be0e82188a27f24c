/** Runs an action that does a part of the chain; its post step removes what that step has made, and nothing of other steps. */
import { join } from 'node:path'
import type { SaveOrder } from '../cache/order.ts'
import { runAction } from '../host/action.ts'
import { Failure } from '../host/failure.ts'
import type { Made } from '../host/work.ts'
import { environmentOf, nameOf } from '../settings/field.ts'
import { fieldOf } from '../settings/fields.ts'
import type { Settings } from '../settings/settings.ts'
import { heedCaches, savedBeside } from './caches.ts'
import { commandFor } from './later-steps.ts'
import { environmentOfRun } from './outputs.ts'
import { outputsOfPart, type Part, type PartName, parts } from './parts.ts'
import { judged, planned, reported, settingsOf, show } from './watch.ts'

interface Remembered {
  readonly stateDir: string
  readonly cleanUp: boolean
  /** What this step has made, as its record says it. */
  readonly made: readonly Made[]
  /** For the Actions cache. */
  readonly saves?: readonly SaveOrder[]
}

export const runPart = (name: PartName): Promise<never> => {
  const part: Part = parts[name]
  return runAction<Remembered>({
    name,
    async main(step) {
      const said = await settingsOf(step, part.fields)
      // Each step of a job has a report of its own.
      const settings = { ...said, reportDir: join(said.reportDir, name) }
      requireSaid(name, part, settings)
      const { stateDir } = settings
      const made: Made[] = []
      const remember = (saves: readonly SaveOrder[] = []) => step.remember({ stateDir, cleanUp: settings[part.removedBy], made, saves })
      const recorded = (one: Made) => {
        made.push(one)
        remember()
      }
      const { asksServer, bringUp, judge, planOf } = await import('../run/up.ts')
      if (settings.dryRun) {
        const { outputs: plan, ...ending } = asksServer(settings, part.targets)
          ? await judged(step, settings, listener => judge(settings, part.targets, { listener, signal: step.signal }))
          : { outputs: await planned(step, settings, await planOf(settings, step.signal, part.targets)) }
        // Of a cluster that is there this much is known.
        const made = { kubeconfig: settings.kubeconfig, context: settings.context }
        const outputs = { ...outputsOfPart(part, { made, report: undefined }, settings), ...plan }
        return { ...ending, outputs, environment: handedOn(part, step.inputs) }
      }
      const outcome = await reported(step, settings, listener =>
        bringUp(settings, part.targets, { listener, signal: step.signal, recorded }),
      )
      const { serviceAccount, toolFolders = [], caches } = outcome.made
      if (serviceAccount) step.mask([serviceAccount.token])
      const saves = heedCaches(step, caches)
      if (saves.length > 0) remember(saves)
      return {
        ...('failure' in outcome ? { failure: outcome.failure } : {}),
        outputs: outputsOfPart(part, outcome, settings),
        environment: { ...handedOn(part, step.inputs), ...environmentOfRun(outcome.made, settings) },
        paths: [...toolFolders, ...(await commandFor(outcome.made, settings, recorded))],
      }
    },

    async post(step, remembered) {
      const { say, signal } = step
      if (remembered === undefined) return say('nothing was made')
      const { stateDir, cleanUp, made, saves = [] } = remembered
      await savedBeside(step, saves, async () => {
        if (made.length === 0) return say('nothing was made')
        if (!cleanUp) return say(`clean-up is off: what was made stays, its record is in ${stateDir}`)
        const { down } = await import('../run/up.ts')
        const removed = await down({ stateDir }, { signal, log: say, waiting: say }, made)
        removed.forEach(say)
      })
    },

    explain: show,
  })
}

function requireSaid(name: PartName, { required }: Part, settings: Settings): void {
  const [first, ...others] = required ?? []
  if (first === undefined || [first, ...others].some(key => isSaid(settings[key]))) return
  const names = [first, ...others].map(nameOf)
  throw new Failure({ what: `${name} needs ${names.join(' or ')}`, why: fieldOf(first).docs, where: `input ${nameOf(first)}` })
}

const isSaid = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0)

/** The inputs that later steps start from too, unless theirs say otherwise. */
function handedOn({ handsOn = [] }: Part, inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    handsOn.flatMap(key => {
      const text = inputs[nameOf(key)]
      const [variable] = environmentOf(key, fieldOf(key))
      return text?.trim() && variable !== undefined ? [[variable, text]] : []
    }),
  )
}
