/** What we hold of clusterctl's own data equals the sources of the release that the test environment has. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { inventoryCrd } from '../../src/components/inventory.ts'
import { parseManifests } from '../../src/manifests/yaml.ts'
import { knownProviders } from '../../src/providers/catalogue.ts'
import { startTestbed } from '../testbed/testbed.ts'

let source: string
before(async () => {
  source = (await startTestbed()).source()
})

test('every provider that clusterctl knows is known by its type, name and URL', async () => {
  const text = await readFile(join(source, 'cmd/clusterctl/client/config/providers_client.go'), 'utf8')
  const constants = new Map([...text.matchAll(/^\s*(\w+)\s*= "([^"]+)"$/gm)].map(([, constant, name]) => [constant, name]))
  const theirs = [...text.matchAll(/name:\s+(\w+),\n\s+url:\s+"([^"]+)",\n\s+providerType: clusterctlv1\.(\w+)ProviderType,/g)].map(
    ([, constant, url, type]) => `${type} ${constants.get(constant)} ${url}`,
  )
  assert.ok(theirs.length > 50, `${theirs.length} providers read`)
  const ours = new Set(
    knownProviders({}).map(({ type, providerName, origin, components }) => {
      const repository = origin.at === 'github' ? origin.repository : origin.folder
      return `${TYPES[type]} ${providerName} https://github.com/${repository}/releases/latest/${components}`
    }),
  )
  assert.deepEqual(
    theirs.filter(one => !ours.has(one)),
    [],
  )
})

const TYPES = {
  core: 'Core',
  bootstrap: 'Bootstrap',
  'control-plane': 'ControlPlane',
  infrastructure: 'Infrastructure',
  ipam: 'IPAM',
  addon: 'Addon',
  'runtime-extension': 'RuntimeExtension',
}

test("the CRD of clusterctl's inventory is its own", async () => {
  const file = join(source, 'cmd/clusterctl/config/manifest/clusterctl-api.yaml')
  assert.deepEqual(parseManifests(await readFile(file, 'utf8'), file), [inventoryCrd])
})
