/** `uses: capi-actions/capi-actions/actions/setup-tools`: tools in the wanted versions on PATH. They stay in the cache: there is no post step. */
import { runAction } from '../host/action.ts'
import type { ToolsOutcome } from '../run/tools.ts'
import { fields, outputsOf } from './setup-tools-interface.ts'
import { planned, settingsOf, show, summarized } from './watch.ts'

await runAction({
  async main(step) {
    const settings = await settingsOf(step, fields)
    const { installTools, planOfTools, toolFolders } = await import('../run/tools.ts')
    if (settings.dryRun) return { outputs: await planned(step, settings, planOfTools(settings)) }
    const { made, ...ending } = await summarized(step, settings, listener => installTools(settings, listener, step.signal), sentences)
    return { ...ending, outputs: outputsOf(made, !('failure' in ending)), paths: toolFolders(made) }
  },

  explain: show,
})

function sentences({ made }: ToolsOutcome): string[] {
  return made.map(({ name, version, path }) => `${name} ${version}: ${path}`)
}
