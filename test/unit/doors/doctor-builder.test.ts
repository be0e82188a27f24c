import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examine } from '../../../src/cli/doctor.ts'
import { PLATFORM } from '../../../src/plan/buildable.ts'
import { loadSettings } from '../../../src/settings/load.ts'
import { fakeDocker } from '../cluster/fake-docker.ts'

test('with a builder that builder is looked at, and Go is not asked for', async () => {
  const running = `Name: farm\nDriver: remote\n\nNodes:\nName: farm0\nEndpoint: tcp://b\nStatus: running\nPlatforms: linux/${PLATFORM.architecture}\n`
  await using _docker = await fakeDocker({
    'buildx version': [{ stdout: 'github.com/docker/buildx v0.30.1\n' }],
    'buildx inspect farm': [{ stdout: running }, { exitCode: 1, stderr: 'ERROR: no builder "farm" found\n' }],
    'buildx ls': [{ stdout: 'NAME/NODE DRIVER/ENDPOINT\ndefault* docker\n' }],
  })
  const settings = await loadSettings({ given: { builder: 'farm' }, env: { HOME: '/' }, cwd: import.meta.dirname })
  const look = async () => {
    const findings = await examine(settings, { signal: new AbortController().signal, log: () => {}, waiting: () => {} })
    assert.equal(
      findings.find(({ subject }) => subject === 'Go'),
      undefined,
    )
    return findings.find(({ subject }) => subject === 'builder')
  }
  assert.deepEqual(await look(), { subject: 'builder', ok: true, found: 'farm answers, driver remote' })
  assert.equal((await look())?.ok, false)
})
