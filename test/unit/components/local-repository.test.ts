import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeLocalRepository } from '../../../src/components/local-repository.ts'

test('a local repository is laid out as clusterctl takes it, and made anew each time', async t => {
  const folder = join(await mkdtemp(join(tmpdir(), 'repository-')), 'a b')
  t.after(() => rm(join(folder, '..'), { recursive: true }))
  const core = { label: 'cluster-api', version: 'v1.13.4', components: 'core-components.yaml', files: { 'core-components.yaml': 'a' } }
  const docker = {
    label: 'infrastructure-docker',
    version: 'v1.13.4+1.gabc',
    components: 'c.yaml',
    files: { 'c.yaml': 'b', 'metadata.yaml': 'm' },
  }
  await writeLocalRepository(folder, [{ ...core, version: 'v1.12.0' }], undefined)
  const file = await writeLocalRepository(folder, [core, docker], { version: 'v1.19.1', manifest: 'c' })
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  assert.deepEqual(
    all
      .filter(one => one.isFile())
      .map(one => join(one.parentPath, one.name).slice(folder.length + 1))
      .toSorted(),
    [
      'cert-manager/v1.19.1/cert-manager.yaml',
      'cluster-api/v1.13.4/core-components.yaml',
      'clusterctl.yaml',
      'infrastructure-docker/v1.13.4+1.gabc/c.yaml',
      'infrastructure-docker/v1.13.4+1.gabc/metadata.yaml',
    ],
  )
  const url = `file://${folder.replace(' ', '%20')}`
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), {
    providers: [
      { name: 'cluster-api', type: 'CoreProvider', url: `${url}/cluster-api/latest/core-components.yaml` },
      { name: 'docker', type: 'InfrastructureProvider', url: `${url}/infrastructure-docker/latest/c.yaml` },
    ],
    'cert-manager': { version: 'v1.19.1', url: `${url}/cert-manager/v1.19.1/cert-manager.yaml` },
  })
})

test('a provider in several versions stands once in clusterctl.yaml, with one name of file', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'repository-'))
  t.after(() => rm(folder, { recursive: true }))
  const built = { label: 'infrastructure-docker', version: 'v1.13.4', components: 'c.yaml', files: { 'c.yaml': 'a', 'metadata.yaml': 'm' } }
  const newer = { ...built, version: 'v1.14.2', components: 'development.yaml', files: { 'development.yaml': 'b', 'metadata.yaml': 'm' } }
  const file = await writeLocalRepository(folder, [built, newer], undefined)
  const url = `file://${folder}/infrastructure-docker/latest/c.yaml`
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { providers: [{ name: 'docker', type: 'InfrastructureProvider', url }] })
  assert.equal(await readFile(join(folder, 'infrastructure-docker/v1.14.2/c.yaml'), 'utf8'), 'b')
})
