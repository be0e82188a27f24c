/** `uses: capi-actions/capi-actions/actions/setup-tools`: tools in the wanted versions on PATH. They stay in the cache; the post step saves those that were downloaded, where that is wanted. */
import type { SaveOrder } from '../cache/order.ts'
import { runAction } from '../host/action.ts'
import type { ToolsOutcome } from '../run/tools.ts'
import { heedCaches, savedBeside } from './caches.ts'
import { fields, outputsOf } from './setup-tools-interface.ts'
import { planned, settingsOf, show, summarized } from './watch.ts'

await runAction<readonly SaveOrder[]>({
  name: 'setup-tools',
  async main(step) {
    const settings = await settingsOf(step, fields)
    const { installTools, planOfTools, toolFolders } = await import('../run/tools.ts')
    if (settings.dryRun) return { outputs: await planned(step, settings, planOfTools(settings)) }
    const { made, caches, ...ending } = await summarized(
      step,
      settings,
      listener => installTools(settings, listener, step.signal),
      sentences,
    )
    const saves = heedCaches(step, caches)
    if (saves.length > 0) step.remember(saves)
    return { ...ending, outputs: outputsOf(made, !('failure' in ending)), paths: toolFolders(made) }
  },

  leavesAll: true,
  post: (step, saves = []) => savedBeside(step, saves, async () => {}),

  explain: show,
})

function sentences({ made }: ToolsOutcome): string[] {
  return made.map(({ name, version, path }) => `${name} ${version}: ${path}`)
}
