import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goVersionIn, readGoMod } from '../../../src/settings/go-mod.ts'

const read = (text: string) => Object.fromEntries(readGoMod(text))
const MODULE = 'sigs.k8s.io/cluster-api'

test('clusterctl has the version of the Cluster API that is required, in a line or a block', () => {
  assert.deepEqual(read(`module example.com/capx\n\ngo 1.26\n\nrequire ${MODULE} v1.13.4\n`), {
    clusterctl: { line: 5, version: 'v1.13.4' },
  })
  const block = `require (\n\tk8s.io/api v0.35.0\n\t${MODULE} v1.14.2 // indirect\n\t${MODULE}/test v1.14.1\n)\n`
  assert.deepEqual(read(block), { clusterctl: { line: 3, version: 'v1.14.2' } })
})

test('names may be in quotes or backquotes, and comments count for nothing', () =>
  assert.deepEqual(read(`// require ${MODULE} v1.0.0\nrequire "${MODULE}" \`v1.13.4\`\n`), { clusterctl: { line: 2, version: 'v1.13.4' } }))

test('a prerelease is a release with a clusterctl', () =>
  assert.deepEqual(read(`require ${MODULE} v1.14.0-rc.0`), { clusterctl: { line: 1, version: 'v1.14.0-rc.0' } }))

test('of several requirements the highest counts, as Go has it', () => {
  const lines = ['v1.9.1', 'v1.10.0', 'v1.9.9'].map(version => `require ${MODULE} ${version}`)
  assert.deepEqual(read(lines.join('\n')), { clusterctl: { line: 2, version: 'v1.10.0' } })
})

test('a module that does not require Cluster API says nothing, nor does what excludes or replaces it', () => {
  assert.deepEqual(read(`module ${MODULE}\nrequire ${MODULE}/test v1.13.4\n`), {})
  assert.deepEqual(read(`exclude ${MODULE} v1.13.4\nreplace ${MODULE} => ${MODULE} v1.13.4\nretract v1.0.0\n`), {})
})

test('a requirement without a version is refused', () =>
  assert.deepEqual(read(`require ${MODULE}`), { clusterctl: { line: 1, refusal: 'sigs.k8s.io/cluster-api has no version' } }))

test('a replacement by another version counts, in the line where it stands', () => {
  const text = `require ${MODULE} v1.13.4\nreplace (\n\tk8s.io/api => k8s.io/api v0.34.0\n\t${MODULE} => ${MODULE} v1.13.2\n)\n`
  assert.deepEqual(read(text), { clusterctl: { line: 4, version: 'v1.13.2' } })
})

test('a replacement of one version counts where it is the required one, and goes before that of all', () => {
  const replaced = (version: string) => `replace ${MODULE} ${version} => ${MODULE} v1.12.0`
  const required = `require ${MODULE} v1.13.4`
  assert.deepEqual(read(`${required}\n${replaced('v1.13.4')}`), { clusterctl: { line: 2, version: 'v1.12.0' } })
  assert.deepEqual(read(`${required}\n${replaced('v1.13.3')}`), { clusterctl: { line: 1, version: 'v1.13.4' } })
  const both = `${required}\nreplace ${MODULE} => ${MODULE} v1.11.0\n${replaced('v1.13.4')}`
  assert.deepEqual(read(both), { clusterctl: { line: 3, version: 'v1.12.0' } })
})

test('a folder, a fork or a commit has no clusterctl', () => {
  const refusal = (replace: string) => read(`require ${MODULE} v1.13.4\nreplace ${MODULE} => ${replace}`)
  assert.deepEqual(refusal('../cluster-api'), {
    clusterctl: {
      line: 2,
      refusal:
        'sigs.k8s.io/cluster-api is replaced by the folder ../cluster-api, which is no release that has a clusterctl: set clusterctl-version',
    },
  })
  assert.deepEqual(refusal('github.com/giantswarm/cluster-api v0.3.10-gs'), {
    clusterctl: {
      line: 2,
      refusal:
        'sigs.k8s.io/cluster-api is replaced by github.com/giantswarm/cluster-api v0.3.10-gs, which is no release that has a clusterctl: set clusterctl-version',
    },
  })
  for (const commit of [
    'v1.7.0-rc.0.0.20240614160147-9a2d8cdc5ad6',
    'v1.9.1-0.20240614160147-9a2d8cdc5ad6',
    'v0.0.0-20190829144357-1063658f9b58',
  ])
    assert.deepEqual(refusal(`${MODULE} ${commit}`), {
      clusterctl: {
        line: 2,
        refusal: `sigs.k8s.io/cluster-api is the commit ${commit}, which is no release that has a clusterctl: set clusterctl-version`,
      },
    })
})

test('a commit that is required and replaced by a release does no harm', () => {
  const text = `require ${MODULE} v0.0.0-20210526191338-0e1629b75111\nreplace ${MODULE} => ${MODULE} v0.4.4`
  assert.deepEqual(read(text), { clusterctl: { line: 2, version: 'v0.4.4' } })
})

test('a module is built with its toolchain where it has one, else with the Go of its go line', () => {
  assert.equal(goVersionIn('module a\n\ngo 1.25.0\n\ntoolchain go1.25.12\n'), '1.25.12')
  assert.equal(goVersionIn('module a\ngo 1.25.0\ntoolchain default\n'), '1.25.0')
  assert.equal(goVersionIn('module a\n'), undefined)
})
