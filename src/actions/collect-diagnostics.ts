/** `uses: …/actions/collect-diagnostics/collect`: how the cluster is, as files in a folder. It changes nothing: there is nothing to do afterwards. */
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { runAction } from '../host/action.ts'
import { Failure } from '../host/failure.ts'
import type { Environment } from '../host/runner.ts'
import { redactor } from '../report/redact.ts'
import { fields, JOB_VARIABLE, UPLOAD_VARIABLE } from './collect-diagnostics-interface.ts'
import { settingsOf, show } from './watch.ts'

/** Of what could not be collected, in the warning; the index has it all. */
const SAID = 3

await runAction({
  name: 'collect-diagnostics',
  async main(step) {
    requireFlag('upload', step.env[UPLOAD_VARIABLE])
    const settings = await settingsOf(step, fields)
    const { diagnose } = await import('../diagnostics/diagnose.ts')
    const surroundings = { temporary: step.env.RUNNER_TEMP || tmpdir(), redact: redactor(settings.secrets), signal: step.signal }
    const { folder, files, amiss, failed } = await diagnose(settings, surroundings)
    step.say(`${files} ${files === 1 ? 'file' : 'files'} and their index.md in ${folder}`)
    if (amiss.length > 0) step.sayFolded('What is not as it should be', amiss)
    if (failed.length > 0) step.warn(['some of the diagnostics could not be collected', ...few(failed)].join('\n  '))
    return { outputs: { folder, 'artifact-name': artifactName(step.env) } }
  },
  explain: show,
})

/** What the composite action itself compares with `false` would be yes whatever else it is. */
function requireFlag(name: string, said = ''): void {
  if (/^(true|false|)$/i.test(said)) return
  throw new Failure({ what: `${name} is ${JSON.stringify(said)}, but must be true or false`, where: `input ${name}` })
}

function few(lines: readonly string[]): readonly string[] {
  return lines.length > SAID ? [...lines.slice(0, SAID), `and ${lines.length - SAID} more, see index.md`] : lines
}

/** Artifacts of a run must not share a name, and all jobs of a matrix have the same id. */
function artifactName(env: Environment): string {
  const hash = createHash('sha256')
    .update(env[JOB_VARIABLE] ?? '')
    .digest('hex')
  return `capi-diagnostics-${env.GITHUB_JOB ?? 'job'}-${hash.slice(0, 8)}`
}
