/** What all actions do around the engine: load settings from inputs, show a run in the log, leave a report and a summary of it. */
import type { ActionStep, Shown } from '../host/action.ts'
import { messageOf } from '../host/failure.ts'
import { explain, headLines } from '../report/failure.ts'
import { everySecond, lineView } from '../report/log.ts'
import { whatWasMade } from '../report/made.ts'
import { redactor } from '../report/redact.ts'
import type { RunListener } from '../run/events.ts'
import type { UpResult } from '../run/up.ts'
import type { Settings } from '../settings/settings.ts'

export function show(error: unknown): Shown {
  const explanation = explain(error)
  return { lines: headLines(explanation), where: explanation.where, folded: explanation.folded }
}

/** Settings from the inputs of a step, with their secrets masked and their notices said. */
export async function settingsOf<State>({ inputs, env, mask, notice }: ActionStep<State>): Promise<Settings> {
  const { loadSettings } = await import('../settings/load.ts')
  const settings = await loadSettings({ given: inputs, env, cwd: process.cwd() })
  mask(settings.secrets)
  settings.notices.forEach(notice)
  return settings
}

/** Runs `up` with a listener that writes to the step's log; whatever comes of it, report and summary are left behind. */
export async function reported<State>(
  step: ActionStep<State>,
  settings: Settings,
  up: (listener: RunListener) => Promise<UpResult>,
): Promise<UpResult> {
  const { hasPlace, startReport } = await import('../report/report.ts')
  const redact = redactor(settings.secrets)
  const report = startReport(redact)
  const view = lineView({ write: line => step.say(redact(line)), writeOutput: (title, lines) => step.sayFolded(title, lines.map(redact)) })
  const stop = everySecond(view.tick)
  const leave = async (stands: readonly string[]) => {
    stop()
    step.summarize(report.summary(stands))
    if (hasPlace(settings)) await report.write(settings.reportDir, stands)
  }
  let made: UpResult
  try {
    made = await up(event => {
      report.listener(event)
      view.listener(event)
    })
  } catch (error) {
    // A report that can't be written must not hide what went wrong before.
    await leave([]).catch((second: unknown) => step.say(messageOf(second)))
    throw error
  }
  const stands = whatWasMade(made, settings)
  stands.forEach(step.say)
  await leave(stands)
  return made
}
