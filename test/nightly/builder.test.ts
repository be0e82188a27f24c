/** Cluster API's own Dockerfile, as it is, by a remote builder: compiled by BuildKit, some minutes where its caches are cold, pushed from here, deployed. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startBuilder, type TestBuilder } from '../e2e/builder.ts'
import { capiActions, demo, type Options } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { forBuilder } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'

const NAME = 'e2e-buildx-nightly'
let testbed: Testbed
let builder: TestBuilder
let scratch: string
let options: Options
let earlier: Machine
const up = () => capiActions(testbed, 'up', options, { environment: builder.env })

before(async () => {
  testbed = await startTestbed({ extras: forBuilder })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-builder-nightly-'))
  builder = await startBuilder(testbed, NAME, scratch)
  options = {
    ...(await demo(testbed)),
    providers: 'core',
    builder: NAME,
    'cluster-name': NAME,
    'registry-name': `${NAME}-registry`,
    'registry-port': '5097',
    'cache-dir': join(scratch, 'cache'),
    'state-dir': join(scratch, 'state'),
  }
  earlier = await lookAtMachine()
})
after(async () => {
  await builder.stop()
  await rm(scratch, { recursive: true, force: true })
})

/** A task of the last run. */
async function taskOf(name: string) {
  const { tasks } = JSON.parse(await readFile(join(scratch, 'state/report/timeline.json'), 'utf8')) as {
    tasks: { name: string; status: string; startedAt?: number; endedAt?: number }[]
  }
  return tasks.find(task => task.name === name) ?? assert.fail(`no task ${name}`)
}

test("Cluster API's core is built from its own Dockerfile and works on a real cluster", async t => {
  const run = await up()
  assert.equal(run.exitCode, 0)
  const built = await taskOf('build core')
  assert.equal(built.status, 'done')
  assert.equal((await taskOf('ready core')).status, 'done')
  t.diagnostic(`built in ${((built.endedAt ?? 0) - (built.startedAt ?? 0)) / 1000} s`)
})

test('another run asks the builder for nothing', async () => {
  const run = await up()
  assert.equal(run.exitCode, 0)
  assert.equal((await taskOf('build core')).status, 'skipped')
})

test('down leaves nothing on the machine', async () => {
  assert.equal((await capiActions(testbed, 'down', { 'state-dir': join(scratch, 'state') })).exitCode, 0)
  assert.deepEqual(await lookAtMachine(), earlier)
})
