/** What all actions do around the engine: load settings from inputs, show a run in the log, leave a report and a summary of it. */
import type { ActionStep, Shown } from '../host/action.ts'
import { explain, headLines } from '../report/failure.ts'
import { everySecond, lineView } from '../report/log.ts'
import { redactor } from '../report/redact.ts'
import type { RunListener } from '../run/events.ts'
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

/** Runs `work` with a listener that writes to the step's log; whatever comes of it, report and summary are left behind. */
export async function reported<State, T>(
  step: ActionStep<State>,
  settings: Settings,
  work: (listener: RunListener) => Promise<T>,
): Promise<T> {
  const { hasPlace, startReport } = await import('../report/report.ts')
  const redact = redactor(settings.secrets)
  const report = startReport(redact)
  const view = lineView({ write: line => step.say(redact(line)), writeOutput: (title, lines) => step.sayFolded(title, lines.map(redact)) })
  const stop = everySecond(view.tick)
  try {
    return await work(event => {
      report.listener(event)
      view.listener(event)
    })
  } finally {
    stop()
    step.summarize(report.summary())
    if (hasPlace(settings)) await report.write(settings.reportDir)
  }
}
