import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Debugging, debugManager, portHints } from '../../../src/manifests/debugging.ts'
import { containersOf } from '../../../src/manifests/edits.ts'
import type { KubeObject } from '../../../src/manifests/object.ts'
import { parseManifests } from '../../../src/manifests/yaml.ts'

const deployment = (): KubeObject => {
  const [object] = parseManifests(
    `
apiVersion: apps/v1
kind: Deployment
metadata: {name: capi-controller-manager, namespace: capi-system}
spec:
  template:
    metadata: {annotations: {kept: 'yes'}}
    spec:
      containers:
        - name: manager
          image: example.test/manager:dev
          command: [/manager]
          args: [--leader-elect, --v=2]
          livenessProbe: {httpGet: {path: /healthz, port: 9440}}
          readinessProbe: {httpGet: {path: /readyz, port: 9440}}
          startupProbe: {httpGet: {path: /readyz, port: 9440}}
          resources: {limits: {cpu: 100m}}
        - {name: proxy, image: 'example.test/proxy:v1', args: [--leader-elect]}
`,
    'provider.yaml',
  )
  assert.ok(object)
  return object
}
const none: Debugging = { delve: true, continue: true, port: undefined, profilerPort: undefined, metricsPort: undefined }
const edited = (debugging: Partial<Debugging>, binary = '/manager') =>
  debugManager(deployment(), ({ name }) => name === 'manager', { ...none, ...debugging }, binary)

test('a manager with a debugger port runs under Delve, as Tilt has it', () => {
  const [manager] = containersOf(edited({ port: 31000 }, '/ko-app/cmd'))
  assert.deepEqual(manager?.command, [
    '/dlv',
    '--accept-multiclient',
    '--api-version=2',
    '--headless=true',
    'exec',
    '--listen=:30000',
    '--continue',
    '--',
    '/ko-app/cmd',
  ])
})

test('one that is to wait for the debugger is not continued', () => {
  const [manager] = containersOf(edited({ port: 31000, continue: false }))
  assert.doesNotMatch(JSON.stringify(manager), /--continue/)
})

test('a manager that stops at a breakpoint keeps its lease and its life: no election, no probes but the startup probe, no limits', () => {
  const [manager, proxy] = containersOf(edited({ port: 31000, profilerPort: 40000 }))
  assert.deepEqual(manager?.args, ['--leader-elect=false', '--v=2', '--profiler-address=:6060'])
  assert.deepEqual(Object.keys(manager ?? {}).sort(), ['args', 'command', 'image', 'name', 'startupProbe'])
  assert.deepEqual(proxy?.args, ['--leader-elect'])
})

test('without a debugger port the manager runs under Delve too, as Tilt has it, which listens for nobody', () => {
  const [manager] = containersOf(edited({ profilerPort: 40000 }))
  assert.equal([manager?.command].flat().join(' '), '/dlv --accept-multiclient --api-version=2 --headless=true exec --continue -- /manager')
})

test('where the image has no Delve the command stays, and the other edits are made', () => {
  const [manager] = containersOf(edited({ delve: false, profilerPort: 40000 }))
  assert.deepEqual(manager?.command, ['/manager'])
  assert.deepEqual(manager?.args, ['--leader-elect=false', '--v=2', '--profiler-address=:6060'])
})

test('Parca finds the pod, and annotations stay', () => {
  assert.match(JSON.stringify(edited({})), /"annotations":\{"kept":"yes","parca.dev\/port":"8443"\}/)
})

test('each port that was asked for has a command that forwards it', () => {
  assert.deepEqual(portHints(deployment(), { ...none, port: 30000, metricsPort: 40001 }), [
    {
      what: 'debugger',
      way: { kind: 'Deployment', namespace: 'capi-system', name: 'capi-controller-manager', local: 30000, port: 30000 },
      address: 'localhost:30000',
      command: 'kubectl --namespace capi-system port-forward deployment/capi-controller-manager 30000',
    },
    {
      what: 'metrics',
      way: { kind: 'Deployment', namespace: 'capi-system', name: 'capi-controller-manager', local: 40001, port: 8080 },
      address: 'http://localhost:40001/metrics',
      command: 'kubectl --namespace capi-system port-forward deployment/capi-controller-manager 40001:8080',
    },
  ])
})
