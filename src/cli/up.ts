/** `capi-actions up`: the whole chain from a terminal. */
import { messageOf } from '../host/failure.ts'
import { whatWasMade } from '../report/made.ts'
import { redactor } from '../report/redact.ts'
import { hasPlace, type Report, startReport } from '../report/report.ts'
import { elapsed } from '../report/time.ts'
import { readState } from '../run/state.ts'
import { down, up } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'
import { downCommand, howToUse } from './next-steps.ts'
import { exitCodes, openView, print, printError, wasInterrupted } from './terminal.ts'

/** Runs `up` with a view of it and returns the exit code. `own` is how this command was called. */
export async function runUp(settings: Settings, own: string, signal: AbortSignal): Promise<number> {
  const redact = redactor(settings.secrets)
  const report = startReport(redact)
  const began = Date.now()
  // A record that can't be read is one: `up` says what is wrong with it.
  const earlier = await readState(settings.stateDir).then(
    made => made.length > 0,
    () => true,
  )
  const view = await openView(redact)
  const show = (event: Parameters<typeof report.listener>[0]) => {
    report.listener(event)
    view.listener(event)
  }
  const outcome = await up(settings, show, signal)
  view.stop()
  if ('failure' in outcome) {
    if (wasInterrupted(outcome.failure, signal)) return await afterInterruption(settings, own, earlier)
    printError(outcome.failure, redact)
    if (!hasPlace(settings)) return exitCodes.failed
    const written = await leave(report, settings)
    print(
      `\nWhat was made so far stays to be looked at${written ? `; the report is in ${settings.reportDir}` : ''}. Remove it with\n\n  ${downCommand(settings, own)}`,
    )
    return exitCodes.failed
  }
  const stands = whatWasMade(outcome.made, settings)
  const written = await leave(report, settings, stands)
  print(`\n✔ ${settings.clusterName} is ready after ${elapsed(Date.now() - began)}\n`)
  for (const line of [...stands, ...(written ? [`report: ${settings.reportDir}`] : [])]) print(`  ${line}`)
  print('\nUse it, remove it:\n')
  for (const line of howToUse(outcome.made, settings, own)) print(`  ${line}`)
  return exitCodes.done
}

/** Writes the report. That it can't be written changes nothing of how the run ended: false, and a note. */
async function leave(report: Report, { reportDir }: Settings, stands: readonly string[] = []): Promise<boolean> {
  try {
    await report.write(reportDir, stands)
    return true
  } catch (error) {
    process.stderr.write(`note: ${messageOf(error)}\n`)
    return false
  }
}

/** What a run made that nobody waits for any more goes, unless it was to stay, or stands on what an `earlier` run made: the record has both. */
async function afterInterruption(settings: Settings, own: string, earlier: boolean): Promise<number> {
  if (earlier || !settings.cleanUp) {
    const what = earlier ? 'what an earlier run made stays, with what this one added' : 'what was made so far stays'
    print(`interrupted; ${what}. Remove it with\n\n  ${downCommand(settings, own)}`)
    return exitCodes.interrupted
  }
  print('interrupted, removing what was made')
  // Its own signal: the one that fired would stop it before it begins.
  const removed = await down(settings, { signal: new AbortController().signal, log: print, waiting: () => {} })
  for (const sentence of removed.length === 0 ? ['nothing was made yet'] : removed) print(`  ${sentence}`)
  return exitCodes.interrupted
}
