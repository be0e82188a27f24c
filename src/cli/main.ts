/** `capi-actions`: the same engine from a terminal. Commands: up, plan, templates, port-forward, down, doctor. */
import { styleText } from 'node:util'
import { Command, CommanderError } from 'commander'
import { version } from '../host/version.ts'
import { redactor } from '../report/redact.ts'
import { loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/settings.ts'
import { withWebIdentity } from '../settings/web-identity.ts'
import { ownName } from './next-steps.ts'
import { addFlags, givenOn } from './options.ts'
import { exitCodes, interruptible, print, printError, wasInterrupted } from './terminal.ts'

const own = ownName(process.argv, process.env, process.cwd())
/** Said when it is interrupted: nothing where that is how a command is meant to end. */
let stopping: string | undefined = 'stopping (again: leave at once, everything stays)'
const signal = interruptible(() => stopping)
// `capi-actions plan | head` closes our output: nobody reads on, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed))

/** Heavy rooms are loaded by the commands that need them: `--help` needs none. */
type Run = (settings: Settings, command: Command) => Promise<number>

const program = new Command('capi-actions')
  .description(
    'From a Cluster API repository to a proven management cluster: tools, kind and registry, images from source, providers, workload cluster.',
  )
  .version(version)
  .exitOverride()
  .addHelpText(
    'after',
    `\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\nEvery flag can also be an environment variable: --registry-port is CAPI_ACTIONS_REGISTRY_PORT.`,
  )

addFlags(program.command('up'))
  .description('make the management cluster, deploy the providers, make the workload cluster if a template is given')
  .addHelpText('after', `\nExample:\n  ${own} up --repository ../cluster-api --workload-template in-memory`)
  .action((_, command) =>
    run(command, async settings => {
      if (settings.dryRun === 'server') return (await import('./dry-run.ts')).askServer(settings, signal)
      if (settings.dryRun) return showPlan(settings, command)
      const whole = await withWebIdentity(settings, process.env, { signal, log: print, waiting: () => {} })
      return (await import('./up.ts')).runUp(whole, own, signal)
    }),
  )

addFlags(program.command('plan').option('--json', 'as JSON'))
  .description('show what `up` would do, and do nothing')
  .action((_, command) => run(command, showPlan))

addFlags(program.command('templates'), ['repository', 'tiltSettings', 'providers', 'providerRepos'])
  .description('list the cluster templates and ClusterClasses that can be said by name')
  .action((_, command) => run(command, listTemplates))

addFlags(program.command('port-forward').argument('[name...]', 'which: grafana, core, core/debugger; grafana=3001 for another port here'), [
  'repository',
  'tiltSettings',
  'clusterName',
  'stateDir',
])
  .description('open the ports of debuggers, observability tools and projects on this machine, until Ctrl-C')
  .addHelpText('after', `\nExamples:\n  ${own} port-forward\n  ${own} port-forward core/debugger grafana=3001`)
  .action((names: string[], _, command) =>
    run(command, async settings => {
      stopping = undefined
      return (await import('./port-forward.ts')).forwardPorts(settings, names, signal)
    }),
  )

addFlags(program.command('down'), ['repository', 'tiltSettings', 'clusterName', 'stateDir'])
  .description('remove what `up` made, as it is recorded in the state folder')
  .action((_, command) => run(command, takeDown))

addFlags(program.command('doctor'))
  .description('tell what this machine lacks for a run')
  .action((_, command) => run(command, diagnose))

async function showPlan(settings: Settings, command: Command): Promise<number> {
  const [{ planOf }, { planJson, planLines }] = await Promise.all([import('../run/up.ts'), import('../report/plan.ts')])
  const plan = await planOf(settings, signal)
  if (command.opts<{ json?: boolean }>().json) print(planJson(plan, 2))
  else planLines(plan, text => styleText('dim', text, { stream: process.stdout })).forEach(line => void print(line))
  return exitCodes.done
}

async function listTemplates(settings: Settings): Promise<number> {
  const { templateLines } = await import('./templates.ts')
  for (const line of await templateLines(settings)) print(line)
  return exitCodes.done
}

async function takeDown(settings: Settings): Promise<number> {
  const { down } = await import('../run/up.ts')
  const removed = await down(settings, { signal, log: print, waiting: () => {} })
  for (const sentence of removed.length === 0 ? [`nothing to remove: there is no record in ${settings.stateDir}`] : removed) print(sentence)
  return exitCodes.done
}

async function diagnose(settings: Settings): Promise<number> {
  const { examine, findingLines } = await import('./doctor.ts')
  const findings = await examine(settings, { signal, log: () => {}, waiting: () => {} })
  findingLines(findings).forEach(line => void print(line))
  return findings.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed
}

/** Loads the settings, runs a command with them, and ends the process with its exit code. */
async function run(command: Command, work: Run): Promise<never> {
  let redact = (text: string) => text
  const settings = await loadSettings({ given: givenOn(command), env: process.env, cwd: process.cwd(), givenAs: 'flag' }).catch(
    (error: unknown) => {
      printError(error, redact)
      process.exit(exitCodes.usage)
    },
  )
  redact = redactor(settings.secrets)
  for (const notice of settings.notices) process.stderr.write(`note: ${notice}\n`)
  try {
    process.exit(await work(settings, command))
  } catch (error) {
    if (wasInterrupted(error, signal)) process.exit(exitCodes.interrupted)
    printError(error, redact)
    process.exit(exitCodes.failed)
  }
}

try {
  await program.parseAsync()
} catch (error) {
  // Commander has printed it; help and version come this way too, with code 0.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage)
  throw error
}
