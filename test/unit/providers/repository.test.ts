import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Failure } from '../../../src/host/failure.ts'
import type { Work } from '../../../src/host/work.ts'
import { findRepositories, goVersionInMakefile, goVersionOf, readRepository } from '../../../src/providers/repository.ts'
import { loadSettings } from '../../../src/settings/load.ts'

const work: Work = { signal: new AbortController().signal, log: () => {}, waiting: () => {} }
let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'repository-'))
})
after(() => rm(root, { recursive: true }))

const read = async (given: Record<string, string> = {}) =>
  readRepository(root, await loadSettings({ given: { repository: root, ...given }, env: {}, cwd: '/' }), work)
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args])

test('a folder that is neither Cluster API nor of a provider is an error that says how a provider is found', async () => {
  await writeFile(join(root, 'go.mod'), 'module example.com/other\n\ngo 1.25\n')
  await assert.rejects(
    read(),
    (error: Failure) => error.what === `there is no provider in ${root}` && /tilt-provider file/.test(error.why ?? ''),
  )
})

test('a checkout that is not there is named by the setting that names it', async () => {
  const missing = join(root, 'nowhere')
  for (const [setting, given] of [
    ['provider-repos', { 'provider-repos': missing }],
    ['providers', { providers: missing }],
    ['provider-config', { 'provider-config': `foo: {repository: ${missing}, image: a}` }],
  ] as const) {
    const settings = await loadSettings({ given: { repository: root, ...given }, env: {}, cwd: '/' })
    await assert.rejects(findRepositories(settings, work), {
      what: `there is no folder ${missing}`,
      why: `${setting} names it as the checkout of a provider`,
      where: [`input ${setting}`],
    })
  }
})

test('settings of a repository that name it as it lies beside Cluster API mean it, whatever its folder is called', async () => {
  const own = join(root, 'own')
  await mkdir(join(own, 'config/default'), { recursive: true })
  await writeFile(join(own, 'go.mod'), 'module github.com/org/cluster-api-provider-foo\n')
  await writeFile(join(own, 'main.go'), 'package main\n')
  await writeFile(join(own, 'tilt-provider.json'), '{"name": "foo", "config": {"image": "foo", "label": "FOO"}}')
  await writeFile(join(own, 'tilt-settings.json'), '{"provider_repos": ["../cluster-api-provider-foo"], "enable_providers": ["foo"]}')
  const settings = await loadSettings({ given: {}, env: {}, cwd: own })
  const found = await findRepositories(settings, work)
  assert.deepEqual(
    found.map(one => [one.root, one.entries.map(({ name }) => name)]),
    [[own, ['foo']]],
  )
})

test('a tree without git and metadata has no version, unless it is said', async () => {
  await writeFile(join(root, 'go.mod'), 'module sigs.k8s.io/cluster-api\n')
  await assert.rejects(read(), (error: Failure) => error.what === `the version of Cluster API in ${root} is unknown`)
  assert.equal((await read({ 'capi-version': '1.13.4' })).version, 'v1.13.4')
})

test('without git, metadata.yaml tells the series', async () => {
  await writeFile(
    join(root, 'metadata.yaml'),
    'releaseSeries:\n- {major: 1, minor: 13, contract: v1beta2}\n- {major: 1, minor: 12, contract: v1beta2}\n',
  )
  const { version, clusterctl } = await read()
  assert.deepEqual([version, clusterctl], ['v1.13.0', 'latest'])
})

test('in a shallow clone, which has no tags, metadata.yaml tells the series', async () => {
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'one')
  const lines: string[] = []
  const settings = await loadSettings({ given: { repository: root }, env: {}, cwd: '/' })
  const { version } = await readRepository(root, settings, { ...work, log: line => lines.push(line) })
  assert.equal(version, 'v1.13.0')
  assert.match(lines.join(), /^git tells no version of .*: /)
})

test('with git, its tag counts, and tags of nested modules do not', async () => {
  git('tag', 'v1.13.4')
  git('tag', 'test/v1.13.4')
  const { version, clusterctl } = await read()
  assert.deepEqual([version, clusterctl], ['v1.13.4', 'v1.13.4'])
})

test('a provider whose metadata.yaml stands in its config has the version of that', async () => {
  const provider = join(root, 'provider')
  await mkdir(join(provider, 'config/default'), { recursive: true })
  await writeFile(join(provider, 'config/default/kustomization.yaml'), '')
  await writeFile(join(provider, 'config/metadata.yaml'), 'releaseSeries:\n- {major: 0, minor: 7, contract: v1beta1}\n')
  const settings = await loadSettings({ given: { repository: provider }, env: {}, cwd: '/' })
  assert.equal((await readRepository(provider, settings, work)).version, 'v0.7.0')
})

test('the Go of a repository is that of its Makefile, else of its go.mod', async () => {
  assert.equal(goVersionInMakefile('A = 1\nGO_VERSION ?= 1.25.12\n'), '1.25.12')
  assert.equal(goVersionInMakefile('export GO_VERSION := v1.24 # newest\n'), '1.24')
  assert.equal(goVersionInMakefile('GO_VERSION ?= $(shell go env GOVERSION)\nMY_GO_VERSION=1.2\n'), undefined)
  await writeFile(join(root, 'go.mod'), 'module sigs.k8s.io/cluster-api\n\ngo 1.24.3\n')
  assert.equal(await goVersionOf(root), '1.24.3')
  await writeFile(join(root, 'Makefile'), 'GO_VERSION ?= 1.25.12\n')
  assert.equal(await goVersionOf(root), '1.25.12')
  assert.equal(await goVersionOf(join(root, 'none')), undefined)
})
