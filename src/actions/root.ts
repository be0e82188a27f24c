/** `uses: capi-actions/capi-actions`: from a Cluster API repository to a proven management cluster; the post step removes what was made. */
import { runAction } from '../host/action.ts'
import { outputsOf } from './outputs.ts'
import { planned, reported, settingsOf, show } from './watch.ts'

/** What main hands to post: no more than it needs, for by then the checkout may be gone. */
interface Remembered {
  readonly stateDir: string
  readonly cleanUp: boolean
}

await runAction<Remembered>({
  async main(step) {
    const settings = await settingsOf(step)
    const { planOf, up } = await import('../run/up.ts')
    if (settings.dryRun) return { outputs: await planned(step, settings, await planOf(settings, step.signal)) }
    step.remember({ stateDir: settings.stateDir, cleanUp: settings.cleanUp })
    const { made, report, ...ending } = await reported(step, settings, listener => up(settings, listener, step.signal))
    return {
      ...ending,
      outputs: outputsOf(made, report),
      environment: made.kubeconfig === undefined ? {} : { KUBECONFIG: made.kubeconfig },
      paths: made.toolFolders ?? [],
    }
  },

  async post({ say, signal }, remembered) {
    if (remembered === undefined) return say('nothing was made')
    const { stateDir, cleanUp } = remembered
    if (!cleanUp) return say(`clean-up is off: what was made stays, its record is in ${stateDir}`)
    const { down } = await import('../run/up.ts')
    const removed = await down({ stateDir }, { signal, log: say, waiting: say })
    removed.forEach(say)
  },

  explain: show,
})
