/** `uses: capi-actions/capi-actions`: from a Cluster API repository to a proven management cluster; the post step removes what was made. */

import type { SaveOrder } from '../cache/order.ts'
import { runAction } from '../host/action.ts'
import { heedCaches, savedBeside } from './caches.ts'
import { commandFor } from './later-steps.ts'
import { environmentOfRun, outputsOf } from './outputs.ts'
import { judged, planned, reported, settingsOf, show } from './watch.ts'

/** What main hands to post: no more than it needs, for by then the checkout may be gone. */
interface Remembered {
  readonly stateDir: string
  readonly cleanUp: boolean
  /** For the Actions cache. */
  readonly saves?: readonly SaveOrder[]
}

await runAction<Remembered>({
  async main(step) {
    const settings = await settingsOf(step)
    const { planOf, up } = await import('../run/up.ts')
    if (settings.dryRun === 'server') {
      const { judge } = await import('../run/up.ts')
      return judged(step, settings, listener => judge(settings, undefined, { listener, signal: step.signal }))
    }
    if (settings.dryRun) return { outputs: await planned(step, settings, await planOf(settings, step.signal)) }
    const remembered = { stateDir: settings.stateDir, cleanUp: settings.cleanUp }
    step.remember(remembered)
    const { made, report, ...ending } = await reported(step, settings, listener => up(settings, listener, step.signal))
    if (made.serviceAccount) step.mask([made.serviceAccount.token])
    const saves = heedCaches(step, made.caches)
    if (saves.length > 0) step.remember({ ...remembered, saves })
    return {
      ...ending,
      outputs: outputsOf(made, report),
      environment: environmentOfRun(made, settings),
      paths: [...(made.toolFolders ?? []), ...(await commandFor(made, settings))],
    }
  },

  async post(step, remembered) {
    const { say, signal } = step
    if (remembered === undefined) return say('nothing was made')
    const { stateDir, cleanUp, saves = [] } = remembered
    await savedBeside(step, saves, async () => {
      if (!cleanUp) return say(`clean-up is off: what was made stays, its record is in ${stateDir}`)
      const { down } = await import('../run/up.ts')
      const removed = await down({ stateDir }, { signal, log: say, waiting: say })
      removed.forEach(say)
    })
  },

  explain: show,
})
