import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containersOf } from '../../../src/manifests/edits.ts'
import { startEntrypoint } from '../../../src/manifests/entrypoint.ts'

const deployment = (command?: readonly string[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x' },
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'manager', image: 'x:1', args: ['--leader-elect'], ...(command ? { command } : {}) },
          { name: 'proxy', image: 'proxy:1', command: ['/proxy'] },
        ],
      },
    },
  },
})
const started = (command: readonly string[] | undefined, entrypoint: readonly string[]) =>
  startEntrypoint([deployment(command)], 'x:1', entrypoint)
    .objects.flatMap(containersOf)
    .map(one => one.command)

test('a manager that the manifests have at /manager is started where ko has put it, with the rest of its command', () => {
  assert.deepEqual(started(['/manager', '-v=2'], ['/ko-app/capx']), [['/ko-app/capx', '-v=2'], ['/proxy']])
  assert.deepEqual(startEntrypoint([deployment(['/manager', '-v=2'])], 'x:1', ['/ko-app/capx']).instead, ['/manager'])
})

test('a container without a command, with one of ko or with one on PATH is left as it is, and so are all with an image of another tool', () => {
  for (const command of [undefined, ['/ko-app/other'], ['manager']])
    assert.deepEqual(started(command, ['/ko-app/capx']), [command, ['/proxy']])
  for (const entrypoint of [[], ['/manager'], ['/ko-app/capx', 'serve']])
    assert.deepEqual(started(['/start'], entrypoint), [['/start'], ['/proxy']])
})
