import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../../src/host/failure.ts'
import { assignGates, type GatedProvider } from '../../../src/manifests/gate-check.ts'

const provider = (name: string, args: readonly string[], more: Partial<GatedProvider> = {}): GatedProvider => ({
  name,
  objects: [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { template: { spec: { containers: [{ name: 'manager', args: [...args, ...(more.extraArgs ?? [])] }] } } },
    },
  ],
  extraArgs: [],
  told: undefined,
  ...more,
})
const core = provider('core', ['--feature-gates=MachinePool=true,ClusterTopology=false'])
const docker = provider('docker', ['--feature-gates=MachinePool=true'])
const refusal = (act: () => unknown): Failure => {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Failure)
    return error
  }
  return assert.fail('it was taken')
}

test('a gate goes to every provider that knows it', () => {
  const gates = assignGates({ ClusterTopology: true, MachinePool: false }, [core, docker, provider('ipam', [])], 'input feature-gates')
  assert.deepEqual(Object.fromEntries(gates), {
    core: { ClusterTopology: true, MachinePool: false },
    docker: { MachinePool: false },
    ipam: {},
  })
})

test('a gate that no manager knows is an error with the nearest, before anything is deployed', () => {
  const failure = refusal(() => assignGates({ ClusterTopolgy: true }, [core, docker], 'input feature-gates'))
  assert.equal(failure.what, 'no manager knows the feature gate ClusterTopolgy')
  assert.equal(failure.remedy, 'did you mean ClusterTopology?')
  assert.deepEqual(failure.where, ['input feature-gates'])
  assert.match(failure.why ?? '', /^core has MachinePool, ClusterTopology, AllAlpha, AllBeta; docker has MachinePool, /)
})

test('a manager knows what it says itself, and what its manifest has: of gates that are on for good it says nothing', () => {
  const told = { ...core, told: ['AllAlpha', 'AllBeta', 'MachinePool', 'RuntimeSDK'] }
  assert.deepEqual(assignGates({ RuntimeSDK: true, ClusterTopology: true }, [told], '').get('core'), {
    RuntimeSDK: true,
    ClusterTopology: true,
  })
  const added = {
    ...told,
    ...provider('core', ['--feature-gates=MachinePool=true'], { extraArgs: ['--feature-gates=ClusterTopology=true'] }),
  }
  assert.equal(
    refusal(() => assignGates({}, [{ ...added, told: told.told }], '')).what,
    'the manager of core does not know the feature gate ClusterTopology',
  )
})

test('a gate among extra arguments has to be one that the manager knows', () => {
  const added = (gates: string) => provider('docker', ['--feature-gates=MachinePool=true'], { extraArgs: [`--feature-gates=${gates}`] })
  assert.doesNotThrow(() => assignGates({}, [added('MachinePool=false'), added('AllAlpha=true')], ''))
  const failure = refusal(() => assignGates({}, [added('MachinePol=true')], ''))
  assert.equal(failure.what, 'the manifest of docker does not know the feature gate MachinePol')
  assert.deepEqual([failure.remedy, failure.where], ['did you mean MachinePool?', ['extra_args']])
})
