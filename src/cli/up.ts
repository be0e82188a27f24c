/** `capi-actions up`: the whole chain from a terminal. */
import { whatWasMade } from '../report/made.ts'
import { redactor } from '../report/redact.ts'
import { hasPlace, startReport } from '../report/report.ts'
import { elapsed } from '../report/time.ts'
import { down, up } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'
import { downCommand, howToUse } from './next-steps.ts'
import { exitCodes, openView, print, printError, wasInterrupted } from './terminal.ts'

/** Runs `up` with a view of it and returns the exit code. `own` is how this command was called. */
export async function runUp(settings: Settings, own: string, signal: AbortSignal): Promise<number> {
  const redact = redactor(settings.secrets)
  const report = startReport(redact)
  const began = Date.now()
  const view = await openView(redact)
  const show = (event: Parameters<typeof report.listener>[0]) => {
    report.listener(event)
    view.listener(event)
  }
  try {
    const made = await up(settings, show, signal)
    view.stop()
    const stands = whatWasMade(made, settings)
    await report.write(settings.reportDir, stands)
    print(`\n✔ ${settings.clusterName} is ready after ${elapsed(Date.now() - began)}\n`)
    for (const line of [...stands, `report: ${settings.reportDir}`]) print(`  ${line}`)
    print('\nUse it, remove it:\n')
    for (const line of howToUse(made, settings, own)) print(`  ${line}`)
    return exitCodes.done
  } catch (error) {
    view.stop()
    if (wasInterrupted(error, signal)) return await afterInterruption(settings, own)
    printError(error, redact)
    if (hasPlace(settings)) {
      await report.write(settings.reportDir)
      print(
        `\nWhat was made so far stays to be looked at; the report is in ${settings.reportDir}. Remove it with\n\n  ${downCommand(settings, own)}`,
      )
    }
    return exitCodes.failed
  }
}

/** What a run made that nobody waits for any more goes, unless it was to stay. */
async function afterInterruption(settings: Settings, own: string): Promise<number> {
  if (!settings.cleanUp) {
    print(`interrupted; what was made so far stays. Remove it with\n\n  ${downCommand(settings, own)}`)
    return exitCodes.interrupted
  }
  print('interrupted, removing what was made')
  // Its own signal: the one that fired would stop it before it begins.
  const removed = await down(settings, { signal: new AbortController().signal, log: print, waiting: () => {} })
  for (const sentence of removed.length === 0 ? ['nothing was made yet'] : removed) print(`  ${sentence}`)
  return exitCodes.interrupted
}
