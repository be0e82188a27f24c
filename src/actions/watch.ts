/** What all actions do around the engine: load settings from inputs, show a run in the log, leave a report and a summary of it. */
import type { ActionStep, Shown } from '../host/action.ts'
import { messageOf } from '../host/failure.ts'
import { explain, headLines } from '../report/failure.ts'
import { everySecond, lineView } from '../report/log.ts'
import { whatWasMade } from '../report/made.ts'
import { failureMarkdown } from '../report/markdown.ts'
import type { ShownPlan } from '../report/plan.ts'
import { redactor } from '../report/redact.ts'
import type { Report } from '../report/report.ts'
import type { RunListener } from '../run/events.ts'
import { forwardsOf } from '../run/port-forwards.ts'
import type { Judgement, Unfinished } from '../run/up.ts'
import type { FieldKey } from '../settings/fields.ts'
import type { Settings } from '../settings/settings.ts'
import { withWebIdentity } from '../settings/web-identity.ts'
import type { planOutput } from './outputs.ts'

export function show(error: unknown): Shown {
  const explanation = explain(error)
  return { lines: headLines(explanation), where: explanation.where, folded: explanation.folded, markdown: failureMarkdown(explanation) }
}

/** Settings from the inputs of a step, which may be those `of` a part, with their secrets masked and their notices said. */
export async function settingsOf<State>(step: ActionStep<State>, of?: readonly FieldKey[]): Promise<Settings> {
  const { inputs, env, mask, notice, signal, say } = step
  const [{ loadSettings }, { saidSecrets }] = await Promise.all([import('../settings/load.ts'), import('../settings/secrets.ts')])
  const atOnce = saidSecrets({ given: inputs, env })
  mask(atOnce)
  const said = await loadSettings({ given: inputs, env, cwd: process.cwd(), ...(of === undefined ? {} : { of }) })
  mask(said.secrets.filter(secret => !atOnce.includes(secret)))
  const speaksOfClouds = of?.includes('awsRoleArn') ?? true
  const settings = speaksOfClouds ? await withWebIdentity(said, env, { signal, log: say, waiting: () => {} }) : said
  mask(settings.secrets.filter(secret => !said.secrets.includes(secret)))
  settings.notices.forEach(notice)
  return settings
}

/** Ends a dry run: what would be done, in the log, on the job's page and as an output. */
export async function planned<State>(
  step: ActionStep<State>,
  settings: Settings,
  plan: ShownPlan,
): Promise<Record<keyof typeof planOutput, string>> {
  const { planJson, planLines, planSummary } = await import('../report/plan.ts')
  const redact = redactor(settings.secrets)
  step.say('dry run: this would be done, and nothing is')
  for (const line of planLines(plan)) step.say(redact(line))
  await left(step, () => step.summarize(redact(planSummary(plan, step.title))))
  return { plan: redact(planJson(plan)) }
}

/** Ends a dry run that asks the API server: what would come of each object, in the log, on the job's page and as an output. */
export async function judged<State>(
  step: ActionStep<State>,
  settings: Settings,
  ask: (listener: RunListener) => Promise<{ readonly made: Judgement; readonly failure?: unknown }>,
): Promise<{ readonly outputs: Record<keyof typeof planOutput, string>; readonly failure?: unknown }> {
  const [{ planJson }, { dryRunLines, dryRunObjects }] = await Promise.all([import('../report/plan.ts'), import('../report/dry-run.ts')])
  const redact = redactor(settings.secrets)
  const { made, ...ending } = await summarized(step, settings, ask, outcome => dryRunLines(outcome.made.parts))
  const plan = made.plan === undefined ? '' : redact(planJson(made.plan, 0, dryRunObjects(made.parts)))
  return { ...ending, outputs: { plan } }
}

/** How a run ended, with all that was wanted (`T`) or with `failure`. */
type Ending<T> = { readonly made: T } | { readonly made: Unfinished; readonly failure: unknown }

/** With the folder of its report, where one was written. */
export type Reported<T> = Ending<T> & { readonly report: string | undefined }

/** Runs `up` with a listener that writes to the step's log; whatever comes of it, report and summary are left behind. */
export async function reported<State, T extends Unfinished>(
  step: ActionStep<State>,
  settings: Settings,
  up: (listener: RunListener) => Promise<Ending<T>>,
): Promise<Reported<T>> {
  const { hasPlace, startReport } = await import('../report/report.ts')
  const redact = redactor(settings.secrets)
  const report = startReport(redact, step.title)
  const standing = (outcome: Awaited<ReturnType<typeof up>>) =>
    'failure' in outcome ? [] : [...whatWasMade(outcome.made, settings), ...forwardHint(outcome.made)]
  const { outcome, stands } = await watched(step, report, redact, up, standing)
  const written = hasPlace(settings) && (await left(step, () => report.write(settings.reportDir, stands)))
  return { ...outcome, report: written ? settings.reportDir : undefined }
}

/** Later steps have the command. */
const forwardHint = (made: Unfinished): readonly string[] =>
  forwardsOf(made).length === 0 ? [] : ['all ports at once, in a later step: capi-actions port-forward &']

/** The same without a report in files, for what makes nothing that has to be cleaned up. `standing` says in sentences what is there afterwards. */
export async function summarized<State, Outcome>(
  step: ActionStep<State>,
  settings: Settings,
  run: (listener: RunListener) => Promise<Outcome>,
  standing: (outcome: Outcome) => readonly string[],
): Promise<Outcome> {
  const { startReport } = await import('../report/report.ts')
  const redact = redactor(settings.secrets)
  return (await watched(step, startReport(redact, step.title), redact, run, standing)).outcome
}

async function watched<State, Outcome>(
  step: ActionStep<State>,
  report: Report,
  redact: (text: string) => string,
  run: (listener: RunListener) => Promise<Outcome>,
  standing: (outcome: Outcome) => readonly string[],
): Promise<{ readonly outcome: Outcome; readonly stands: readonly string[] }> {
  const view = lineView({ write: line => step.say(redact(line)), writeOutput: (title, lines) => step.sayFolded(title, lines.map(redact)) })
  const stop = everySecond(view.tick)
  const outcome = await run(event => {
    report.listener(event)
    view.listener(event)
  })
  stop()
  const stands = standing(outcome)
  stands.forEach(step.say)
  await left(step, () => step.summarize(report.summary(stands)))
  return { outcome, stands }
}

/** Neither a failure of the run nor its success is changed by a report that can't be written: false, and a warning. */
async function left<State>(step: ActionStep<State>, leave: () => unknown): Promise<boolean> {
  try {
    await leave()
    return true
  } catch (error) {
    step.warn(messageOf(error))
    return false
  }
}
