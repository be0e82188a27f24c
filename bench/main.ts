/** `npm run bench [-- chain again apply start-up]`: the comparisons, side by side in one run, as ratios; ends with code 1 where a bound is missed. PAIRS sets how often (default 1 chain, 5 of the others); both sides of the chain link every manager anew unless KEEP=1. */
import { startTestbed } from '../test/testbed/testbed.ts'
import { type ApplyTimes, benchmarkApply } from './apply.ts'
import { type ChainRun, forgetManagers, makeKept, type RepeatedRun, removeKept, runOurs, runSequential } from './chain.ts'
import { benchmarkStartUp } from './start-up.ts'
import { type Comparison, compare, median } from './statistics.ts'

const wanted = process.argv.slice(2)
const wants = (name: string) => wanted.length === 0 || wanted.includes(name)
const pairs = Number(process.env.PAIRS ?? 0)
/** Nothing is kept of the managers on either side but Go's build cache; with KEEP=1 either side keeps its executables, the script's engine its layers too. */
const anew = process.env.KEEP !== '1'
const report: string[] = []
const START_UP = 0.15
/** Of an unchanged run: seconds, and its part of the first. */
const AGAIN = { seconds: 10, ratio: 0.1 }
let kept = true
const say = ({ text, kept: one }: Comparison) => {
  kept &&= one
  report.push(text)
}

if (wants('start-up')) {
  const { action, node } = await benchmarkStartUp(pairs || 10)
  const text = `start-up until the first log line: ${median(action).toFixed(3)} s (wanted ≤ ${START_UP}), bare Node ${median(node).toFixed(3)} s`
  say({ text, kept: median(action) <= START_UP })
}

if (wants('chain') || wants('again') || wants('apply')) {
  const testbed = await startTestbed()
  const kubectl = await testbed.tool('kubectl')
  let applied: ApplyTimes | undefined
  const apply = async (kubeconfig: string) => {
    if (wants('apply') && !applied) applied = await benchmarkApply(kubectl, kubeconfig, pairs || 5)
  }
  const ours: RepeatedRun[] = []
  const theirs: ChainRun[] = []
  const kept = await makeKept()
  // The first round fills Go's build cache and what is kept for both.
  const rounds = wants('chain') || wants('again') ? 1 + (pairs || 1) : 1
  for (let round = 0; round < rounds; round++) {
    if (anew) await forgetManagers(kept)
    ours.push(await runOurs(testbed, kept, round === rounds - 1 ? apply : undefined))
    if (wants('chain')) theirs.push(await runSequential(testbed, kept))
  }
  await removeKept(kept)
  if (wants('chain')) {
    const warm = { ours: ours.slice(1), theirs: theirs.slice(1) }
    say(
      compare(
        `whole chain, ${anew ? 'every manager linked anew' : 'the same sources as before'}`,
        warm.ours.map(({ seconds }) => seconds),
        warm.theirs.map(({ seconds }) => seconds),
        0.75,
      ),
    )
    report.push(
      '  critical path of ours:',
      ...(warm.ours.at(-1)?.steps ?? []),
      '  steps of the script:',
      ...(warm.theirs.at(-1)?.steps ?? []),
    )
  }
  if (wants('again')) reportAgain(ours.slice(1))
  if (applied) say(compare('server-side apply of 500 objects', applied.ours, applied.kubectl, 0.4))
}

function reportAgain(runs: readonly RepeatedRun[]): void {
  const again = runs.map(run => run.again.seconds)
  const first = runs.map(({ seconds }) => seconds)
  const { text, kept } = compare('whole chain run again unchanged', again, first, AGAIN.ratio, ['again', 'first'])
  say({ text: `${text}; wanted ≤ ${AGAIN.seconds} s`, kept: kept && median(again) <= AGAIN.seconds })
  report.push('  critical path of the unchanged run:', ...(runs.at(-1)?.again.steps ?? []))
}

console.log(`\n${report.join('\n')}`)
process.exitCode = kept ? 0 : 1
