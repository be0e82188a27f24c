import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capiVersion, clusterctlFor, type VersionEvidence } from '../../../src/providers/version.ts'

const series = (...minors: readonly number[]) => minors.map(minor => ({ major: 1, minor }))

const cases: readonly [name: string, evidence: Partial<VersionEvidence>, version: string | undefined, clusterctl: string | undefined][] = [
  ['what is said counts', { said: 'v1.12.1', described: 'v1.13.4', series: series(13) }, 'v1.12.1', 'v1.12.1'],
  ['a checkout of a tag is that release', { described: 'v1.13.4\n', series: series(12, 13) }, 'v1.13.4', 'v1.13.4'],
  ['the first release of a series is a release', { described: 'v1.13.0', series: series(13) }, 'v1.13.0', 'v1.13.0'],
  ['commits after a tag show as build metadata', { described: 'v1.13.4-12-g0a1b2c3', series: series(13) }, 'v1.13.4+12.g0a1b2c3', '1.13.x'],
  [
    'commits after a pre-release, too',
    { described: 'v1.14.0-beta.0-3-gabc1234', series: series(14) },
    'v1.14.0-beta.0+3.gabc1234',
    'latest',
  ],
  ['on main, the announced series counts', { described: 'v1.14.0-beta.0-300-gabc1234', series: series(14, 15, 9) }, 'v1.15.0', 'latest'],
  ['without git, the newest series counts, not the last in the file', { series: series(13, 12, 9, 10) }, 'v1.13.0', 'latest'],
  ['a description that is no version is passed over', { described: 'test/v1.13.4', series: series(13) }, 'v1.13.0', 'latest'],
  ['without any evidence there is no version', {}, undefined, undefined],
]
for (const [name, evidence, version, clusterctl] of cases)
  test(name, () => {
    const found = capiVersion({ said: undefined, described: undefined, series: [], ...evidence })
    assert.equal(found?.name, version)
    assert.equal(found && clusterctlFor(found), clusterctl)
  })
