import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatesInHelp, gatesOf, setGates } from '../../../src/manifests/feature-gates.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'

const manager = (...args: string[]): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'manager' },
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'proxy', args: ['--feature-gates=Proxy=true'] },
          { name: 'manager', args },
        ],
      },
    },
  },
})
const argsOf = ([object]: readonly KubeObject[]) =>
  (object as unknown as { spec: { template: { spec: { containers: { args: string[] }[] } } } }).spec.template.spec.containers[1]?.args

test('the gates of a provider are those that its manager is given', () => {
  assert.deepEqual(gatesOf([manager('--v=1', '--feature-gates=MachinePool=true, ClusterTopology=false')]), [
    'MachinePool',
    'ClusterTopology',
  ])
  assert.deepEqual(gatesOf([manager('--feature-gates', 'A=true', '--feature-gates=B=true')]), ['A', 'B'])
  assert.equal(gatesOf([manager('--v=1')]), undefined)
})

test('a gate gets its value in its place, the others keep theirs', () => {
  const before = manager('--leader-elect', '--feature-gates=MachinePool=true,ClusterTopology=false', '--v=1')
  assert.deepEqual(argsOf(setGates([before], { ClusterTopology: true })), [
    '--leader-elect',
    '--feature-gates=MachinePool=true,ClusterTopology=true',
    '--v=1',
  ])
})

test('a gate that is given twice has one value afterwards', () => {
  const before = manager('--feature-gates', 'A=true', '--v=1', '--feature-gates=A=false,B=true')
  assert.deepEqual(argsOf(setGates([before], { A: true })), ['--feature-gates=A=true,B=true', '--v=1'])
})

test('a manager without the argument gets it', () => {
  assert.deepEqual(argsOf(setGates([manager('--v=1')], { A: true })), ['--v=1', '--feature-gates=A=true'])
})

// As `manager --help` of Cluster API v1.13.4 prints it, shortened.
const HELP = `Usage of manager:
      --diagnostics-address string                       The address. (default ":8443")
      --feature-gates mapStringBool                      A set of key=value pairs that describe feature gates for alpha/experimental features. Options are:
                                                         AllAlpha=true|false (ALPHA - default=false)
                                                         AllBeta=true|false (BETA - default=false)
                                                         ClusterTopology=true|false (BETA - default=false)
      --health-addr string                               The address. Example=true|false (default ":9440")
`

test('a manager tells the gates that it knows', () => {
  assert.deepEqual(gatesInHelp(HELP), ['AllAlpha', 'AllBeta', 'ClusterTopology'])
  assert.equal(gatesInHelp('Usage of manager:\n  -v int\n'), undefined)
})
