/** `npm run testbed`: brings the test environment up, or down, tells what is there, or builds single parts. */
import { Command } from 'commander'
import { Failure, isCancellation } from '../../src/host/failure.ts'
import { cacheDirectory } from './cache.ts'
import { ownEngine } from './engine.ts'
import { allRecipes, extras } from './menu.ts'
import { duration, showProgress } from './progress.ts'
import type { Recipe } from './recipe.ts'
import { closure } from './recipe.ts'
import { build, prune, startTestbed, statusOf, stopTestbed, type Testbed, workOf } from './testbed.ts'

const interrupted = new AbortController()
// Not `once`: signal-exit, which execa brings, ends the process at once when it finds no listener but its own.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => (interrupted.signal.aborted ? process.exit(130) : interrupted.abort()))
}

const progress = showProgress(process.stderr)
const work = workOf(interrupted.signal, progress)
const say = (text: string) => process.stdout.write(`${text}\n`)

/** Recipes by their names. @throws Failure for a name that no recipe has. */
function recipesNamed(names: readonly string[]): Recipe[] {
  const known = new Map([...closure(allRecipes).map(recipe => [recipe.name, recipe] as const), ...Object.entries(extras)])
  return names.map(name => {
    const recipe = known.get(name)
    if (!recipe) throw new Failure({ what: `there is no recipe ${name}`, remedy: `one of ${[...known.keys()].sort().join(', ')}` })
    return recipe
  })
}

const begin = performance.now()

const program = new Command('npm run testbed --')
  .description(
    'The hermetic test environment: a container engine, and what upstream publishes, built from package registries and served here.',
  )
  .helpCommand(false)

program
  .command('up', { isDefault: true })
  .description('bring everything up; what is missing is built first')
  .argument('[extras...]', `also build these: ${Object.keys(extras).join(', ')}`)
  .action(async (names: string[]) => {
    const testbed = await startTestbed({ extras: recipesNamed(names), signal: interrupted.signal, progress })
    progress.stop()
    say(`up in ${duration((performance.now() - begin) / 1000)}`)
    describe(testbed)
  })

program
  .command('down')
  .description('stop and remove everything that it started; what was built stays')
  .option('--cache', 'remove what was built, too')
  .action((options: { cache?: boolean }) => stopTestbed(progress, work, options))

program
  .command('status')
  .description('tell what is up and what is built')
  .action(async () => {
    const status = await statusOf(work)
    say(
      `engine    ${status.engine === 'none' ? 'none' : ownEngine() ? 'answers, started by the test environment' : 'answers, was there before'}`,
    )
    say(`mirror    ${status.mirror ? `downloads ${status.mirror.downloads}, images ${status.mirror.images}` : 'not running'}`)
    say(`cache     ${cacheDirectory()}`)
    say(`missing   ${status.missing.length === 0 ? 'nothing' : status.missing.join(', ')}`)
  })

program
  .command('build')
  .description('build single recipes')
  .argument('<recipes...>')
  .action((names: string[]) => build(recipesNamed(names), progress, work))

program
  .command('prune')
  .description('remove what earlier versions of the recipes made')
  .action(async () => {
    for (const name of await prune(work)) say(`removed ${name}`)
  })

function describe(testbed: Testbed): void {
  for (const [host, url] of Object.entries(testbed.downloadMirrors)) say(`downloads of ${host.padEnd(16)} ${url}`)
  for (const [registry, url] of Object.entries(testbed.imageMirrors)) say(`images of ${registry.padEnd(19)} ${url}`)
  say(`Cluster API's source tree     ${testbed.source()}`)
}

try {
  await program.parseAsync()
} catch (error) {
  progress.stop()
  process.exitCode = 1
  if (interrupted.signal.aborted || isCancellation(error)) process.stderr.write('interrupted; what was complete is kept\n')
  else if (error instanceof Failure) {
    const lines = [error.message, error.remedy, ...error.where, ...error.details.map(line => `  ${line}`)]
    process.stderr.write(`${lines.filter(line => line !== undefined).join('\n')}\n`)
  } else throw error
} finally {
  progress.stop()
}
