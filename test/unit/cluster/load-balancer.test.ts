import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiAddressOnHost } from '../../../src/cluster/load-balancer.ts'
import { quietWork } from '../kube/fake-api-server.ts'
import { fakeDocker } from './fake-docker.ts'

test('the load balancer of a workload cluster is reached at its published port, and one that is not there at none', async () => {
  await using docker = await fakeDocker({ 'container port demo-lb 6443/tcp': [{ stdout: '0.0.0.0:32768\n[::]:32768\n' }] })
  assert.equal(await apiAddressOnHost('demo', quietWork()), '127.0.0.1:32768')
  assert.equal(await apiAddressOnHost('other', quietWork()), undefined)
  assert.deepEqual(await docker.calls(), ['container port demo-lb 6443/tcp', 'container port other-lb 6443/tcp'])
})
