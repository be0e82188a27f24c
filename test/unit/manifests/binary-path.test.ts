import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binaryPathFor } from '../../../src/manifests/binary-path.ts'
import { refusal } from '../refusal.ts'

test("the executable lies where the container's command says", () => {
  assert.equal(binaryPathFor({ command: ['/manager'] }), '/manager')
  assert.equal(binaryPathFor({ command: ['/ko-app/cmd', '--v=1'] }), '/ko-app/cmd')
  assert.equal(binaryPathFor({ command: ['/extension-webhook-server'] }), '/extension-webhook-server')
})

test('a path that is not absolute begins in the working directory, a bare name is found on PATH', () => {
  assert.equal(binaryPathFor({ command: ['./manager'] }), '/manager')
  assert.equal(binaryPathFor({ command: ['bin/manager'], workingDir: '/app' }), '/app/bin/manager')
  assert.equal(binaryPathFor({ command: ['manager'] }), '/usr/local/bin/manager')
})

test('without a command it lies where upstream has it', () => {
  assert.equal(binaryPathFor({}), '/manager')
  assert.equal(binaryPathFor({ command: [] }), '/manager')
})

test('a command that needs a shell is refused, with the road that has one', () => {
  const { what, remedy } = refusal(() => binaryPathFor({ name: 'manager', command: ['/bin/sh', '-c', '/manager'] }))
  assert.equal(what, 'container manager runs its manager by a shell')
  assert.match(remedy ?? '', /build: dockerfile/)
})
