import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageSaving, nameInEngine, nameInFile } from '../../../src/cluster/node-image.ts'
import { rememberingWork } from '../host/fault-server.ts'
import { fakeDocker } from './fake-docker.ts'

const digest = `sha256:3489c7674813${'0'.repeat(52)}`

test('an image with a digest has that in its tag, once it was in a file', () => {
  assert.equal(nameInFile(`kindest/node:v1.36.1@${digest}`), 'kindest/node:v1.36.1-sha256-3489c7674813')
  assert.equal(nameInFile(`localhost:5000/kindest/node:v1@${digest}`), 'localhost:5000/kindest/node:v1-sha256-3489c7674813')
  assert.equal(nameInFile(`localhost:5000/kindest/node@${digest}`), 'localhost:5000/kindest/node:sha256-3489c7674813')
  assert.equal(nameInFile('kindest/node:v1.36.1'), 'kindest/node:v1.36.1')
})

test('it is saved by that name, which it gets before', async () => {
  await using docker = await fakeDocker({ 'image tag': [{}] })
  assert.deepEqual((await imageSaving(`a:b@${digest}`, rememberingWork())).args, ['image', 'save', 'a:b-sha256-3489c7674813'])
  assert.deepEqual((await imageSaving('a:b', rememberingWork())).args, ['image', 'save', 'a:b'])
  assert.deepEqual(await docker.calls(), [`image tag a:b@${digest} a:b-sha256-3489c7674813`])
})

test('the engine has it by either name, or not', async () => {
  await using _docker = await fakeDocker({ 'image inspect --format {{.Id}} a:b-sha256-3489c7674813': [{ stdout: 'sha256:1\n' }] })
  assert.equal(await nameInEngine(`a:b@${digest}`, rememberingWork()), 'a:b-sha256-3489c7674813')
  assert.equal(await nameInEngine('a:c', rememberingWork()), undefined)
})
