import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  clusterApi,
  isMinor,
  kubernetes,
  minorOf,
  newestCapi,
  newestKubernetes,
  seriesServing,
  span,
  supportedKubernetes,
} from '../../../src/matrix/support.ts'

const numberOf = (minor: string): number => Number(minor.slice('v1.'.length))

test('the minors of each table are in a row, oldest first', () => {
  const rows = [clusterApi, kubernetes, ...Object.values(clusterApi).map(series => series.kubernetes)].map(table => Object.keys(table))
  for (const minors of rows)
    assert.deepEqual(
      minors.map(numberOf),
      minors.map((_, index) => numberOf(minors[0] ?? '') + index),
    )
})

test('the newest patch of a minor is a whole version of it', () => {
  const newest = [...Object.entries(kubernetes), ...Object.entries(clusterApi).map(([minor, series]) => [minor, series.newest] as const)]
  for (const [minor, version] of newest) {
    assert.match(version, /^v\d+\.\d+\.\d+$/)
    assert.equal(minorOf(version), minor)
  }
})

test('a Kubernetes minor that is supported by a patch of Cluster API is supported by the newest that is known', () => {
  for (const [minor, series] of Object.entries(clusterApi)) assert.deepEqual(supportedKubernetes(series.newest), supportedKubernetes(minor))
})

test('every Kubernetes minor that a management cluster may have has a node image', () => {
  for (const minor of Object.keys(clusterApi).flatMap(supportedKubernetes)) assert.ok(kubernetes[minor], minor)
})

const supported: readonly [capi: string, minors: string][] = [
  ['v1.7.0', 'v1.26 to v1.29'],
  ['v1.7.1', 'v1.26 to v1.30'],
  ['v1.10', 'v1.29 to v1.33'],
  ['v1.12.0', 'v1.31 to v1.34'],
  ['v1.12.7', 'v1.31 to v1.35'],
  ['v1.12.8', 'v1.31 to v1.36'],
  ['v1.13.0', 'v1.32 to v1.35'],
  ['v1.13.4', 'v1.32 to v1.36'],
  ['v1.14.0-rc.1', 'v1.33 to v1.36'],
  ['v1.99.0', 'none'],
]
for (const [capi, minors] of supported)
  test(`Cluster API ${capi} supports management clusters of Kubernetes ${minors}`, () =>
    assert.equal(span(supportedKubernetes(capi)), minors))

const serving: readonly [contract: string, series: string][] = [
  ['v1beta1', 'v1.7 to v1.14'],
  ['v1beta2', 'v1.11 to v1.14'],
  ['v1alpha4', 'none'],
]
for (const [contract, series] of serving)
  test(`providers of contract ${contract} fit Cluster API ${series}`, () => assert.equal(span(seriesServing(contract)), series))

test('a minor becomes its newest patch where one is known; anything else stays as it is', () => {
  assert.deepEqual(['v1.9', 'v1.9.3', 'v1.99'].map(newestCapi), ['v1.9.11', 'v1.9.3', 'v1.99'])
  assert.deepEqual(['v1.31', 'v1.31.2', 'v1.99'].map(newestKubernetes), ['v1.31.14', 'v1.31.2', 'v1.99'])
})

test('a minor has no patch', () => {
  assert.deepEqual(['v1.13', 'v1.13.4', '1.13', 'main'].map(isMinor), [true, false, false, false])
  assert.deepEqual(['v1.13', 'v1.13.4', 'v1.13.0-rc.1'].map(minorOf), ['v1.13', 'v1.13', 'v1.13'])
})

test('one minor is a span of its own', () => assert.equal(span(['v1.13']), 'v1.13'))
