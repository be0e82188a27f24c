import assert from 'node:assert/strict'
import { test } from 'node:test'
import { downCommand, howToUse, ownName, quoted } from '../../../src/cli/next-steps.ts'
import { whatWasMade } from '../../../src/report/made.ts'
import type { UpResult } from '../../../src/run/up.ts'
import { loadSettings } from '../../../src/settings/load.ts'

const made: UpResult = {
  kubeconfig: "/home/o'neil/kubeconfig",
  context: 'kind-capi-test',
  registry: 'localhost:5000',
  images: {},
  providers: [
    { name: 'core', version: 'v1.13.4', namespace: 'capi-system', image: 'core:a', source: 'built' },
    { name: 'docker', version: 'v1.13.4', namespace: 'capd-system', image: 'docker:a', source: 'built' },
  ],
  observability: [],
  addOns: [],
  projects: [],
  clusterctlConfig: undefined,
  workloadKubeconfig: '/state/demo.kubeconfig',
  workloadKubeconfigs: { demo: '/state/demo.kubeconfig' },
  toolFolders: ['/cache/kind/bin', '/cache/kubectl/bin'],
}
const settings = (given: Record<string, string> = {}) => loadSettings({ given, env: { HOME: '/home/me' }, cwd: import.meta.dirname })

test('what was made is a few lines', async () => {
  assert.deepEqual(whatWasMade(made, await settings({ 'workload-template': 'in-memory' })), [
    'management cluster: kind-capi-test',
    'providers: core, docker v1.13.4',
    'image registry: localhost:5000',
    'workload cluster: default/demo, Available',
  ])
})

test('how to use and remove it are commands to copy', async () => {
  assert.deepEqual(howToUse(made, await settings({ 'cluster-name': 'mine', 'workload-template': 'in-memory' }), 'npx capi-actions'), [
    'export PATH=/cache/kind/bin:/cache/kubectl/bin:$PATH',
    String.raw`export KUBECONFIG='/home/o'\''neil/kubeconfig'`,
    'kubectl get pods -A',
    'clusterctl describe cluster demo -n default',
    '# kubeconfig of the workload cluster: /state/demo.kubeconfig',
    'npx capi-actions down --cluster-name mine    # removes all of it',
  ])
})

test('ports that can be reached are opened by one command, which is shown where there are any', async () => {
  const way = { kind: 'Service', namespace: 'default', name: 'hello', local: 8080, port: 80 } as const
  const reach = { way, command: 'kubectl …', page: 'http://localhost:8080' }
  const reachable = { ...made, projects: [{ name: 'hello', image: 'hello:a', reach }] }
  const said = await settings({ 'cluster-name': 'mine' })
  assert.ok(
    howToUse(reachable, said, 'npx capi-actions').includes(
      'npx capi-actions port-forward --cluster-name mine    # hello on this machine, until Ctrl-C',
    ),
  )
  assert.ok(whatWasMade(reachable, said).includes('hello: kubectl …, then http://localhost:8080'))
})

test('down is shown with the flags that lead to the same state', async () => {
  assert.equal(downCommand(await settings(), 'capi-actions'), 'capi-actions down')
  assert.equal(downCommand(await settings({ 'state-dir': '/a b' }), 'capi-actions'), "capi-actions down --state-dir '/a b'")
})

test('the command is shown as it was called', () => {
  assert.equal(ownName(['node', '/usr/bin/capi-actions'], {}, '/work'), 'capi-actions')
  assert.equal(ownName(['node', '/work/dist/capi-actions.js'], {}, '/work'), 'node dist/capi-actions.js')
  assert.equal(ownName(['node', '/x/.bin/capi-actions'], { npm_command: 'exec' }, '/work'), 'npx capi-actions')
})

test('words are quoted for the shell only where they need it', () =>
  assert.deepEqual(['a/b:c', '', 'a b', '$x'].map(quoted), ['a/b:c', "''", "'a b'", "'$x'"]))
