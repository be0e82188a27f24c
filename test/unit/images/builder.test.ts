import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBuilders, readInspected, requireBuilder } from '../../../src/images/builder.ts'
import { fakeDocker, type Reply } from '../cluster/fake-docker.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
const amd64 = { os: 'linux', architecture: 'amd64' }
const version = [{ stdout: 'github.com/docker/buildx v0.30.1 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01\n' }]

const running = `Name:          farm
Driver:        kubernetes
Last Activity: 2026-11-23 10:30:51 +0000 UTC

Nodes:
Name:             farm0
Endpoint:         kubernetes:///farm?deployment=farm0
Status:           running
BuildKit version: v0.26.1
Platforms:        linux/amd64*, linux/amd64/v2, linux/386
Labels:
 org.mobyproject.buildkit.worker.executor: oci
GC Policy rule#0:
 All:            false

Name:     farm1
Endpoint: kubernetes:///farm?deployment=farm1
Status:   inactive
Platforms: linux/arm64
`
const asleep = 'Name:   farm\nDriver: remote\n\nNodes:\nName:     farm0\nEndpoint: tcp://build.example:1234\nStatus:   inactive\n'

test('a builder is read with its nodes and their platforms', () => {
  assert.deepEqual(readInspected(running), {
    driver: 'kubernetes',
    nodes: [
      {
        name: 'farm0',
        endpoint: 'kubernetes:///farm?deployment=farm0',
        status: 'running',
        error: undefined,
        platforms: ['linux/amd64', 'linux/amd64/v2', 'linux/386'],
      },
      { name: 'farm1', endpoint: 'kubernetes:///farm?deployment=farm1', status: 'inactive', error: undefined, platforms: ['linux/arm64'] },
    ],
  })
})

test('names of builders are read as old and new versions of buildx list them', () => {
  const now =
    'NAME/NODE     DRIVER/ENDPOINT   STATUS    BUILDKIT   PLATFORMS\nfarm          remote\n \\_ farm0      \\_ unix:///s   running   v0.26.1    linux/amd64\ndefault*      docker\n \\_ default    \\_ default    running   v0.8       linux/amd64\n'
  const before =
    'NAME/NODE DRIVER/ENDPOINT STATUS  BUILDKIT PLATFORMS\nfarm *    docker-container\n  farm0   unix:///s       running v0.12    linux/amd64\ndefault   docker\n'
  assert.deepEqual(readBuilders(now), ['farm', 'default'])
  assert.deepEqual(readBuilders(before), ['farm', 'default'])
  assert.deepEqual(readBuilders(''), [])
})

async function asking(replies: Readonly<Record<string, readonly Reply[]>>, platform = amd64) {
  await using docker = await fakeDocker({ 'buildx version': version, ...replies })
  const asked = requireBuilder('farm', platform, work)
  const answer = await asked.catch((error: unknown) => error)
  return { answer, calls: await docker.calls() }
}

test('a builder that runs is asked no more', async () => {
  const { answer, calls } = await asking({ 'buildx inspect farm': [{ stdout: running }] })
  assert.deepEqual(answer, { name: 'farm', driver: 'kubernetes' })
  assert.deepEqual(calls, ['buildx version', 'buildx inspect farm'])
})

test('a builder that sleeps is woken', async () => {
  const { answer, calls } = await asking({
    'buildx inspect farm': [{ stdout: asleep }],
    'buildx inspect --bootstrap farm': [{ stdout: running }],
  })
  assert.deepEqual(answer, { name: 'farm', driver: 'kubernetes' })
  assert.equal(calls.length, 3)
})

test('a builder that does not wake is named with its endpoint', async () => {
  const { answer } = await asking({
    'buildx inspect farm': [{ stdout: asleep }],
    'buildx inspect --bootstrap farm': [
      { exitCode: 1, stderr: '#1 [internal] waiting for connection\nERROR: context deadline exceeded\n' },
    ],
  })
  const { what, why, remedy } = answer as Record<string, string>
  assert.deepEqual(
    [what, why, remedy],
    [
      'builder farm does not answer',
      'tcp://build.example:1234 is inactive: context deadline exceeded',
      'see docker buildx inspect --bootstrap farm',
    ],
  )
})

test('a builder that is not there is refused with the nearest that is', async () => {
  const { answer } = await asking({
    'buildx inspect farm': [{ exitCode: 1, stderr: 'ERROR: no builder "farm" found\n' }],
    'buildx ls': [{ stdout: 'NAME/NODE DRIVER/ENDPOINT\nfarms remote\n  farms0 tcp://x\ndefault* docker\n' }],
  })
  const { what, why } = answer as Record<string, string>
  assert.deepEqual([what, why], ['there is no builder farm, did you mean farms?', 'docker buildx ls has farms, default'])
})

test('a builder without the platform of the nodes is refused with those that it has', async () => {
  const { answer } = await asking({ 'buildx inspect farm': [{ stdout: running }] }, { os: 'linux', architecture: 'arm64' })
  const { what, why } = answer as Record<string, string>
  assert.deepEqual([what, why], ['builder farm builds nothing for linux/arm64', 'it has linux/amd64, linux/amd64/v2, linux/386'])
})

test('a docker command without buildx, and one with a buildx that is too old, say so', async () => {
  const without = await asking({ 'buildx version': [{ exitCode: 1, stderr: "docker: 'buildx' is not a docker command.\n" }] })
  const { what, why, remedy } = without.answer as Record<string, string>
  assert.equal(what, 'builder farm cannot be used')
  assert.equal(why, "the docker command has no buildx: docker: 'buildx' is not a docker command.")
  assert.equal(remedy, 'install buildx: in a workflow, uses: docker/setup-buildx-action')
  const old = await asking({ 'buildx version': [{ stdout: 'github.com/docker/buildx v0.12.1 30feaa1\n' }] })
  assert.equal((old.answer as Record<string, string>).why, 'buildx 0.12 is too old')
})
