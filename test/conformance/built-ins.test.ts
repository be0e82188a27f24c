/** What is known of Cluster API's own providers, and inferred of those of others, is what their repositories render to: every minor that a module proxy has. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { editProvider } from '../../src/manifests/edit-provider.ts'
import { kustomizeBuild } from '../../src/manifests/kustomize.ts'
import { substitute } from '../../src/manifests/substitute.ts'
import { parseManifests } from '../../src/manifests/yaml.ts'
import { type BuiltIn, builtIns } from '../../src/providers/builtin.ts'
import { labelOf } from '../../src/providers/provider.ts'
import { clusterApi, repository, tool } from './tools.ts'

const work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }

const trees: Readonly<Record<string, () => Promise<string>>> = {
  'v1.7': () => repository('cluster-api-1.7'),
  'v1.8': () => repository('cluster-api-1.8'),
  'v1.10': () => repository('cluster-api-1.10'),
  'v1.11': () => repository('cluster-api-1.11'),
  'v1.12': () => repository('cluster-api-1.12'),
  'v1.13': clusterApi,
  'v1.14': () => repository('cluster-api-1.14'),
}

async function render({ folder, image, name, type, providerName }: BuiltIn, root: string) {
  const directory = join(root, folder, 'config/default')
  const text = substitute(
    await kustomizeBuild({ kustomize: await tool('kustomize'), directory }, work),
    {},
    { file: directory, unset: 'error' },
  )
  const hints = { likely: [labelOf(type, providerName)] }
  return editProvider(parseManifests(text, directory), { name, hints, version: 'v1.0.0', image, extraArgs: [] })
}

for (const [minor, tree] of Object.entries(trees))
  test(`the providers of Cluster API ${minor} render to the labels, namespaces and images that are known of them`, async () => {
    const root = await tree()
    const has = (path: string) => existsSync(join(root, path))
    const read = (path: string) => (has(path) ? readFileSync(join(root, path), 'utf8') : undefined)
    const there = builtIns(has, read).filter(({ folder }) => has(`${folder}/config/default`) && has(`${folder}/main.go`))
    assert.ok(there.length >= 3, there.map(({ name }) => name).join())
    for (const one of there) {
      const { identity, notices } = await render(one, root)
      assert.deepEqual(
        { label: identity.label, namespace: identity.namespace, notices },
        { label: labelOf(one.type, one.providerName), namespace: one.namespace, notices: [] },
      )
    }
  })
