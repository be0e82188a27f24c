import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSettings } from '../../../src/settings/load.ts'
import type { Settings } from '../../../src/settings/settings.ts'
import { providerVariables, workloadVariables as variablesOf } from '../../../src/settings/variables.ts'

const load = (given: Record<string, string>, env: Record<string, string> = {}) => loadSettings({ given, env, cwd: import.meta.dirname })

const workloadVariables = (settings: Settings, index = 0) =>
  variablesOf(settings, settings.workloads[index] ?? assert.fail('no workload cluster'))

test('substitutions win over the environment in manifests of providers', async () => {
  const variables = providerVariables(await load({ substitutions: 'A=substituted' }, { A: 'environment', B: 'environment' }))
  assert.deepEqual([variables.A, variables.B], ['substituted', 'environment'])
})

test('a workload cluster switches the ClusterTopology gate on, unless the user says otherwise', async () => {
  assert.equal(providerVariables(await load({})).CLUSTER_TOPOLOGY, undefined)
  assert.equal(providerVariables(await load({ 'workload-template': 'in-memory' })).CLUSTER_TOPOLOGY, 'true')
  assert.equal(
    providerVariables(await load({ 'workload-template': 'in-memory', substitutions: 'CLUSTER_TOPOLOGY=false' })).CLUSTER_TOPOLOGY,
    'false',
  )
})

test('a template gets name, namespace, version and counts; variables win over substitutions, these over the defaults', async () => {
  const variables = workloadVariables(
    await load(
      {
        'workload-template': 'plain',
        'workload-name': 'blue',
        'kubernetes-version': 'v1.34.4',
        substitutions: 'WORKER_MACHINE_COUNT=2\nCONTROL_PLANE_MACHINE_COUNT=3',
        'workload-variables': 'WORKER_MACHINE_COUNT=5',
      },
      { CONTROL_PLANE_MACHINE_COUNT: '7', CLUSTER_NAME: 'red', POD_CIDR: '["10.0.0.0/8"]' },
    ),
  )
  assert.deepEqual(variables, {
    POD_CIDR: '["10.0.0.0/8"]',
    KUBERNETES_VERSION: 'v1.34.4',
    CONTROL_PLANE_MACHINE_COUNT: '3',
    WORKER_MACHINE_COUNT: '5',
    NAMESPACE: 'default',
    CLUSTER_NAME: 'blue',
  })
})

test('variables of the runner and of actions reach no manifest', async () => {
  const variables = providerVariables(
    await load({}, { GITHUB_TOKEN: 't', 'INPUT_GITHUB-TOKEN': 't', ACTIONS_RUNTIME_TOKEN: 't', STATE_x: 't', GH_TOKEN: 't', REGION: 'r' }),
  )
  assert.deepEqual(variables, { REGION: 'r' })
})
