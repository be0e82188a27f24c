/** `npm test`: quick tests while the test environment is being built or started, then conformance, then end to end; one count at the end. `npm run test:nightly`: nights. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { removeClusters } from '../test/testbed/docker.ts'
import { runningMirror } from '../test/testbed/mirror.ts'

interface Stage {
  readonly name: string
  readonly files: string
  /** Files at the same time. The end-to-end tests share one machine's ports and cores. */
  readonly concurrency: number
  /** Extras of the test environment that it needs. A stage with some is run only when it is asked for. */
  readonly extras?: readonly string[]
}

const stages: readonly Stage[] = [
  { name: 'unit', files: 'test/unit/**/*.test.ts', concurrency: 2 },
  { name: 'conformance', files: 'test/conformance/**/*.test.ts', concurrency: 1 },
  { name: 'end to end', files: 'test/e2e/**/*.test.ts', concurrency: 1 },
  { name: 'nightly', files: 'test/nightly/**/*.test.ts', concurrency: 1, extras: ['nightly', 'act'] },
]

const wanted = process.argv.slice(2)
const chosen = stages.filter(({ name, extras }) => (wanted.length === 0 ? extras === undefined : wanted.includes(name)))
const wasUp = runningMirror() !== undefined
const testbed = chosen.some(({ name }) => name !== 'unit')
  ? testbedCommand('up', ...chosen.flatMap(({ extras = [] }) => extras))
  : undefined
const count = { passed: 0, failed: 0, skipped: 0 }

for (const stage of chosen) {
  if (stage.name !== 'unit' && testbed) await ready(testbed)
  const files = (await Array.fromAsync(glob(stage.files))).toSorted()
  console.log(`\n── ${stage.name}: ${files.length} files ──`)
  if (files.length === 0) continue
  if (stage.name === 'end to end' || stage.name === 'nightly') await removeWhatWasLeft()
  const began = Date.now()
  const tests = run({ files, concurrency: stage.concurrency })
  tests.on('test:summary', summary => {
    if (summary.file !== undefined) return
    count.passed += summary.counts.passed
    count.failed += summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo
    count.skipped += summary.counts.skipped
  })
  for await (const text of tests.compose(spec)) process.stdout.write(String(text))
  console.log(`── ${stage.name}: ${Math.round((Date.now() - began) / 1000)} s ──`)
  if (count.failed > 0) break
}

await finish(count.failed > 0 || count.passed === 0 ? 1 : 0)

/** An earlier run of these tests that was killed left clusters and registries, whose names and ports are wanted again. */
async function removeWhatWasLeft(): Promise<void> {
  const work = { signal: new AbortController().signal, log: console.log, waiting: () => {} }
  const clusters = await removeClusters(work, name => name.startsWith('e2e-'))
  if (clusters.length > 0) console.log(`removed what an earlier run left of ${clusters.join(', ')}`)
}

/** The cold build takes many minutes: it begins before the first test. */
function testbedCommand(command: 'up' | 'down', ...extras: string[]): ChildProcess {
  return spawn(process.execPath, ['test/testbed/main.ts', command, ...extras], { stdio: ['ignore', 'inherit', 'inherit'] })
}

async function ready(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode === 0) return
  console.log('\nthe test environment did not come up, see above')
  count.failed += 1
  await finish(1)
}

/** What this run brought up goes down with it. */
async function finish(code: number): Promise<never> {
  if (testbed && !wasUp) {
    if (testbed.exitCode === null) testbed.kill()
    await once(testbedCommand('down'), 'exit')
  }
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  process.exit(code)
}
