/** `capi-actions up --dry-run server`: what an API server would make of all that would be applied. */
import { dryRunLines } from '../report/dry-run.ts'
import { redactor } from '../report/redact.ts'
import { judge } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'
import { exitCodes, openView, print, printError, wasInterrupted } from './terminal.ts'

/** @returns the exit code. */
export async function askServer(settings: Settings, signal: AbortSignal): Promise<number> {
  const redact = redactor(settings.secrets)
  const view = await openView(redact)
  const outcome = await judge(settings, undefined, { listener: view.listener, signal })
  view.stop()
  for (const line of dryRunLines(outcome.made.parts)) print(redact(line))
  if (!('failure' in outcome)) return exitCodes.done
  if (wasInterrupted(outcome.failure, signal)) return exitCodes.interrupted
  printError(outcome.failure, redact)
  return exitCodes.failed
}
