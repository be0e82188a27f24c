/** Every recipe, run by act in a repository that holds nothing but what its page says: as a dry run, for most need a cloud, a login or an hour. */
import assert from 'node:assert/strict'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { actionFiles, recipes, root } from '../workflow-files.ts'
import { runElsewhere, standInsFor } from './act.ts'
import { lookAtMachine } from './machine.ts'
import { jobEnvironment } from './mirrors.ts'

/** Commands that recipes call in scripts of their own, before or after our actions. In a dry run they find nothing: these note that they were called. */
const COMMANDS = ['aws', 'clusterctl', 'docker', 'gcloud', 'kubectl', 'podman', 'sudo', 'systemctl']

/** Jobs that end with GitHub's API, which is not here: the rest of the workflow is run. */
const UNTIL: Readonly<Record<string, string>> = { 'docs/recipes/nightly-matrix.yml': 'test' }

/** What a repository holds that is not Cluster API's. */
const HOLDS: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  'docs/recipes/cluster-class.yml': folder =>
    cp(join(testbed.source(), 'test/infrastructure/docker/templates'), join(folder, 'templates'), { recursive: true }),
  'docs/recipes/pull-request.yml': async folder => {
    await cp(await testbed.repository('ipam-in-cluster', `${folder}-clone`), folder, { recursive: true })
  },
}

/** What a run of a recipe has to plan beside what it is written for, where a checkout of another repository would pass too. */
const PLANS: Readonly<Record<string, RegExp>> = { 'docs/recipes/pull-request.yml': /ready ipam-in-cluster/ }

/** Variables of the repository that pages tell to set. Secrets are left out. */
const VARIABLES = ['--var', 'DOCKERHUB_USERNAME=someone']

let testbed: Testbed
let proof: string
let commands: string

before(async () => {
  testbed = await startTestbed()
  proof = await mkdtemp(join(tmpdir(), 'capi-actions-recipes-'))
  commands = join(proof, 'bin')
  await mkdir(commands)
  for (const name of COMMANDS) {
    await writeFile(join(commands, name), '#!/bin/sh\necho "${0##*/} $*" >> "$PROOF/commands.txt"\n')
    await chmod(join(commands, name), 0o755)
  }
})
after(() => rm(proof, { recursive: true, force: true }))

const read = (file: string) => readFile(join(root, file), 'utf8')

/** The event of a recipe that a person would choose who wants to see it run. */
async function eventOf(file: string): Promise<string> {
  const { on } = parse(await read(file)) as { on: Readonly<Record<string, unknown>> }
  const events = Object.keys(on)
  return events.includes('workflow_dispatch') ? 'workflow_dispatch' : (events[0] ?? assert.fail(`${file} has no event`))
}

async function sourceOf(file: string): Promise<string> {
  const fill = HOLDS[file]
  if (fill === undefined) return testbed.source()
  const folder = await mkdtemp(join(proof, 'holds-'))
  await fill(folder)
  return folder
}

for (const file of await recipes())
  test(`${file} is a workflow whose chain can be planned as it is written, without what it would log in to`, async () => {
    const earlier = await lookAtMachine()
    const holds = await sourceOf(file)
    // The called workflow checks out the repository that it is called by; others have theirs in the workspace, and check out Cluster API beside it.
    const checkedOut = (await read(file)).includes('repository: ${{ github.repository }}\n') ? { SOURCE: holds } : {}
    const env = { ...jobEnvironment(testbed, 'CAPI_ACTIONS_'), PROOF: proof, CAPI_ACTIONS_DRY_RUN: 'true', ...checkedOut }
    const until = UNTIL[file]
    const standIns = await standInsFor(file, '.github/workflows/provider-e2e.yml', ...(await actionFiles()))
    const run = await runElsewhere(
      await testbed.tool('act'),
      file,
      env,
      [...VARIABLES, ...standIns, ...(until === undefined ? [] : ['--job', until])],
      {
        event: await eventOf(file),
        commands,
        holds,
      },
    )
    assert.equal(run.exitCode, 0)
    assert.match(run.log, /dry run: this would be done, and nothing is/)
    assert.match(run.log, PLANS[file] ?? /./)
    assert.deepEqual(await lookAtMachine(), earlier)
  })
