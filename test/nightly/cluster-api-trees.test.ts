/** Cluster API itself in another layout: core at the root of the repository up to v1.13, in a folder of its own since v1.14, each built from its source and deployed. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { run } from '../e2e/clusterctl-init.ts'
import { capiActions, demo } from '../e2e/command.ts'
import { lookAtMachine, type Machine } from '../e2e/machine.ts'
import { extras } from '../testbed/menu.ts'
import { startTestbed, type Testbed } from '../testbed/testbed.ts'
import { repositoryVersions } from '../testbed/versions.ts'

const NAME = 'e2e-trees'

let testbed: Testbed
let scratch: string
let earlier: Machine

before(async () => {
  testbed = await startTestbed({ extras: [extras.nightly] })
  scratch = await mkdtemp(join(tmpdir(), 'capi-actions-trees-'))
  earlier = await lookAtMachine()
})
after(() => rm(scratch, { recursive: true, force: true }))

for (const name of ['cluster-api-1.11', 'cluster-api-1.14'] as const)
  test(`core of ${name} is built from a clone, whose tag is its version, and works`, async () => {
    const { 'capi-version': _, ...surroundings } = await demo(testbed)
    const state = join(scratch, name)
    const options = {
      ...surroundings,
      repository: await testbed.repository(name, join(scratch, `${name}-clone`)),
      providers: 'core',
      // The mirror has none of v1.11; any that knows the contract of core will do.
      'clusterctl-version': testbed.versions.clusterApi,
      'cluster-name': NAME,
      'registry-name': `${NAME}-registry`,
      'registry-port': '5373',
      'state-dir': state,
      'cache-dir': join(scratch, 'cache'),
    }
    try {
      assert.equal((await capiActions(testbed, 'up', options)).exitCode, 0)
      const kubectl = async (...args: string[]) =>
        run(await testbed.tool('kubectl'), args, { ...testbed.env, KUBECONFIG: join(state, 'kubeconfig') })
      const inventory = 'jsonpath={range .items[*]}{.type} {.providerName} {.version}{end}'
      assert.equal(await kubectl('get', 'providers', '-A', '-o', inventory), `CoreProvider cluster-api ${repositoryVersions[name]}`)
      const available = 'jsonpath={.status.conditions[?(@.type=="Available")].status}'
      assert.equal(await kubectl('get', 'deployment', '-n', 'capi-system', 'capi-controller-manager', '-o', available), 'True')
    } finally {
      await capiActions(testbed, 'down', { 'state-dir': state })
    }
    assert.deepEqual(await lookAtMachine(), earlier)
  })
